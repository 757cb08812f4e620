// Text of others on its way to a terminal: what must not get there, and how much room it takes.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// Blanks instead of control characters, those of ASCII and U+0080 to U+009F: data must neither move
// the cursor nor tell the terminal anything, and a row stays one line.
std::string WithoutControls(std::string_view text);

// The columns that UTF-8 takes: two for wide characters of East Asia and pictures, none for marks
// that combine with what stands before them.
size_t DisplayWidth(std::string_view text);

// The longest beginning of `text` of at most `width` columns that ends between two characters.
std::string_view DisplayPrefix(std::string_view text, size_t width);

}  // namespace millrace
