// Strings as bytes and back: TO_BASE64, FROM_BASE64, ENCODE, DECODE, URL_ENCODE, URL_DECODE, CHR.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/unicode.h"

namespace millrace {
namespace {

using View = std::string_view;

void ToBase64(View bytes, TextSink& out) {
  std::string text;
  absl::Base64Escape(AbslView(bytes), &text);
  out.Append(text);
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// As java.util.Base64: the padding may be missing, but not half of it.
std::optional<std::string> FromBase64(View text) {
  size_t padding = 0;
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  if (padding > 0 && text.size() % 4 != 0) return std::nullopt;
  text.remove_suffix(padding);
  if (text.size() % 4 == 1 || (padding > 0 && text.size() % 4 != 4 - padding)) return std::nullopt;
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
  }
  return bytes;
}

enum class Charset : uint8_t { kAscii, kLatin1, kUtf8, kUtf16, kUtf16Be, kUtf16Le };

std::optional<Charset> CharsetOf(View name) {
  struct Line {
    const char* name;
    Charset charset;
  };
  static constexpr Line kCharsets[] = {
      {"UTF-8", Charset::kUtf8},        {"UTF8", Charset::kUtf8},
      {"US-ASCII", Charset::kAscii},    {"ASCII", Charset::kAscii},
      {"ISO-8859-1", Charset::kLatin1}, {"LATIN1", Charset::kLatin1},
      {"UTF-16", Charset::kUtf16},      {"UTF-16BE", Charset::kUtf16Be},
      {"UTF-16LE", Charset::kUtf16Le},
  };
  const std::string upper = absl::AsciiStrToUpper(AbslView(name));
  for (const Line& line : kCharsets) {
    if (upper == line.name) return line.charset;
  }
  return std::nullopt;
}

void AppendUnit(uint16_t unit, bool little_endian, std::string& out) {
  const char high = static_cast<char>(unit >> 8);
  const char low = static_cast<char>(unit);
  out += little_endian ? low : high;
  out += little_endian ? high : low;
}

void EncodeUtf16(char32_t code_point, bool little_endian, std::string& out) {
  if (code_point < 0x10000) {
    return AppendUnit(static_cast<uint16_t>(code_point), little_endian, out);
  }
  const char32_t bits = code_point - 0x10000;
  AppendUnit(static_cast<uint16_t>(0xD800 | bits >> 10), little_endian, out);
  AppendUnit(static_cast<uint16_t>(0xDC00 | (bits & 0x3ff)), little_endian, out);
}

// What a character set lacks becomes a question mark.
void Encode(View text, Charset charset, std::string& out) {
  if (charset == Charset::kUtf8) {
    out += text;
    return;
  }
  const bool utf16 = charset >= Charset::kUtf16;
  if (charset == Charset::kUtf16 && !text.empty()) EncodeUtf16(0xFEFF, false, out);
  const char32_t end = charset == Charset::kAscii ? 0x80 : 0x100;
  for (size_t at = 0; at < text.size();) {
    const char32_t code_point = NextCodePoint(text, at);
    if (utf16) {
      EncodeUtf16(code_point, charset == Charset::kUtf16Le, out);
    } else {
      out += code_point < end ? static_cast<char>(code_point) : '?';
    }
  }
}

// Lone surrogates and half units become the replacement character.
void DecodeUtf16(View bytes, bool little_endian, std::string& out) {
  const auto unit_at = [&](size_t at) -> char32_t {
    const auto first = static_cast<uint8_t>(bytes[at]);
    const auto second = static_cast<uint8_t>(bytes[at + 1]);
    return little_endian ? second << 8 | first : first << 8 | second;
  };
  size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    char32_t code_point = unit_at(at);
    const bool high = code_point >= 0xD800 && code_point < 0xDC00;
    if (high && at + 3 < bytes.size()) {
      const char32_t low = unit_at(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code_point = 0x10000 + ((code_point & 0x3ff) << 10 | (low & 0x3ff));
        at += 2;
      }
    }
    AppendCodePoint(code_point, out);
  }
  if (at < bytes.size()) AppendCodePoint(kReplacementCharacter, out);
}

void Decode(View bytes, Charset charset, std::string& out) {
  if (charset == Charset::kUtf8) return AppendAsUtf8(bytes, out);
  if (charset >= Charset::kUtf16) {
    bool little_endian = charset == Charset::kUtf16Le;
    if (charset == Charset::kUtf16 && bytes.size() >= 2) {
      const bool reversed = bytes.starts_with("\xff\xfe");
      little_endian = reversed;
      if (reversed || bytes.starts_with("\xfe\xff")) bytes.remove_prefix(2);
    }
    return DecodeUtf16(bytes, little_endian, out);
  }
  for (const char c : bytes) {
    const char32_t code_point = static_cast<uint8_t>(c);
    const bool outside = charset == Charset::kAscii && code_point > 0x7f;
    AppendCodePoint(outside ? kReplacementCharacter : code_point, out);
  }
}

template <void (*kConvert)(View, Charset, std::string&)>
absl::StatusOr<Kernel> CharsetKernel(const Expression& call) {
  return LiftKernel<Text(View, View)>(
      call.type(), [scratch = std::make_shared<std::string>()](View text, View name, TextSink& out,
                                                               RowContext& row) {
        const auto charset = CharsetOf(name);
        if (!charset) return row.Fail("there is no character set", std::string(name));
        scratch->clear();
        kConvert(text, *charset, *scratch);
        out.Append(*scratch);
      });
}

void UrlEncode(View text, TextSink& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '*' || c == '_') {
      out.Append(c);
    } else if (c == ' ') {
      out.Append('+');
    } else {
      out.Append('%');
      out.Append(kDigits[static_cast<uint8_t>(c) >> 4]);
      out.Append(kDigits[c & 15]);
    }
  }
}

