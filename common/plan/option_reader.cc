#include "common/plan/option_reader.h"

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/duration_text.h"

namespace millrace {

std::optional<std::string> OptionReader::Find(const std::string& key) const {
  const auto found = table_.options.find(key);
  if (found == table_.options.end()) return std::nullopt;
  return found->second;
}

std::string OptionReader::Text(const std::string& key, std::string otherwise) const {
  return Find(key).value_or(std::move(otherwise));
}

absl::StatusOr<int64_t> OptionReader::Integer(const std::string& key, int64_t otherwise) const {
  const std::optional<std::string> text = Find(key);
  if (!text.has_value()) return otherwise;
  int64_t value = 0;
  if (!absl::SimpleAtoi(*text, &value)) return Wrong(key, "it must be a whole number of 64 bits");
  return value;
}

absl::StatusOr<int64_t> OptionReader::IntegerFrom(int64_t least, const std::string& key,
                                                  int64_t otherwise) const {
  ASSIGN_OR_RETURN(const int64_t value, Integer(key, otherwise));
  if (value < least) return Wrong(key, absl::StrCat("it must be at least ", least));
  return value;
}

absl::StatusOr<double> OptionReader::Number(const std::string& key, double otherwise) const {
  const std::optional<std::string> text = Find(key);
  if (!text.has_value()) return otherwise;
  double value = 0;
  if (!absl::SimpleAtod(*text, &value) || !std::isfinite(value)) {
    return Wrong(key, "it must be a number");
  }
  return value;
}

absl::StatusOr<bool> OptionReader::Boolean(const std::string& key, bool otherwise) const {
  const std::optional<std::string> text = Find(key);
  if (!text.has_value()) return otherwise;
  const std::string lower = absl::AsciiStrToLower(*text);
  if (lower != "true" && lower != "false") return Wrong(key, "it must be 'true' or 'false'");
  return lower == "true";
}

absl::StatusOr<int64_t> OptionReader::DurationMs(const std::string& key, int64_t otherwise) const {
  const std::optional<std::string> text = Find(key);
  if (!text.has_value()) return otherwise;
  const absl::StatusOr<int64_t> millis = ParseDurationMs(*text);
  if (!millis.ok()) return Wrong(key, "it must be a duration like '1 s' or '500 ms'");
  return millis;
}

absl::StatusOr<int64_t> OptionReader::Bytes(const std::string& key, int64_t otherwise) const {
  const std::optional<std::string> text = Find(key);
  if (!text.has_value()) return otherwise;
  const size_t end_of_digits = std::min(text->find_first_not_of("0123456789"), text->size());
  const std::string unit(
      absl::StripAsciiWhitespace(absl::AsciiStrToLower(text->substr(end_of_digits))));
  int shift = -1;
  if (unit.empty() || unit == "b" || unit == "bytes") shift = 0;
  if (unit == "k" || unit == "kb" || unit == "kibibytes") shift = 10;
  if (unit == "m" || unit == "mb" || unit == "mebibytes") shift = 20;
  if (unit == "g" || unit == "gb" || unit == "gibibytes") shift = 30;
  int64_t count = 0;
  int64_t bytes = 0;
  if (shift < 0 || !absl::SimpleAtoi(text->substr(0, end_of_digits), &count) ||
      __builtin_mul_overflow(count, int64_t{1} << shift, &bytes)) {
    return Wrong(key, "it must be a size like '200b' or '128 MB'");
  }
  return bytes;
}

absl::Status OptionReader::Wrong(const std::string& key, absl::string_view why) const {
  return absl::InvalidArgumentError(
      absl::StrCat("table ", table_.name, ": '", key, "' = '", Text(key, ""), "': ", why));
}

absl::Status OptionReader::NotBuilt(absl::string_view what) const {
  return absl::UnimplementedError(
      absl::StrCat("table ", table_.name, ": ", what, " is valid in Flink, not built yet"));
}

}  // namespace millrace
