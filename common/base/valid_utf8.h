// Whether a text is UTF-8 (RFC 3629), and how to make it so. Pure.
//
// What goes into a string field of a message has to be: a reader refuses the whole message
// otherwise.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// The offset of the first byte that is not part of a UTF-8 sequence, or npos.
size_t FindInvalidUtf8(std::string_view text);

// `text` with U+FFFD for each byte that is not part of a UTF-8 sequence. For texts that people
// read and that may quote bytes of others.
std::string ToValidUtf8(std::string_view text);

// The longest beginning of `text` of at most `bytes` bytes that ends between two characters.
std::string_view Utf8Prefix(std::string_view text, size_t bytes);

}  // namespace millrace