// NULL if a % has no two hexadecimal digits behind it.
void UrlDecode(View text, TextSink& out, RowContext& row) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      bytes += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const View digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || !absl::ascii_isxdigit(digits[0]) || !absl::ascii_isxdigit(digits[1])) {
      return row.SetNull();
    }
    bytes += absl::HexStringToBytes(AbslView(digits));
    at += 2;
  }
  std::string decoded;
  AppendAsUtf8(bytes, decoded);
  out.Append(decoded);
}

// The character of the lowest eight bits, in Latin-1.
void Chr(int64_t code, TextSink& out) {
  if (code < 0) return;
  std::string character;
  AppendCodePoint(static_cast<char32_t>(code & 255), character);
  out.Append(character);
}

}  // namespace

void AddEncodingFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const auto to_base64 = Lift<Text(View)>(ToBase64);
  table.Add("to_base64", "", {{"STRING", string, to_base64}, {"BYTES", string, to_base64}});
  table.Add("from_base64", "",
            {{"STRING", string, Lift<Text(View)>([](View text, TextSink& out, RowContext& row) {
                const auto bytes = FromBase64(text);
                if (!bytes) return row.Fail("this is no Base64:", std::string(text));
                std::string decoded;
                AppendAsUtf8(*bytes, decoded);
                out.Append(decoded);
              })}});
  table.Add("encode", "", {{"STRING, STRING", Returns(DataType::Bytes()), CharsetKernel<Encode>}});
  table.Add("decode", "", {{"BYTES, STRING", string, CharsetKernel<Decode>}});
  table.Add("url_encode", "", {{"STRING", string, Lift<Text(View)>(UrlEncode)}});
  table.Add("url_decode", "", {{"STRING", string, Lift<Text(View)>(UrlDecode), /*nullable=*/true}});
  table.Add("chr", "", {{"BIGINT", string, Lift<Text(int64_t)>(Chr)}});
}

}  // namespace millrace
