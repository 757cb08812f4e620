#include "cli/shell/statement_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The statements that are whole after these lines.
std::vector<std::string> Statements(StatementBuffer& buffer, std::vector<std::string> lines) {
  for (const std::string& line : lines) buffer.AddLine(line);
  std::vector<std::string> statements;
  while (const auto statement = buffer.Next()) statements.push_back(statement->text);
  return statements;
}

std::vector<std::string> Statements(std::vector<std::string> lines) {
  StatementBuffer buffer;
  return Statements(buffer, std::move(lines));
}

TEST(StatementBufferTest, AStatementEndsWithASemicolon) {
  EXPECT_THAT(Statements({"SELECT 1; SELECT", "  2 ;"}), ElementsAre("SELECT 1", "SELECT\n  2"));
  EXPECT_THAT(Statements({";;", "SELECT 1;;"}), ElementsAre("SELECT 1"));
}

TEST(StatementBufferTest, SemicolonsWithinOtherThingsEndNothing) {
  EXPECT_THAT(Statements({"SELECT ';', `;` -- ;", "/* ; */ /*+ OPTIONS('a' = ';') */;"}),
              ElementsAre("SELECT ';', `;` -- ;\n/* ; */ /*+ OPTIONS('a' = ';') */"));
  EXPECT_THAT(Statements({"SELECT 'a;"}), IsEmpty());
  EXPECT_THAT(Statements({"SELECT 'a;", "b';"}), ElementsAre("SELECT 'a;\nb'"));
}

TEST(StatementBufferTest, AStatementSetGoesToItsEnd) {
  EXPECT_THAT(Statements({"BEGIN STATEMENT SET;", "INSERT INTO a SELECT CASE WHEN x THEN 1 END;",
                          "INSERT INTO b TABLE c;", "END; SELECT 1;"}),
              ElementsAre("BEGIN STATEMENT SET;\nINSERT INTO a SELECT CASE WHEN x THEN 1 END;\n"
                          "INSERT INTO b TABLE c;\nEND",
                          "SELECT 1"));
  EXPECT_THAT(Statements({"EXPLAIN EXECUTE STATEMENT SET BEGIN INSERT INTO a TABLE b; END;"}),
              ElementsAre("EXPLAIN EXECUTE STATEMENT SET BEGIN INSERT INTO a TABLE b; END"));
}

TEST(StatementBufferTest, TheLastStatementOfATextMayGoWithoutSemicolon) {
  StatementBuffer buffer;
  EXPECT_THAT(Statements(buffer, {"SELECT 1;", "SELECT 2"}), ElementsAre("SELECT 1"));
  EXPECT_TRUE(buffer.is_within_statement());
  const auto rest = buffer.Rest();
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(rest->text, "SELECT 2");
  EXPECT_EQ(rest->offset, 10u);
  EXPECT_FALSE(buffer.Rest().has_value());
}

TEST(StatementBufferTest, CommentsAndBlanksAreNoStatement) {
  StatementBuffer buffer;
  EXPECT_THAT(Statements(buffer, {"-- nothing", "", "/* nothing */"}), IsEmpty());
  EXPECT_FALSE(buffer.is_within_statement());
  EXPECT_FALSE(buffer.Rest().has_value());
}

TEST(StatementBufferTest, ADroppedStatementIsGone) {
  StatementBuffer buffer;
  EXPECT_THAT(Statements(buffer, {"SELECT 'oh"}), IsEmpty());
  buffer.Drop();
  EXPECT_FALSE(buffer.is_within_statement());
  EXPECT_THAT(Statements(buffer, {"SELECT 1;"}), ElementsAre("SELECT 1"));
}

}  // namespace
}  // namespace millrace
