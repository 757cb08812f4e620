#include "coordinator/sql/parse/interval_value.h"

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "coordinator/sql/parse/time_units.h"

namespace millrace {
namespace {

struct IntervalField {
  TimeUnit unit;
  int64_t amount;  // Months or milliseconds of one.
  int64_t limit;   // Behind a larger field it stays below this; 0: it leads always.
  char separator;  // Before it, behind a larger field.
  std::string_view form;
};

constexpr IntervalField kFields[] = {
    {TimeUnit::kYear, 12, 0, '\0', "years"},
    {TimeUnit::kQuarter, 3, 0, '\0', "quarters"},
    {TimeUnit::kMonth, 1, 12, '-', "months"},
    {TimeUnit::kWeek, 7 * 86'400'000, 0, '\0', "weeks"},
    {TimeUnit::kDay, 86'400'000, 0, '\0', "days"},
    {TimeUnit::kHour, 3'600'000, 24, ' ', "hours"},
    {TimeUnit::kMinute, 60'000, 60, ':', "minutes"},
    {TimeUnit::kSecond, 1'000, 60, ':', "seconds"},
};

// The fields from `literal.from` to `literal.to`; empty if there is no such interval.
std::vector<IntervalField> FieldsOf(TimeUnit from, TimeUnit to) {
  // Weeks and quarters stand alone.
  if (to != from && (from == TimeUnit::kWeek || from == TimeUnit::kQuarter)) return {};
  std::vector<IntervalField> fields;
  for (const IntervalField& field : kFields) {
    if (field.unit != from && (fields.empty() || field.limit == 0)) continue;
    if (IsYearMonthUnit(field.unit) != IsYearMonthUnit(from)) continue;
    fields.push_back(field);
    if (field.unit == to) return fields;
  }
  return {};
}

std::string FormOf(const std::vector<IntervalField>& fields) {
  std::string form;
  for (const IntervalField& field : fields) {
    if (!form.empty()) form += field.separator;
    absl::StrAppend(&form, AbslView(field.form));
  }
  return form;
}

class IntervalReader {
 public:
  explicit IntervalReader(std::string_view text) : text_(text) {}

  bool Accept(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // At least one digit; none on overflow too.
  std::optional<int64_t> ReadNumber() {
    std::optional<int64_t> value;
    for (; !text_.empty() && absl::ascii_isdigit(text_.front()); text_.remove_prefix(1)) {
      int64_t next = value.value_or(0);
      if (__builtin_mul_overflow(next, 10, &next) ||
          __builtin_add_overflow(next, text_.front() - '0', &next)) {
        return std::nullopt;
      }
      value = next;
    }
    return value;
  }

  // The digits behind the point of a second, as milliseconds; none if it is finer than that.
  std::optional<int64_t> ReadFraction() {
    int64_t millis = 0;
    int64_t unit = 100;
    for (; !text_.empty() && absl::ascii_isdigit(text_.front()); text_.remove_prefix(1)) {
      const int digit = text_.front() - '0';
      if (unit == 0 && digit != 0) return std::nullopt;
      millis += digit * unit;
      unit /= 10;
    }
    return millis;
  }

  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

}  // namespace

bool IsYearMonthUnit(TimeUnit unit) {
  return unit == TimeUnit::kYear || unit == TimeUnit::kQuarter || unit == TimeUnit::kMonth;
}

bool IsIntervalRange(TimeUnit from, TimeUnit to) { return !FieldsOf(from, to).empty(); }

absl::StatusOr<int64_t> IntervalValue(const IntervalLiteral& literal) {
  const std::vector<IntervalField> fields =
      FieldsOf(literal.from, literal.to.value_or(literal.from));
  if (fields.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no interval of the unit ", AbslView(TimeUnitName(literal.from))));
  }
  const auto malformed = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "the text '", literal.text, "' does not have the form '", FormOf(fields), "'"));
  };
  IntervalReader reader(literal.text);
  bool negative = literal.negative;
  if (reader.Accept('-')) {
    negative = !negative;
  } else {
    reader.Accept('+');
  }
  int64_t total = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const IntervalField& field = fields[i];
    if (i > 0 && !reader.Accept(field.separator)) return malformed();
    const std::optional<int64_t> number = reader.ReadNumber();
    if (!number.has_value()) return malformed();
    if (i > 0 && *number >= field.limit) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the ", AbslView(field.form), " of '", literal.text, "' are not below ", field.limit));
    }
    int64_t part = 0;
    if (__builtin_mul_overflow(*number, field.amount, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return absl::InvalidArgumentError(absl::StrCat("'", literal.text, "' is too long a time"));
    }
  }
  if (literal.to.value_or(literal.from) == TimeUnit::kSecond && reader.Accept('.')) {
    const std::optional<int64_t> millis = reader.ReadFraction();
    if (!millis.has_value()) {
      return absl::InvalidArgumentError("an interval is exact to the millisecond, not finer");
    }
    if (__builtin_add_overflow(total, *millis, &total)) return malformed();
  }
  if (!reader.AtEnd()) return malformed();
  return negative ? -total : total;
}

}  // namespace millrace
