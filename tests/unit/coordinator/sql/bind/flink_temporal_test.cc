// What real Flink 2.2.1 says of dates and times, expression by expression and zone by zone:
// flink_temporal.tsv, beside this file, says how it was made. Here the same expressions go through
// the parser, the binder and the evaluator.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "arrow/record_batch.h"
#include "common/columnar/value_format.h"
#include "common/expr/evaluator.h"
#include "common/expr/function_registry.h"
#include "common/expr/session_zone.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/parse/parser.h"
#include "tests/harness/fake_clock.h"

namespace millrace {
namespace {

constexpr char kFile[] = "tests/unit/coordinator/sql/bind/flink_temporal.tsv";

struct Line {
  std::string zone;
  std::string expression;
  std::string type;   // "REFUSED": it does not bind.
  std::string value;  // "FAILS": evaluating it fails.
};

std::vector<Line> ReadLines() {
  std::vector<Line> lines;
  std::ifstream file(kFile);
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    const std::vector<std::string> parts = absl::StrSplit(text, '\t');
    EXPECT_EQ(parts.size(), 4u) << text;
    if (parts.size() == 4) lines.push_back({parts[0], parts[1], parts[2], parts[3]});
  }
  return lines;
}

struct Outcome {
  std::string type = "REFUSED";
  std::string value = "FAILS";
  std::string error;
};

Outcome OutcomeOf(const Line& line) {
  Outcome outcome;
  const auto fails = [&](const absl::Status& status) {
    outcome.error = std::string(status.message());
    return outcome;
  };
  const ParsedExpression parsed = ParseSqlExpression(line.expression);
  if (parsed.expression == nullptr) {
    return fails(absl::InvalidArgumentError(
        RenderDiagnostics(parsed.diagnostics, line.expression, "expression")));
  }
  const Scope no_columns;
  DiagnosticLog log;
  const ExpressionPtr bound =
      ExpressionBinder({.scope = &no_columns, .log = &log, .clause = "SELECT"})
          .Bind(*parsed.expression);
  if (bound == nullptr) {
    return fails(absl::InvalidArgumentError(
        RenderDiagnostics(log.diagnostics(), line.expression, "expression")));
  }
  outcome.type = bound->type().WithNullable(true).ToString();
  const absl::StatusOr<ExpressionPtr> shown = BindCast(bound, DataType::String());
  if (!shown.ok()) return fails(shown.status());
  const absl::StatusOr<TimeZone> zone = TimeZone::Load(line.zone);
  if (!zone.ok()) return fails(zone.status());
  const auto evaluator = Evaluator::Create(Schema(), {InTimeZone(*shown, *zone)});
  if (!evaluator.ok()) return fails(evaluator.status());
  const FakeClock clock;
  (*evaluator)->UseClock(clock);
  const Batch one_row(arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector{}));
  const auto arrays = (*evaluator)->Evaluate(one_row);
  if (!arrays.ok()) return fails(arrays.status());
  outcome.value.clear();
  AppendSqlValue(DataType::String(), *arrays->front(), 0, outcome.value);
  return outcome;
}

