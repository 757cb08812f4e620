#include "cli/shell/result_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Schema Pages() { return Schema({{"page", DataType::String()}, {"n", DataType::BigInt()}}); }

std::list<ResultRow> RowsAfter(std::string_view lines, int64_t max_rows = 100) {
  ResultTable table(max_rows);
  for (const ResultChange& change : ParseChanges(lines)) table.Apply(change);
  return table.rows();
}

TEST(ResultRowsTest, CellsAreReadAsTheyWere) {
  const std::vector<ResultChange> changes = ParseChanges("+I\ta\\tb\\nc\\\\N\t\\N\n-D\t\t1\n");
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, "+I");
  EXPECT_THAT(changes[0].row, ElementsAre("a\tb\nc\\N", "<NULL>"));
  EXPECT_EQ(changes[1].kind, "-D");
  EXPECT_THAT(changes[1].row, ElementsAre("", "1"));
}

TEST(ResultRowsTest, AnUpdateKeepsThePlaceOfItsRow) {
  EXPECT_THAT(RowsAfter("+I\ta\t1\n+I\tb\t1\n-U\ta\t1\n+U\ta\t2\n"),
              ElementsAre(ResultRow{"a", "2"}, ResultRow{"b", "1"}));
}

TEST(ResultRowsTest, ADeleteTakesOneOfEqualRows) {
  EXPECT_THAT(RowsAfter("+I\ta\t1\n+I\ta\t1\n-D\ta\t1\n"), ElementsAre(ResultRow{"a", "1"}));
  EXPECT_THAT(RowsAfter("+I\ta\t1\n-D\ta\t1\n-D\ta\t1\n"), IsEmpty());
}

TEST(ResultRowsTest, BeyondTheLimitTheOldestRowGoes) {
  EXPECT_THAT(RowsAfter("+I\ta\t1\n+I\tb\t1\n+I\tc\t1\n", 2),
              ElementsAre(ResultRow{"b", "1"}, ResultRow{"c", "1"}));
}

TEST(ResultRowsTest, ChangesStandInColumnsAsWideAsTheirTypes) {
  const ResultLayout layout(Pages(), 8, /*with_kinds=*/true);
  EXPECT_EQ(layout.Rule(), "+----+----------+----------------------+");
  EXPECT_EQ(layout.Header(), "| op |     page |                    n |");
  EXPECT_EQ(layout.Line(ResultChange{"+I", {"größe", "<NULL>"}}),
            "| +I |    größe |               <NULL> |");
  EXPECT_EQ(layout.Line(ResultChange{"+I", {"a long\npage", "1"}}),
            "| +I | a lon... |                    1 |");
}

TEST(ResultRowsTest, ACellTellsTheTerminalNothing) {
  const ResultLayout layout(Pages(), 12, /*with_kinds=*/true);
  EXPECT_EQ(layout.Line(ResultChange{"+I",
                                     {"\x1b[31m\xc2\x9b"
                                      "0m",
                                      "1"}}),
            "| +I |      [31m 0m |                    1 |");
}

TEST(ResultRowsTest, WideCharactersTakeTwoColumns) {
  const ResultLayout layout(Pages(), 8, /*with_kinds=*/true);
  EXPECT_EQ(layout.Line(ResultChange{"+I", {"中文", "1"}}),
            "| +I |     中文 |                    1 |");
  EXPECT_EQ(layout.Line(ResultChange{"+I", {"中文中文中", "1"}}),
            "| +I | 中文.... |                    1 |");
}

TEST(ResultRowsTest, AWholeTableIsAsWideAsItsRows) {
  const std::list<ResultRow> rows = {{"größe", "1"}, {"a", "12345"}};
  const ResultLayout layout(Pages(), rows, 30);
  EXPECT_EQ(layout.Header(), "|  page |     n |");
  EXPECT_EQ(layout.Line(rows.front()), "| größe |     1 |");
}

}  // namespace
}  // namespace millrace
