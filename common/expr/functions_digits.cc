// Digits of numbers and bytes: BIN, HEX, UNHEX.
#include <string_view>

#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr char kHexDigits[] = "0123456789ABCDEF";

// The digits of the unsigned number that has the same 64 bits, `bits_per_digit` at a time.
void AppendDigits(int64_t value, int bits_per_digit, TextSink& out) {
  const auto bits = static_cast<uint64_t>(value);
  const uint64_t mask = (uint64_t{1} << bits_per_digit) - 1;
  int shift = 0;
  while (shift + bits_per_digit < 64 && bits >> (shift + bits_per_digit) != 0) {
    shift += bits_per_digit;
  }
  for (; shift >= 0; shift -= bits_per_digit) out.Append(kHexDigits[(bits >> shift) & mask]);
}

void HexOfBytes(View bytes, TextSink& out) {
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out.Append(kHexDigits[byte >> 4]);
    out.Append(kHexDigits[byte & 15]);
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// An odd number of digits lacks the first one. NULL if a character is no digit.
void Unhex(View text, TextSink& out, RowContext& row) {
  int high = text.size() % 2 == 0 ? -1 : 0;
  for (const char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0) return row.SetNull();
    if (high >= 0) out.Append(static_cast<char>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
}

}  // namespace

void AddDigitFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  table.Add("bin", "", {{"BIGINT", string, Lift<Text(int64_t)>([](int64_t value, TextSink& out) {
                           AppendDigits(value, 1, out);
                         })}});
  table.Add("hex", "",
            {{"BIGINT", string, Lift<Text(int64_t)>([](int64_t value, TextSink& out) {
                AppendDigits(value, 4, out);
              })},
             {"STRING", string, Lift<Text(View)>(HexOfBytes)}});
  table.Add("unhex", "",
            {{"STRING", Returns(DataType::Bytes()), Lift<Text(View)>(Unhex), /*nullable=*/true}});
}

}  // namespace millrace
