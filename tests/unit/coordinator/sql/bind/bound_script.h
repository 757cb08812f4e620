// Scripts bound in tests, over a few tables that every test knows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/plan_text.h"
#include "coordinator/sql/bind/script_binder.h"
#include "coordinator/sql/parse/parser.h"

namespace millrace {

// clicks has an event time, orders has none, events is nested; the other two take rows.
inline constexpr const char* kTables = R"(
CREATE TABLE clicks (id BIGINT, page STRING, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH ('connector' = 'datagen');
CREATE TABLE orders (id BIGINT, price DECIMAL(10, 2), quantity INT NOT NULL, note STRING) WITH ('connector' = 'datagen');
CREATE TABLE events (kind INT, bid ROW<auction BIGINT, price BIGINT, place ROW<city STRING>>) WITH ('connector' = 'datagen');
CREATE TABLE pages (page STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'blackhole');
)";

struct BoundTestScript {
  std::vector<LogicalPlan> sinks;    // Of INSERT and SELECT.
  std::vector<std::string> answers;  // Of SHOW and DESCRIBE.
  std::string errors;                // Rendered, with lines counted from the script's first.
};

// `sql` behind the statements of `tables`.
inline BoundTestScript BindOver(const std::string& tables, const std::string& sql) {
  Catalog catalog;
  const ParsedScript definitions = ParseScript(tables);
  BoundTestScript result;
  result.errors = RenderDiagnostics(definitions.diagnostics, tables, "tables");
  const BoundScript defined = BindScript(definitions.statements, tables, catalog);
  absl::StrAppend(&result.errors, RenderDiagnostics(defined.diagnostics, tables, "tables"));
  const ParsedScript parsed = ParseScript(sql);
  BoundScript bound = BindScript(parsed.statements, sql, catalog);
  absl::StrAppend(&result.errors, RenderDiagnostics(parsed.diagnostics, sql),
                  RenderDiagnostics(bound.diagnostics, sql));
  for (BoundStatement& statement : bound.statements) {
    if (auto* write = std::get_if<BoundWrite>(&statement)) {
      result.sinks.push_back(std::move(write->sink));
    } else if (auto* text = std::get_if<BoundText>(&statement)) {
      result.answers.push_back(std::move(text->text));
    }
  }
  return result;
}

inline BoundTestScript BindTest(const std::string& sql) { return BindOver(kTables, sql); }

// The plans of a script, or its errors. The table's catalog is left out.
inline std::string PlanOf(const std::string& sql) {
  const BoundTestScript bound = BindTest(sql);
  std::string text = bound.errors;
  for (const LogicalPlan& sink : bound.sinks) absl::StrAppend(&text, LogicalPlanText(sink));
  return absl::StrReplaceAll(text, {{"default_catalog, default_database, ", ""},
                                    {"default_catalog.default_database.", ""}});
}

// The plan of the query alone, of a script that is one SELECT.
inline std::string QueryPlanOf(const std::string& sql) {
  const BoundTestScript bound = BindTest(sql);
  if (bound.sinks.size() != 1) return bound.errors;
  return absl::StrReplaceAll(LogicalPlanText(bound.sinks[0]->inputs[0]),
                             {{"default_catalog, default_database, ", ""}});
}

// "(a BIGINT, b STRING)", of a script that is one SELECT.
inline std::string ColumnsOf(const std::string& sql) {
  const BoundTestScript bound = BindTest(sql);
  if (bound.sinks.size() != 1) return bound.errors;
  return bound.sinks[0]->input().output.ToString();
}

inline std::string ErrorsOf(const std::string& sql) { return BindTest(sql).errors; }

}  // namespace millrace
