// Where something stands in the text of a script: bytes [offset, offset + length). Plain values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace millrace {

struct SourceSpan {
  uint32_t offset = 0;
  uint32_t length = 0;

  uint32_t end() const { return offset + length; }

  // From the beginning of `first` to the end of `last`.
  static SourceSpan Cover(SourceSpan first, SourceSpan last) {
    return {first.offset, std::max(first.end(), last.end()) - first.offset};
  }

  // The bytes it names; as much of them as `text` has.
  std::string_view In(std::string_view text) const {
    return text.substr(std::min<size_t>(offset, text.size()), length);
  }

  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

}  // namespace millrace