// Expressions that contain `part` give something else here, for a reason.
struct Difference {
  std::string_view part;
  std::string_view why;
};
constexpr auto kDifferences = std::to_array<Difference>({
    {"UTC\tTIME '12:34:56.789'", "a TIME has up to three digits of the second, in Flink none"},
    {" AS TIME(3))", "the same"},
    {" AS TIME(1))", "the same"},
    {"56.123456789", "nanoseconds are not kept"},
    {"CAST('2024-02-29T1", "CAST reads ISO 8601 too"},
    {"CAST('2024-02-29 12:34' AS", "CAST reads a time without seconds too"},
    {"CAST('2024-02-29 13:45' AS", "the same"},
    {"CAST('2024-02-29 13:45:56Z' AS", "CAST reads a zone too"},
    {"TO_TIMESTAMP_LTZ('2024-02-29T13:45:56')", "NULL, as with a pattern"},
    {"TO_TIMESTAMP_LTZ('2024-02-29 13:45:56Z')", "the same"},
    {"TO_TIMESTAMP_LTZ('2024-02-29 13:45')", "the same"},
    {"TO_TIMESTAMP_LTZ('bad')", "the same"},
    {"DAY AS BIGINT)", "an addition"},
    {"MONTH AS BIGINT)", "an addition"},
    {"FROM TIMESTAMP '1965", "Flink cuts times before 1970 toward zero"},
    {"SECOND(DATE", "a DATE has no seconds"},
    {"CEIL(DATE '2024-02-29' TO DAY)", "it is a day already"},
    {"CEIL(TO_TIMESTAMP_LTZ(1710053999, 0) TO WEEK)", "Flink gives the week's start"},
    {"CEIL(TO_TIMESTAMP_LTZ(1730613600, 0) TO WEEK)", "the same"},
    {"TIMESTAMPADD(MILLISECOND, -3, DATE", "Flink's planner breaks"},
    {"TIMESTAMPDIFF(MILLISECOND, TIMESTAMP", "Flink drops the fractions first"},
    {"TIMESTAMPDIFF(MICROSECOND, TIMESTAMP", "the same"},
    {"TIMESTAMP '2024-01-31 11:00:00')", "not a whole month, forward or back"},
    {"TIME '23:59:59' - INTERVAL '1' MONTH", "a TIME has no months"},
    {"TIME '23:59:59' + INTERVAL '1-2'", "the same"},
    {"INTERVAL '7' HOUR / 2", "an addition"},
    {"DATE '2024-03-01') DAY", "the difference of two times as an interval is not built yet"},
    {"00:00:00') HOUR", "the same"},
    {"00:00:00') MONTH", "the same"},
    {"> DATE '2024-02-29'", "an addition"},
    {"DATE '2024-02-29' = TIMESTAMP", "an addition"},
    {"CASE WHEN TRUE THEN DATE", "an addition"},
    {"TO_DATE('2024-02-29', 'yyyy-MM-dd HH", "NULL for what does not parse"},
    {"TO_DATE('2024-02-29 1:02', 'yyyy-MM-dd[", "the same"},
    {"TO_DATE('2024-02-29', 'yyyy-MM-dd[", "the same"},
    {"TO_DATE('12024-01-01'", "Flink loses the fifth digit of the year"},
    {"TO_DATE('0099", "there is no Julian calendar"},
    {"UNIX_TIMESTAMP('0099", "the same"},
    {"'Nowhere'", "an unknown zone is refused, in Flink it is GMT"},
    {"'PST'", "the same"},
});

const Difference* FindDifference(const Line& line) {
  const std::string text = absl::StrCat(line.zone, "\t", line.expression);
  for (const Difference& difference : kDifferences) {
    if (text.find(difference.part) != std::string::npos) return &difference;
  }
  return nullptr;
}

std::string ValueOf(const Line& line) {
  return line.type == "REFUSED" || line.value.starts_with("FAILS") ? "FAILS" : line.value;
}

TEST(FlinkTemporalTest, ExpressionsGiveWhatFlinkGives) {
  const std::vector<Line> lines = ReadLines();
  ASSERT_GT(lines.size(), 1000u);
  int agreed = 0;
  std::set<std::string_view> seen;
  for (const Line& line : lines) {
    const Outcome outcome = OutcomeOf(line);
    const bool agrees = outcome.value == ValueOf(line);
    agreed += agrees ? 1 : 0;
    if (const Difference* const difference = FindDifference(line)) {
      if (!agrees) seen.insert(difference->part);
      continue;
    }
    EXPECT_TRUE(agrees) << line.zone << ": " << line.expression << "\n  Flink: " << line.type << " "
                        << line.value << "\n  here:  " << outcome.type << " " << outcome.value
                        << " " << outcome.error;
  }
  for (const Difference& difference : kDifferences) {
    EXPECT_TRUE(seen.contains(difference.part)) << difference.part << " differs no longer";
  }
  EXPECT_GT(agreed * 100, static_cast<int>(lines.size()) * 90);
}

}  // namespace
}  // namespace millrace
