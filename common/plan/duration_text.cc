#include "common/plan/duration_text.h"

#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

struct Unit {
  int64_t nanos;
  std::vector<std::string> names;
};

std::optional<int64_t> NanosOfUnit(const std::string& name) {
  static const auto& units = *new std::vector<Unit>{
      {86'400'000'000'000, {"d", "day", "days"}},
      {3'600'000'000'000, {"h", "hour", "hours"}},
      {60'000'000'000, {"min", "m", "minute", "minutes"}},
      {1'000'000'000, {"s", "sec", "secs", "second", "seconds"}},
      {1'000'000, {"", "ms", "milli", "millis", "millisecond", "milliseconds"}},
      {1000, {"us", "\xc2\xb5s", "micro", "micros", "microsecond", "microseconds"}},
      {1, {"ns", "nano", "nanos", "nanosecond", "nanoseconds"}},
  };
  for (const Unit& unit : units) {
    for (const std::string& known : unit.names) {
      if (known == name) return unit.nanos;
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<int64_t> ParseDurationMs(std::string_view text) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text), "' is no duration; write one like '1 s' or '500 ms'"));
  };
  size_t at = 0;
  const auto skip_spaces = [&] {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  };
  const auto take = [&](auto belongs) {
    const size_t begin = at;
    while (at < text.size() && belongs(static_cast<unsigned char>(text[at]))) ++at;
    return std::string(text.substr(begin, at - begin));
  };
  int64_t nanos = 0;
  skip_spaces();
  if (at == text.size()) return wrong();
  while (at < text.size()) {
    int64_t count = 0;
    if (!absl::SimpleAtoi(take([](unsigned char c) { return std::isdigit(c) != 0; }), &count)) {
      return wrong();
    }
    skip_spaces();
    const auto unit = NanosOfUnit(absl::AsciiStrToLower(
        take([](unsigned char c) { return std::isdigit(c) == 0 && std::isspace(c) == 0; })));
    int64_t part = 0;
    if (!unit.has_value() || __builtin_mul_overflow(count, *unit, &part) ||
        __builtin_add_overflow(nanos, part, &nanos)) {
      return wrong();
    }
    skip_spaces();
  }
  return nanos / 1'000'000;
}

}  // namespace millrace
