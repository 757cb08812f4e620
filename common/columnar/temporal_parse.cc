#include "common/columnar/temporal_parse.h"

#include "common/columnar/calendar.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes characters off the front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }

  bool Accept(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int32_t> Number(int digits_min, int digits_max) {
    int32_t value = 0;
    int digits = 0;
    while (digits < digits_max && IsDigit(peek())) {
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    if (digits < digits_min) return std::nullopt;
    return value;
  }

  // The digits after a point, as microseconds.
  std::optional<int64_t> Fraction() {
    int64_t micros = 0;
    int digits = 0;
    for (; IsDigit(peek()); ++digits) {
      if (digits < 6) micros = micros * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
  }

 private:
  std::string_view rest_;
};

std::optional<int64_t> ScanDate(Scanner& scanner) {
  const bool negative = scanner.Accept('-');
  const auto year = scanner.Number(1, 6);
  if (!year || !scanner.Accept('-')) return std::nullopt;
  const auto month = scanner.Number(1, 2);
  if (!month || *month < 1 || *month > 12 || !scanner.Accept('-')) return std::nullopt;
  const auto day = scanner.Number(1, 2);
  const int32_t signed_year = negative ? -*year : *year;
  if (!day || *day < 1 || *day > DaysInMonth(signed_year, *month)) return std::nullopt;
  return DaysOfCivil({.year = signed_year, .month = *month, .day = *day});
}

std::optional<int64_t> ScanTimeOfDay(Scanner& scanner) {
  const auto hour = scanner.Number(1, 2);
  if (!hour || *hour > 23 || !scanner.Accept(':')) return std::nullopt;
  const auto minute = scanner.Number(1, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t micros = (*hour * 60 + *minute) * kMicrosPerMinute;
  if (!scanner.Accept(':')) return micros;
  const auto second = scanner.Number(1, 2);
  if (!second || *second > 59) return std::nullopt;
  micros += *second * kMicrosPerSecond;
  if (!scanner.Accept('.')) return micros;
  const auto fraction = scanner.Fraction();
  if (!fraction) return std::nullopt;
  return micros + *fraction;
}

// Minutes east of UTC.
std::optional<int64_t> ScanOffset(Scanner& scanner) {
  const bool west = scanner.peek() == '-';
  if (!west && scanner.peek() != '+') return std::nullopt;
  scanner.Accept(scanner.peek());
  const auto hour = scanner.Number(2, 2);
  if (!hour || *hour > 18) return std::nullopt;
  scanner.Accept(':');
  const auto minute = scanner.done() ? std::optional<int32_t>(0) : scanner.Number(2, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const int64_t minutes = *hour * 60 + *minute;
  return west ? -minutes : minutes;
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  Scanner scanner(text);
  const auto days = ScanDate(scanner);
  return scanner.done() ? days : std::nullopt;
}

std::optional<int64_t> ParseTimeOfDay(std::string_view text) {
  Scanner scanner(text);
  const auto micros = ScanTimeOfDay(scanner);
  return scanner.done() ? micros : std::nullopt;
}

std::optional<int64_t> ParsedTimestamp::InUnitOf(int precision) const {
  static constexpr int64_t kUnit[] = {1'000'000, 100'000, 10'000, 1000, 100, 10, 1};
  const int64_t cut = precision >= 6 ? 1 : kUnit[precision];
  const int64_t micros = micros_of_day - micros_of_day % cut;
  if (precision <= 3) return days * kMillisPerDay + micros / 1000;
  int64_t total = 0;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &total) ||
      __builtin_add_overflow(total, micros, &total)) {
    return std::nullopt;
  }
  return total;
}

std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text) {
  Scanner scanner(text);
  const auto days = ScanDate(scanner);
  if (!days) return std::nullopt;
  ParsedTimestamp timestamp{.days = *days};
  if (scanner.done()) return timestamp;
  if (!scanner.Accept(' ') && !scanner.Accept('T')) return std::nullopt;
  const auto micros = ScanTimeOfDay(scanner);
  if (!micros) return std::nullopt;
  timestamp.micros_of_day = *micros;
  if (scanner.done()) return timestamp;
  timestamp.zoned = true;
  if (scanner.Accept('Z')) return scanner.done() ? std::optional(timestamp) : std::nullopt;
  const auto offset = ScanOffset(scanner);
  if (!offset || !scanner.done()) return std::nullopt;
  const int64_t shifted = timestamp.micros_of_day - *offset * kMicrosPerMinute;
  timestamp.days += FloorDiv(shifted, kMicrosPerDay);
  timestamp.micros_of_day = FloorMod(shifted, kMicrosPerDay);
  return timestamp;
}

}  // namespace millrace
