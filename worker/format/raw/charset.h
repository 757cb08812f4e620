// Text in other charsets than UTF-8, by iconv. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace millrace {

class Charset {
 public:
  static bool IsKnown(const std::string& name);

  // REQUIRES: IsKnown(name).
  explicit Charset(const std::string& name);
  ~Charset();

  bool is_utf8() const { return is_utf8_; }

  // `bytes` as UTF-8. False if they are no text of the charset.
  bool Decode(std::string_view bytes, std::string& text);
  // `text`, which is UTF-8, in the charset; '?' for what that cannot say, as in Java.
  void Encode(std::string_view text, std::string& bytes);

 private:
  struct Converter;
  bool is_utf8_ = false;
  bool is_marked_ = false;  // UTF-16 with a byte order mark.
  std::unique_ptr<Converter> to_utf8_;
  std::unique_ptr<Converter> from_utf8_;
};

}  // namespace millrace
