#include "coordinator/sql/bind/option_diagnostics.h"

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

SourceSpan PlaceOf(const OptionProblem& problem, const OptionPlace& place) {
  if (place.entries == nullptr) return place.span;
  for (const OptionEntry& entry : *place.entries) {
    if (entry.key == problem.key) return problem.in_value ? entry.value_span : entry.key_span;
  }
  return place.span;
}

}  // namespace

bool ReportOptionProblems(const std::vector<OptionProblem>& problems, const OptionPlace& place,
                          DiagnosticLog& log) {
  for (const OptionProblem& problem : problems) {
    std::string message = absl::StrCat("table '", place.table, "': ", problem.message);
    const SourceSpan span = PlaceOf(problem, place);
    if (problem.not_built) {
      log.Error(span, bind_code::kNotBuilt, absl::UnimplementedError(message));
    } else {
      log.Error(span, bind_code::kWrongOption, std::move(message), problem.hint);
    }
  }
  return problems.empty();
}

}  // namespace millrace
