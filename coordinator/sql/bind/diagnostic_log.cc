#include "coordinator/sql/bind/diagnostic_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"

namespace millrace {
namespace {

constexpr std::string_view kHintMark = "; did you mean ";

}  // namespace

void DiagnosticLog::Error(SourceSpan span, const char* code, std::string message,
                          std::string hint) {
  Add({.span = span, .code = code, .message = std::move(message), .hint = std::move(hint)});
}

void DiagnosticLog::NotBuilt(SourceSpan span, std::string_view what, std::string hint) {
  Add({.span = span,
       .code = bind_code::kNotBuilt,
       .message = absl::StrCat(AbslView(what), " is valid Flink SQL, not built yet"),
       .hint = std::move(hint),
       .not_built = true});
}

void DiagnosticLog::SyntaxNotBuilt(SourceSpan span, std::string_view what, std::string hint) {
  Add({.span = span,
       .code = bind_code::kSyntaxNotBuilt,
       .message = absl::StrCat(AbslView(what), " is valid Flink SQL, not built yet"),
       .hint = std::move(hint),
       .not_built = true});
}

void DiagnosticLog::Error(SourceSpan span, const char* code, const absl::Status& status) {
  SqlDiagnostic diagnostic{.span = span, .code = code, .message = std::string(status.message())};
  if (status.code() == absl::StatusCode::kUnimplemented) {
    diagnostic.code = bind_code::kNotBuilt;
    diagnostic.not_built = true;
  }
  const size_t mark = diagnostic.message.rfind(kHintMark);
  if (mark != std::string::npos) {
    diagnostic.hint = diagnostic.message.substr(mark + 2);
    diagnostic.message.resize(mark);
  }
  Add(std::move(diagnostic));
}

void DiagnosticLog::Add(SqlDiagnostic diagnostic) {
  const bool known =
      std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const SqlDiagnostic& other) {
        return other.span == diagnostic.span && other.message == diagnostic.message;
      });
  if (!known) diagnostics_.push_back(std::move(diagnostic));
}

}  // namespace millrace
