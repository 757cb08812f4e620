// Tables and marks of Markdown. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// What stands above every generated page: where it comes from.
std::string GeneratedHead(std::string_view title, std::string_view page);

// `text` as code; nothing for nothing.
std::string Code(std::string_view text);

// A table with a heading. Bars in cells are escaped.
std::string MarkdownTable(const std::vector<std::string>& heading,
                          const std::vector<std::vector<std::string>>& rows);

}  // namespace millrace
