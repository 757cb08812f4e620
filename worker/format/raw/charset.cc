#include "worker/format/raw/charset.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "common/base/check.h"
#include "common/base/valid_utf8.h"

namespace millrace {
namespace {

constexpr size_t kStep = 256;

// Options of iconv are written behind a name.
bool IsPlainName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

// Java's UTF-16 writes big-endian behind a mark, and reads as the mark says, else big-endian.
bool IsMarkedUtf16(const std::string& name) { return absl::EqualsIgnoreCase(name, "UTF-16"); }

std::string IconvName(const std::string& name) { return IsMarkedUtf16(name) ? "UTF-16BE" : name; }

constexpr std::string_view kMark = "\xfe\xff";
constexpr std::string_view kLittleEndianMark = "\xff\xfe";

std::string WithBytesSwapped(std::string_view units) {
  std::string swapped(units);
  for (size_t i = 0; i + 1 < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
  return swapped;
}

}  // namespace

struct Charset::Converter {
  Converter(const std::string& to, const std::string& from)
      : handle(iconv_open(to.c_str(), from.c_str())) {}
  ~Converter() {
    if (known()) iconv_close(handle);
  }
  bool known() const { return handle != reinterpret_cast<iconv_t>(-1); }

  // Takes as much of `in` as can be converted. False if something is left.
  bool Convert(std::string_view& in, std::string& out) {
    char* from = const_cast<char*>(in.data());
    size_t left = in.size();
    while (true) {
      const size_t size = out.size();
      out.resize(size + left + kStep);
      char* to = out.data() + size;
      size_t room = out.size() - size;
      const size_t result = iconv(handle, &from, &left, &to, &room);
      out.resize(out.size() - room);
      if (result == static_cast<size_t>(-1) && errno == E2BIG) continue;
      in = in.substr(in.size() - left);
      return result != static_cast<size_t>(-1);
    }
  }

  const iconv_t handle;
};

bool Charset::IsKnown(const std::string& name) {
  if (!IsPlainName(name)) return false;
  return Converter("UTF-8", IconvName(name)).known() && Converter(IconvName(name), "UTF-8").known();
}

Charset::Charset(const std::string& name)
    : is_utf8_(absl::EqualsIgnoreCase(name, "UTF-8") || absl::EqualsIgnoreCase(name, "UTF8")),
      is_marked_(IsMarkedUtf16(name)),
      to_utf8_(std::make_unique<Converter>("UTF-8", IconvName(name))),
      from_utf8_(std::make_unique<Converter>(IconvName(name), "UTF-8")) {
  CHECK(to_utf8_->known() && from_utf8_->known());
}

Charset::~Charset() = default;

bool Charset::Decode(std::string_view bytes, std::string& text) {
  text.clear();
  iconv(to_utf8_->handle, nullptr, nullptr, nullptr, nullptr);
  std::string swapped;
  if (is_marked_ && bytes.starts_with(kLittleEndianMark)) {
    swapped = WithBytesSwapped(bytes);
    bytes = swapped;
  }
  if (is_marked_ && bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  if (!to_utf8_->Convert(bytes, text)) return false;
  return FindInvalidUtf8(text) == std::string_view::npos;
}

void Charset::Encode(std::string_view text, std::string& bytes) {
  iconv(from_utf8_->handle, nullptr, nullptr, nullptr, nullptr);
  if (is_marked_ && !text.empty()) bytes += kMark;
  while (!from_utf8_->Convert(text, bytes)) {
    CHECK(!text.empty());
    size_t skip = 1;
    while (skip < text.size() && (text[skip] & 0xc0) == 0x80) ++skip;
    text.remove_prefix(skip);
    std::string_view replacement = "?";
    CHECK(from_utf8_->Convert(replacement, bytes));
  }
  // A charset with shifts, ISO-2022-JP, ends as it began.
  char shift[16];
  char* to = shift;
  size_t room = sizeof shift;
  iconv(from_utf8_->handle, nullptr, nullptr, &to, &room);
  bytes.append(shift, sizeof shift - room);
}

}  // namespace millrace
