#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/reference/markdown.h"
#include "cli/reference/reference_pages.h"
#include "common/expr/function_table.h"

namespace millrace {
namespace {

constexpr char kAbout[] =
    R"(The scalar functions and operators of SQL. Names are Flink's and so are the results; where they are not, the list at the end
says so. In the tables, STRING, BIGINT, DOUBLE and the like stand for every type that Flink casts to them by itself; NUMERIC,
INTEGER, DECIMAL, INTERVAL, ARRAY, MAP and ANY for every such type; `[ ]` can be left out, `...` repeated. Aggregate functions
and windows are not listed here.

)";

constexpr char kDifferences[] = R"(
## Differences from Flink

- Regular expressions are RE2's: no look-around, no back-references, no possessive quantifiers, no character classes within others
  (such a pattern is refused when the statement is bound); the dot does not match a line feed only.
- JSON paths have no functions, no list of names in brackets, and in filters only comparison, existence, `&&`, `||`, `!` and
  parentheses. A RETURNING type that does not fit the value is handled by ON ERROR; Flink fails the job. A whole number fits DOUBLE.
- Results of strings are STRING where Flink keeps a CHAR(n) or VARCHAR(n).
- FLOAT with DOUBLE gives DOUBLE; Flink gives the type of the first operand.
- JSON_QUOTE writes characters beyond 16 bits as two surrogates; Flink writes a broken pair.
- PRINTF formats a DECIMAL with %f, and writes dates, ARRAYs and the like as CAST would; Flink gives NULL and internal forms.
- UNHEX of an odd number of digits reads the first one; Flink loses it. TRUNCATE of a large DOUBLE does not fail.
- INTERVAL types have no precision. 7.5E0 % 2 is not refused, nor is ARRAY_SORT of BOOLEANs.
- The last digit of functions of real numbers may differ.
- Not built: PARSE_JSON, TRY_PARSE_JSON and the other functions of VARIANT, CURRENT_WATERMARK, SOURCE_WATERMARK.
)";

std::string AlsoCalled(const FunctionDefinition& function) {
  std::vector<std::string> names;
  for (const absl::string_view name :
       absl::StrSplit(function.aliases, ' ', absl::SkipWhitespace())) {
    names.push_back(Code(absl::AsciiStrToUpper(name)));
  }
  return absl::StrJoin(names, " ");
}

std::string Table(bool syntax) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, function] : Functions().functions()) {
    // Names that SQL cannot write are of functions in the place of known Java classes.
    if (function.syntax != syntax || name.starts_with('$')) continue;
    rows.push_back({Code(absl::AsciiStrToUpper(name)), AlsoCalled(function), function.accepts});
  }
  return MarkdownTable({"name", "also", "takes"}, rows);
}

}  // namespace

std::string FunctionsPage() {
  return absl::StrCat(GeneratedHead("SQL functions", "sql-functions"), kAbout, "## Functions\n\n",
                      Table(false), "\n## Written with a syntax of their own\n\n", Table(true),
                      kDifferences);
}

}  // namespace millrace
