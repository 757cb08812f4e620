#include "cli/reference/markdown.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/absl_view.h"

namespace millrace {
namespace {

std::string Row(const std::vector<std::string>& cells) {
  return absl::StrCat("| ",
                      absl::StrJoin(cells, " | ",
                                    [](std::string* out, const std::string& cell) {
                                      out->append(absl::StrReplaceAll(cell, {{"|", "\\|"}}));
                                    }),
                      " |\n");
}

}  // namespace

std::string GeneratedHead(std::string_view title, std::string_view page) {
  return absl::StrCat("# ", AbslView(title), "\n\n<!-- Written by `millrace reference ",
                      AbslView(page), "`; do not edit. `deploy/dev docs` writes it anew. -->\n\n");
}

std::string Code(std::string_view text) {
  return text.empty() ? "" : absl::StrCat("`", AbslView(text), "`");
}

std::string MarkdownTable(const std::vector<std::string>& heading,
                          const std::vector<std::vector<std::string>>& rows) {
  std::string table = Row(heading);
  absl::StrAppend(&table, "|", absl::StrJoin(std::vector<std::string>(heading.size(), "---"), "|"),
                  "|\n");
  for (const std::vector<std::string>& row : rows) absl::StrAppend(&table, Row(row));
  return table;
}

}  // namespace millrace
