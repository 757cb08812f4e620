#include "coordinator/sql/parse/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/parser.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

std::string Rendered(std::string_view text, SourceSpan span) {
  return RenderDiagnostic({.span = span, .code = "MR1", .message = "wrong"}, text);
}

TEST(DiagnosticTest, ShowsTheLineAndUnderlinesThePlace) {
  const std::string_view text = "SELECT a,\n  FROM orders\nWHERE a > 1;";
  const ParsedScript script = ParseScript(text);
  EXPECT_EQ(RenderDiagnostics(script.diagnostics, text, "orders.sql"),
            "orders.sql:2:3: error MR1101: expected an expression, found FROM\n"
            "  2 |   FROM orders\n"
            "    |   ^^^^\n"
            "  hint: is there a comma too many?");
}

TEST(DiagnosticTest, SeveralStandOneBelowTheOther) {
  const std::vector<SqlDiagnostic> two = {{.span = {0, 1}, .code = "MR1", .message = "one"},
                                          {.span = {2, 1}, .code = "MR2", .message = "two"}};
  EXPECT_EQ(RenderDiagnostics(two, "a b"),
            "1:1: error MR1: one\n  1 | a b\n    | ^\n1:3: error MR2: two\n  1 | a b\n    |   ^");
}

TEST(DiagnosticTest, CountsCharactersAndNotBytes) {
  EXPECT_EQ(Rendered("'\u00e9\U0001F600' x", {9, 1}),
            "1:6: error MR1: wrong\n  1 | '\u00e9\U0001F600' x\n    |      ^");
}

TEST(DiagnosticTest, KeepsTabsSoThatTheCaretStandsBelow) {
  EXPECT_EQ(Rendered("\tab\tcd", {4, 2}), "1:5: error MR1: wrong\n  1 | \tab\tcd\n    | \t  \t^^");
}

TEST(DiagnosticTest, APlaceBehindTheLastCharacterHasACaretToo) {
  EXPECT_EQ(Rendered("ab", {2, 0}), "1:3: error MR1: wrong\n  1 | ab\n    |   ^");
  EXPECT_EQ(Rendered("", {0, 0}), "1:1: error MR1: wrong\n  1 | \n    | ^");
}

TEST(DiagnosticTest, UnderlinesTheFirstLineOnly) {
  EXPECT_EQ(Rendered("ab\r\ncd", {1, 4}), "1:2: error MR1: wrong\n  1 | ab\n    |  ^");
}

TEST(DiagnosticTest, ShortensALongLineAroundThePlace) {
  const std::string text = absl::StrCat(std::string(1000, 'a'), "b", std::string(1000, 'c'));
  const std::string rendered = Rendered(text, {1000, 1});
  EXPECT_THAT(rendered, HasSubstr("1:1001: error"));
  EXPECT_THAT(rendered, HasSubstr("aabcc"));
  EXPECT_LT(rendered.size(), 400);
  EXPECT_EQ(rendered.find('^') - rendered.rfind('|'), rendered.find('b') - rendered.find('|'));
}

TEST(DiagnosticTest, BecomesAStatusThatTellsWrongFromNotBuilt) {
  const SqlDiagnostic wrong = {.code = "MR1101", .message = "wrong"};
  const SqlDiagnostic unbuilt = {.code = "MR1201", .message = "later", .not_built = true};
  EXPECT_OK(DiagnosticsToStatus({}, ""));
  EXPECT_THAT(DiagnosticsToStatus({unbuilt}, ""),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("later")));
  EXPECT_THAT(DiagnosticsToStatus({unbuilt, wrong}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wrong")));
}

}  // namespace
}  // namespace millrace
