#include "coordinator/planner/script_compiler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/expr/function_registry.h"
#include "coordinator/planner/changelogs.h"
#include "coordinator/planner/explain_text.h"
#include "coordinator/planner/job_graph_builder.h"
#include "coordinator/planner/session_sinks.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/bind/script_binder.h"
#include "coordinator/sql/bind/statement_text.h"
#include "coordinator/sql/optimize/optimizer.h"
#include "coordinator/sql/parse/parser.h"
#include "coordinator/sql/parse/variable_substitution.h"

namespace millrace {
namespace {

// A script that has been parsed and bound, with the job's sinks apart from the other statements.
class ScriptCompiler {
 public:
  explicit ScriptCompiler(const ScriptSource& source)
      : source_(source), settings_(source.settings) {
    for (const auto& [key, value] : settings_) Judge(key, value, {});
    compiled_.text = source.sql;
  }
  // The settings of a session were judged when they were made.
  ScriptCompiler(const ScriptSource& source, const SqlSession& session)
      : source_(source), catalog_(session.catalog), settings_(session.settings) {
    compiled_.text = source.sql;
  }

  CompiledScript CompileAndKeep(SqlSession& session) && {
    CompiledScript compiled = std::move(*this).Compile();
    if (compiled.diagnostics.empty()) {
      session.catalog = std::move(catalog_);
      session.settings = std::move(settings_);
    }
    return compiled;
  }

  CompiledScript Compile() && {
    if (Bind()) {
      for (const BoundStatement& statement : bound_.statements) {
        std::visit([this](const auto& node) { Carry(node); }, statement);
      }
      BuildJob();
    }
    return Finish();
  }

  absl::StatusOr<std::string> Explain() && {
    std::string text;
    if (Bind()) {
      for (const BoundStatement& statement : bound_.statements) {
        if (const auto* explain = std::get_if<BoundExplain>(&statement)) {
          for (const LogicalPlan& sink : explain->sinks) {
            Carry(BoundWrite{.sink = sink, .span = explain->span});
          }
        } else {
          std::visit([this](const auto& node) { Carry(node); }, statement);
        }
      }
      const std::optional<JobGraphOptions> options = Options(job_settings_);
      if (options.has_value() && writes_.empty()) {
        return absl::InvalidArgumentError(
            "the script has no INSERT INTO and no SELECT, so there is nothing to explain");
      }
      if (options.has_value()) {
        absl::StatusOr<std::string> explained = ExplainText(Sinks(), *options);
        if (explained.ok()) return *std::move(explained);
        Report(PlaceOfFailure(), explained.status());
      }
    }
    return Finish().status();
  }

 private:
  // Whether there is something to go on with.
  bool Bind() {
    SubstitutedScript substituted = SubstituteVariables(source_.sql, source_.variables);
    if (!substituted.diagnostics.empty()) {
      compiled_.diagnostics = std::move(substituted.diagnostics);
      return false;
    }
    replacements_ = std::move(substituted.replacements);
    ParsedScript parsed = ParseScript(substituted.text);
    bound_ = BindScript(parsed.statements, substituted.text, catalog_);
    if (!parsed.ok()) {
      // A table may be missing because its statement could not be read.
      std::erase_if(bound_.diagnostics, [](const SqlDiagnostic& diagnostic) {
        return diagnostic.code == bind_code::kUnknownTable;
      });
    }
    const bool right = parsed.ok() && bound_.diagnostics.empty();
    for (auto* diagnostics : {&parsed.diagnostics, &bound_.diagnostics}) {
      for (SqlDiagnostic& diagnostic : *diagnostics) {
        compiled_.diagnostics.push_back(std::move(diagnostic));
      }
    }
    return right;
  }

  void Carry(const BoundWrite& write) {
    writes_.push_back(write);
    job_settings_ = settings_;
  }

  void Carry(const BoundExplain& explain) {
    const std::optional<JobGraphOptions> options = Options(settings_);
    if (!options.has_value()) return;
    absl::StatusOr<std::string> text = ExplainText(explain.sinks, *options);
    if (text.ok()) {
      compiled_.results.push_back(*std::move(text));
    } else {
      Report(explain.span, text.status());
    }
  }

  void Carry(const BoundText& text) { compiled_.results.push_back(text.text); }

  void Carry(const BoundSet& set) {
    const OptionEntry& setting = set.setting;
    last_setting_ = SourceSpan::Cover(setting.key_span, setting.value_span);
    Judge(setting.key, setting.value, last_setting_);
    settings_[setting.key] = setting.value;
  }

  void Carry(const BoundReset& reset) {
    if (reset.key.empty()) {
      settings_.clear();
    } else {
      settings_.erase(reset.key);
    }
  }

  void Carry(const BoundShowSettings&) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : settings_) rows.push_back({key, value});
    compiled_.results.push_back(TextTable({"key", "value"}, rows));
  }

