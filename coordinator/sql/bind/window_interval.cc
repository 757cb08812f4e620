#include "coordinator/sql/bind/window_interval.h"

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

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

}  // namespace

WindowSpec WindowIntervals::TumbleOver(int time_column) const {
  return {.kind = WindowKind::kTumble,
          .time_column = time_column,
          .size_ms = size_ms,
          .slide_ms = size_ms,
          .offset_ms = offset_ms};
}

std::optional<WindowIntervals> BindWindowIntervals(const SqlExpression& size,
                                                   const SqlExpression* offset,
                                                   DiagnosticLog& log) {
  const char* hint = "write INTERVAL '10' SECOND";
  const std::optional<int64_t> size_ms = Millis(size);
  if (!size_ms.has_value() || *size_ms <= 0) {
    log.Error(size.span, bind_code::kWrongWindow,
              "the size of a window must be a positive INTERVAL of days to seconds", hint);
    return std::nullopt;
  }
  WindowIntervals intervals{.size_ms = *size_ms};
  if (offset == nullptr) return intervals;
  const std::optional<int64_t> offset_ms = Millis(*offset);
  if (!offset_ms.has_value()) {
    log.Error(offset->span, bind_code::kWrongWindow,
              "the offset of a window must be an INTERVAL of days to seconds", hint);
    return std::nullopt;
  }
  intervals.offset_ms = (*offset_ms % *size_ms + *size_ms) % *size_ms;
  return intervals;
}

void ReportNoTimeAttribute(const std::string& column, SourceSpan span, DiagnosticLog& log) {
  log.Error(span, bind_code::kWrongWindow,
            absl::StrCat("a window needs an event-time attribute, and '", column, "' is none"),
            "declare WATERMARK FOR the column in CREATE TABLE, and pass the column on unchanged");
}

}  // namespace millrace
