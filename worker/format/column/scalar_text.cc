#include "worker/format/column/scalar_text.h"

#include <charconv>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"
#include "common/columnar/temporal_parse.h"

namespace millrace {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

}  // namespace

std::string_view TrimText(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsJsonNumber(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const size_t whole = CountDigits(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
  text.remove_prefix(whole);
  if (!text.empty() && text[0] == '.') {
    const size_t fraction = CountDigits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() && CountDigits(text) == text.size();
}

std::optional<int64_t> ParseIntegerText(NumberText number) {
  std::string_view text = number.text;
  if (number.quoted && text.size() > 1 && text[0] == '+' && IsDigit(text[1])) {
    text.remove_prefix(1);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size();
  if (error == std::errc() && whole) return value;
  if (number.quoted) return std::nullopt;
  const std::optional<double> real = ParseDoubleText(number);
  if (!real.has_value() || !(std::abs(*real) < 0x1p63)) return std::nullopt;
  return static_cast<int64_t>(*real);
}

std::optional<double> ParseDoubleText(NumberText number) {
  const std::string_view text = number.text;
  if (text == "NaN") return std::nan("");
  if (text == "Infinity" || text == "+Infinity") return INFINITY;
  if (text == "-Infinity") return -INFINITY;
  // Neither hexadecimal nor the other spellings of infinity that strtod takes.
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(AbslView(text), &value)) return std::nullopt;
  return value;
}

std::optional<float> ParseFloatText(NumberText number) {
  const std::optional<double> real = ParseDoubleText(number);
  if (!real.has_value()) return std::nullopt;
  return static_cast<float>(*real);
}

std::optional<bool> ParseBooleanText(std::string_view text) {
  if (absl::EqualsIgnoreCase(AbslView(text), "true")) return true;
  if (absl::EqualsIgnoreCase(AbslView(text), "false")) return false;
  return std::nullopt;
}

std::optional<int64_t> ParseTimestampText(std::string_view text, int precision,
                                          TimestampForm form) {
  if (text.find(form.iso ? 'T' : ' ') == std::string_view::npos) return std::nullopt;
  const std::optional<ParsedTimestamp> parsed = ParseTimestamp(text);
  if (!parsed.has_value() || parsed->zoned != form.zoned) return std::nullopt;
  return parsed->InUnitOf(precision);
}

std::optional<int32_t> ParseDateText(std::string_view text) {
  const std::optional<int64_t> days = ParseDate(text);
  if (!days.has_value()) return std::nullopt;
  return static_cast<int32_t>(*days);
}

std::optional<int32_t> ParseTimeText(std::string_view text, int precision) {
  const std::optional<int64_t> micros = ParseTimeOfDay(text);
  if (!micros.has_value()) return std::nullopt;
  return static_cast<int32_t>(CutMillis(*micros / 1000, precision));
}

int64_t CutMillis(int64_t millis, int precision) {
  static constexpr int64_t kUnits[] = {1000, 100, 10};
  return precision >= 3 ? millis : millis - FloorMod(millis, kUnits[precision]);
}

bool DecodeBase64(std::string_view text, std::string& bytes) {
  return absl::Base64Unescape(AbslView(text), &bytes);
}

void AppendCompactJson(std::string_view json, std::string& out) {
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && static_cast<unsigned char>(c) <= ' ') continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && i + 1 < json.size()) out += json[++i];
  }
}

}  // namespace millrace
