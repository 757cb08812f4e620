// What the text of a JSON number, or of a JSON string, says as a SQL value: the exact path, taken
// by whatever the fast paths of the reader do not know. The rules are those of Flink's JSON format
// (README.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Without blanks, line feeds and control characters at both ends, as Java's trim().
std::string_view TrimText(std::string_view text);

// Whether `text` is a number as JSON writes it.
bool IsJsonNumber(std::string_view text);

struct NumberText {
  std::string_view text;
  bool quoted = false;  // It was a JSON string.
};

// A fraction is cut off if the number is not quoted, as Java's casts do; a quoted one must be
// whole. Empty if it is no number or does not fit in 64 bits.
std::optional<int64_t> ParseIntegerText(NumberText number);

// The nearest double, infinite if too large; NaN and Infinity as Java spells them.
std::optional<double> ParseDoubleText(NumberText number);
std::optional<float> ParseFloatText(NumberText number);

// "true" or "false", in any case.
std::optional<bool> ParseBooleanText(std::string_view text);

// Which forms of a timestamp are valid: Flink's two standards, with a zone for TIMESTAMP_LTZ only.
struct TimestampForm {
  bool iso = false;    // 'T' between date and time, else a blank.
  bool zoned = false;  // Must end in Z or an offset, else must not.
};

// In the unit of a TIMESTAMP(precision) column.
std::optional<int64_t> ParseTimestampText(std::string_view text, int precision, TimestampForm form);

// Days since 1970.
std::optional<int32_t> ParseDateText(std::string_view text);

// Milliseconds of the day, digits beyond `precision` cut off.
std::optional<int32_t> ParseTimeText(std::string_view text, int precision);

// `value` (not negative unless a timestamp) with the digits of its milliseconds beyond `precision`
// cut off. REQUIRES: 0 <= precision.
int64_t CutMillis(int64_t millis, int precision);

// Base64 with or without padding. False if it is something else.
bool DecodeBase64(std::string_view text, std::string& bytes);

// JSON without the white space between its tokens.
void AppendCompactJson(std::string_view json, std::string& out);

}  // namespace millrace
