#include "cli/shell/result_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace millrace {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

ScreenSize SmallScreen() { return {.rows = 8, .columns = 20}; }

ResultViewOptions Options(ResultMode mode, bool on_terminal) {
  return {.schema = Schema({{"page", DataType::String()}, {"n", DataType::Int()}}),
          .settings = {.mode = mode, .max_column_width = 6},
          .on_terminal = on_terminal,
          .screen = &SmallScreen};
}

std::string Shown(const ResultViewOptions& options, std::string_view lines) {
  std::ostringstream out;
  const std::unique_ptr<ResultView> view = NewResultView(options, out);
  view->Add(ParseChanges(lines));
  view->Refresh();
  view->Finish();
  return out.str();
}

TEST(ResultViewTest, ATableauGrowsByEveryChange) {
  EXPECT_EQ(Shown(Options(ResultMode::kTableau, true), "+I\ta\t1\n-U\ta\t1\n+U\ta\t2\n"),
            "+----+--------+-------------+\n"
            "| op |   page |           n |\n"
            "+----+--------+-------------+\n"
            "| +I |      a |           1 |\n"
            "| -U |      a |           1 |\n"
            "| +U |      a |           2 |\n"
            "+----+--------+-------------+\n"
            "Received a total of 3 rows\n");
}

TEST(ResultViewTest, APipeGetsTheTableAsItIsInTheEnd) {
  EXPECT_EQ(Shown(Options(ResultMode::kTable, false), "+I\ta\t1\n-U\ta\t1\n+U\ta\t2\n"),
            "+------+---+\n"
            "| page | n |\n"
            "+------+---+\n"
            "|    a | 2 |\n"
            "+------+---+\n"
            "1 row in set\n");
}

TEST(ResultViewTest, AnEmptyResultSaysSo) {
  EXPECT_THAT(Shown(Options(ResultMode::kTable, false), ""), EndsWith("0 rows in set\n"));
  EXPECT_THAT(Shown(Options(ResultMode::kTableau, false), ""),
              EndsWith("Received a total of 0 rows\n"));
}

TEST(ResultViewTest, ATerminalsTableIsDrawnAgainInItsPlace) {
  const std::string shown = Shown(Options(ResultMode::kTable, true), "+I\ta\t1\n");
  EXPECT_THAT(shown, HasSubstr("0 rows so far; Ctrl-"));  // Cut to the screen.
  EXPECT_THAT(shown,
              HasSubstr("\x1b[4A\r\x1b[J+------+---+\n| page | n |\n+------+---+\n|    a | 1 "
                        "|\n+------+---+\n1 row so far; Ctrl-"));
  EXPECT_THAT(shown, EndsWith("1 row in set\n"));
}

TEST(ResultViewTest, ATerminalShowsNoMoreThanItsScreen) {
  const std::string shown =
      Shown(Options(ResultMode::kTable, true), "+I\ta\t1\n+I\tb\t1\n+I\tc\t1\n");
  EXPECT_THAT(shown, Not(HasSubstr("| a |")));
  EXPECT_THAT(shown, Not(HasSubstr("|    a |")));
  EXPECT_THAT(shown, HasSubstr("|    b |"));
  EXPECT_THAT(shown, EndsWith("3 rows in set, the l\n"));
}

TEST(ResultViewTest, ATerminalsTableIsAsWideAsTheRowsThatItShows) {
  const std::string shown =
      Shown(Options(ResultMode::kTable, true), "+I\tlonger\t1\n+I\tb\t1\n+I\tc\t1\n");
  EXPECT_THAT(shown, HasSubstr("| page | n |\n+------+---+\n|    b | 1 |\n|    c | 1 |\n"));
}

TEST(ResultViewTest, WideCharactersWrapNoLineOfATerminal) {
  ResultViewOptions options = Options(ResultMode::kTable, true);
  options.settings.max_column_width = 30;
  const std::string shown = Shown(options, "+I\t中文中文中文中文中文\t1\n");
  EXPECT_THAT(shown, HasSubstr("\n| 中文中文中文中文中\n"));  // 20 columns.
}

TEST(ResultViewTest, AChangelogOnATerminalShowsItsLastChanges) {
  const std::string shown =
      Shown(Options(ResultMode::kChangelog, true), "+I\ta\t1\n-D\ta\t1\n+I\tb\t1\n");
  EXPECT_THAT(shown, Not(HasSubstr("| +I |      a |")));
  EXPECT_THAT(shown, HasSubstr("| -D |      a |"));
  EXPECT_THAT(shown, EndsWith("3 changes in all\n"));
}

}  // namespace
}  // namespace millrace
