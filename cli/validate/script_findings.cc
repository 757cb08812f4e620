#include "cli/validate/script_findings.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/checkpoint/json_text.h"
#include "coordinator/planner/script_compiler.h"

namespace millrace {
namespace {

constexpr const char* kSettingCode = "MR2019";  // As of a wrong one.

const char* SeverityName(FindingSeverity severity) {
  return severity == FindingSeverity::kError ? "error" : "warning";
}

ScriptFinding At(const ScriptToCheck& script, SourceSpan span) {
  return {.file = script.file,
          .begin = PositionOf(span.offset, script.text),
          .end = PositionOf(span.end(), script.text)};
}

std::string PlaceJson(const SourcePosition& place) {
  return JsonObject().Number("line", place.line).Number("column", place.column).End();
}

std::string ScriptFindingJson(const ScriptFinding& finding) {
  return JsonObject()
      .Text("file", finding.file)
      .Number("line", finding.begin.line)
      .Number("column", finding.begin.column)
      .Raw("end", PlaceJson(finding.end))
      .Text("severity", SeverityName(finding.severity))
      .Text("code", finding.code)
      .Text("message", finding.message)
      .Text("hint", finding.hint)
      .End();
}

}  // namespace

std::vector<ScriptFinding> CheckScript(const ScriptToCheck& script) {
  const CompiledScript compiled = CompileScript(
      {.sql = script.text, .settings = script.settings, .variables = script.variables});
  std::vector<ScriptFinding> findings;
  for (const ScriptNote& note : compiled.notes) {
    ScriptFinding& finding = findings.emplace_back(At(script, note.span));
    finding.severity = FindingSeverity::kWarning;
    finding.code = kSettingCode;
    finding.message = note.message;
  }
  for (const SqlDiagnostic& diagnostic : compiled.diagnostics) {
    ScriptFinding& finding = findings.emplace_back(At(script, diagnostic.span));
    finding.code = diagnostic.code;
    finding.message = diagnostic.message;
    finding.hint = diagnostic.hint;
  }
  std::stable_sort(
      findings.begin(), findings.end(), [](const ScriptFinding& a, const ScriptFinding& b) {
        return std::tie(a.begin.line, a.begin.column) < std::tie(b.begin.line, b.begin.column);
      });
  return findings;
}

bool HasScriptErrors(const std::vector<ScriptFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const ScriptFinding& finding) {
    return finding.severity == FindingSeverity::kError;
  });
}

std::string ScriptFindingsJson(const std::vector<ScriptFinding>& findings) {
  if (findings.empty()) return "[]\n";
  const auto append = [](std::string* out, const ScriptFinding& finding) {
    absl::StrAppend(out, "  ", ScriptFindingJson(finding));
  };
  return absl::StrCat("[\n", absl::StrJoin(findings, ",\n", append), "\n]\n");
}

std::string ScriptFindingsText(const std::vector<ScriptFinding>& findings) {
  std::string text;
  for (const ScriptFinding& finding : findings) {
    absl::StrAppend(&text, finding.file, ":", finding.begin.line, ":", finding.begin.column, ": ",
                    SeverityName(finding.severity), " ", finding.code, ": ", finding.message, "\n");
    if (!finding.hint.empty()) absl::StrAppend(&text, "  hint: ", finding.hint, "\n");
  }
  return text;
}

}  // namespace millrace
