#include "coordinator/sql/bind/window_interval.h"

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

constexpr const char* kHint = "write INTERVAL '10' SECOND";

// Milliseconds of an INTERVAL literal, with or without a minus before it.
std::optional<int64_t> Millis(const SqlExpression& expression) {
  if (const auto* unary = expression.As<UnaryExpression>()) {
    if (unary->op == UnaryOperator::kNot) return std::nullopt;
    const std::optional<int64_t> millis = Millis(*unary->operand);
    if (!millis.has_value()) return std::nullopt;
    return unary->op == UnaryOperator::kMinus ? -*millis : *millis;
  }
  const auto* interval = expression.As<IntervalLiteral>();
  if (interval == nullptr || interval->year_month) return std::nullopt;
  return interval->value;
}

std::optional<int64_t> PositiveMillis(const SqlExpression& expression, const char* what,
                                      DiagnosticLog& log) {
  const std::optional<int64_t> millis = Millis(expression);
  if (millis.has_value() && *millis > 0) return millis;
  log.Error(
      expression.span, bind_code::kWrongWindow,
      absl::StrCat("the ", what, " of a window must be a positive INTERVAL of days to seconds"),
      kHint);
  return std::nullopt;
}

const char* SizeName(WindowKind kind) { return kind == WindowKind::kSession ? "gap" : "size"; }
const char* SlideName(WindowKind kind) { return kind == WindowKind::kCumulate ? "step" : "slide"; }

// In the words of Flink.
void ReportNoMultiple(const WindowSpec& window, SourceSpan span, DiagnosticLog& log) {
  const bool hop = window.kind == WindowKind::kHop;
  const char* size = hop ? "size" : "maxSize";
  const char* slide = SlideName(window.kind);
  log.Error(span, bind_code::kWrongWindow,
            absl::StrCat(hop ? "HOP" : "CUMULATE", " table function based aggregate requires ",
                         size, " must be an integral multiple of ", slide, ", but got ", size, " ",
                         window.size_ms, " ms and ", slide, " ", window.slide_ms, " ms"),
            absl::StrCat("the ", slide, " comes before the size"));
}

}  // namespace

std::optional<WindowSpec> BindWindowIntervals(const WindowIntervals& intervals,
                                              DiagnosticLog& log) {
  WindowSpec window{.kind = intervals.kind};
  const auto size = PositiveMillis(*intervals.size, SizeName(window.kind), log);
  const auto slide = intervals.slide == nullptr
                         ? size
                         : PositiveMillis(*intervals.slide, SlideName(window.kind), log);
  if (!size.has_value() || !slide.has_value()) return std::nullopt;
  window.size_ms = *size;
  window.slide_ms = *slide;
  if (intervals.divides && window.size_ms % window.slide_ms != 0) {
    ReportNoMultiple(window, intervals.size->span, log);
    return std::nullopt;
  }
  if (intervals.offset == nullptr) return window;
  const std::optional<int64_t> offset_ms = Millis(*intervals.offset);
  if (!offset_ms.has_value()) {
    log.Error(intervals.offset->span, bind_code::kWrongWindow,
              "the offset of a window must be an INTERVAL of days to seconds", kHint);
    return std::nullopt;
  }
  const int64_t round = window.kind == WindowKind::kCumulate ? window.size_ms : window.slide_ms;
  window.offset_ms = (*offset_ms % round + round) % round;
  return window;
}

void ReportNoTimeAttribute(const std::string& column, SourceSpan span, DiagnosticLog& log) {
  log.Error(span, bind_code::kWrongWindow,
            absl::StrCat("a window needs a time attribute, and '", column, "' is none"),
            "declare WATERMARK FOR the column in CREATE TABLE, or a column AS PROCTIME(), and pass "
            "it on unchanged");
}

}  // namespace millrace