  void Judge(const std::string& key, const std::string& value, SourceSpan span) {
    const SettingVerdict verdict = JudgeSetting(key, value);
    switch (verdict.kind) {
      case SettingVerdict::Kind::kKnown:
        return;
      case SettingVerdict::Kind::kIgnored:
      case SettingVerdict::Kind::kUnknown:
        compiled_.notes.push_back({.span = span, .message = verdict.message});
        return;
      case SettingVerdict::Kind::kInvalid:
        compiled_.diagnostics.push_back(
            {.span = span, .code = bind_code::kWrongSetting, .message = verdict.message});
        return;
    }
  }

  // Empty after reporting, or if a value has been reported as wrong.
  std::optional<JobGraphOptions> Options(const Settings& settings) {
    if (!compiled_.diagnostics.empty()) return std::nullopt;
    absl::StatusOr<JobGraphOptions> options = JobOptionsOf(settings, source_.default_parallelism);
    if (!options.ok()) {
      Report(writes_.empty() ? SourceSpan() : writes_.front().span, options.status());
      return std::nullopt;
    }
    if (options->name.empty()) options->name = JobName();
    return *std::move(options);
  }

  // After the tables that it writes.
  std::string JobName() const {
    std::vector<std::string> tables;
    for (const BoundWrite& write : writes_) {
      tables.push_back(std::get<LogicalSink>(write.sink->spec).table->name);
    }
    const bool only_selects = std::all_of(writes_.begin(), writes_.end(),
                                          [](const BoundWrite& write) { return write.is_select; });
    return absl::StrCat(only_selects ? "" : "insert-into_", absl::StrJoin(tables, ","));
  }

  std::vector<LogicalPlan> Sinks() const {
    std::vector<LogicalPlan> sinks;
    for (const BoundWrite& write : writes_) sinks.push_back(write.sink);
    return sinks;
  }

  // The statement that cannot be planned; the first if that shows only in all of them together.
  SourceSpan PlaceOfFailure() const {
    for (const BoundWrite& write : writes_) {
      const absl::StatusOr<LogicalPlan> alone = OptimizeAlone(write.sink);
      if (!alone.ok() || !Changelogs::Infer({*alone}).ok()) return write.span;
    }
    return writes_.front().span;
  }

  void BuildJob() {
    if (writes_.empty() || !compiled_.diagnostics.empty()) return;
    const std::optional<JobGraphOptions> options = Options(job_settings_);
    if (!options.has_value()) return;
    if (settings_ != job_settings_) {
      compiled_.notes.push_back(
          {.span = last_setting_,
           .message = "a SET or RESET after the last INSERT or SELECT changes nothing"});
    }
    const absl::StatusOr<std::vector<LogicalPlan>> optimized =
        Optimize(InSession(Sinks(), *options));
    absl::StatusOr<JobGraph> graph =
        optimized.ok() ? BuildJobGraph(*optimized, *options) : optimized.status();
    if (graph.ok()) {
      compiled_.job = *std::move(graph);
    } else {
      Report(PlaceOfFailure(), graph.status());
    }
  }

  void Report(SourceSpan span, const absl::Status& status) {
    DiagnosticLog log;
    log.Error(span, bind_code::kWrongPlan, status);
    compiled_.diagnostics.push_back(log.diagnostics().front());
  }

  CompiledScript Finish() {
    std::stable_sort(compiled_.diagnostics.begin(), compiled_.diagnostics.end(),
                     [](const SqlDiagnostic& a, const SqlDiagnostic& b) {
                       return a.span.offset < b.span.offset;
                     });
    for (SqlDiagnostic& diagnostic : compiled_.diagnostics) {
      diagnostic.span = PlaceBefore(diagnostic.span, replacements_);
    }
    for (ScriptNote& note : compiled_.notes) note.span = PlaceBefore(note.span, replacements_);
    if (!compiled_.diagnostics.empty()) compiled_.job.reset();
    return std::move(compiled_);
  }

  const ScriptSource& source_;
  std::vector<Replacement> replacements_;  // Of variables by their values.
  Catalog catalog_;
  BoundScript bound_;
  CompiledScript compiled_;
  Settings settings_;      // As of the statement that is being carried out.
  Settings job_settings_;  // As of the last INSERT or SELECT.
  SourceSpan last_setting_;
  std::vector<BoundWrite> writes_;
};

}  // namespace

CompiledScript CompileScript(const ScriptSource& source) {
  return ScriptCompiler(source).Compile();
}

CompiledScript CompileInSession(const ScriptSource& source, SqlSession& session) {
  return ScriptCompiler(source, session).CompileAndKeep(session);
}

std::vector<std::string> SqlFunctionNames() {
  std::vector<std::string> names = FunctionNames();
  for (std::string& name : AggregateFunctionNames()) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> ExplainScript(const ScriptSource& source) {
  return ScriptCompiler(source).Explain();
}

}  // namespace millrace
