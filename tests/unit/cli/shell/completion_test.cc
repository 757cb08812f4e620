#include "cli/shell/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const SqlSession& Session() {
  static const SqlSession& session = *[] {
    auto* made = new SqlSession();
    EXPECT_OK(CompileInSession({.sql = "CREATE TABLE clicks (page STRING, price INT, at "
                                       "TIMESTAMP(3)) WITH ('connector' = 'datagen');"
                                       "CREATE VIEW pages AS SELECT page AS path FROM clicks;"},
                               *made)
                  .status());
    return made;
  }();
  return session;
}

std::vector<std::string> Candidates(std::string_view text) {
  return Complete(text, Session()).candidates;
}

TEST(CompletionTest, AStatementBeginsWithItsWord) {
  EXPECT_THAT(Candidates("SEL"), ElementsAre("SELECT"));
  EXPECT_THAT(Candidates("  des"), ElementsAre("describe"));
  EXPECT_THAT(Candidates("qui"), ElementsAre("quit"));
  EXPECT_THAT(Candidates("SELECT 1; X"), Not(Contains("EXIT")));
}

TEST(CompletionTest, TablesStandBehindFromAndJoinAndInto) {
  EXPECT_THAT(Candidates("SELECT * FROM "), ElementsAre("clicks", "pages"));
  EXPECT_THAT(Candidates("INSERT INTO c"), ElementsAre("clicks"));
  EXPECT_THAT(Candidates("DESCRIBE p"), ElementsAre("pages"));
}

TEST(CompletionTest, ColumnsAreThoseOfTheTablesThatTheStatementNames) {
  EXPECT_THAT(Candidates("SELECT * FROM clicks WHERE p"),
              AllOf(Contains("page"), Contains("price")));
  EXPECT_THAT(Candidates("SELECT * FROM clicks WHERE p"), Not(Contains("path")));
  EXPECT_THAT(Candidates("SELECT * FROM pages WHERE p"), Contains("path"));
}

TEST(CompletionTest, BehindADotStandColumnsOfATableOrItsAlias) {
  EXPECT_THAT(Candidates("SELECT * FROM clicks WHERE clicks.p"), ElementsAre("page", "price"));
  EXPECT_THAT(Candidates("SELECT * FROM clicks AS c WHERE c."), ElementsAre("at", "page", "price"));
  EXPECT_THAT(Candidates("SELECT * FROM clicks c WHERE c.a"), ElementsAre("at"));
  EXPECT_THAT(Candidates("SELECT * FROM clicks c WHERE d."), IsEmpty());
}

TEST(CompletionTest, KeywordsAndFunctionsKeepTheCaseOfTheirBeginning) {
  EXPECT_THAT(Candidates("SELECT 1 wher"), ElementsAre("where"));
  EXPECT_THAT(Candidates("SELECT UPP"), ElementsAre("UPPER("));
  EXPECT_THAT(Candidates("SELECT upp"), ElementsAre("upper("));
}

TEST(CompletionTest, SettingsStandBehindSet) {
  EXPECT_THAT(Candidates("SET 'sql-client.execution.r"),
              ElementsAre("sql-client.execution.result-mode"));
  EXPECT_THAT(Candidates("RESET 'parallelism"), ElementsAre("parallelism.default"));
  EXPECT_THAT(Candidates("SELECT 'para"), IsEmpty());
}

TEST(CompletionTest, TheCommonPrefixIgnoresCase) {
  EXPECT_EQ(CommonPrefix({"page", "Pages", "pay"}), "pa");
  EXPECT_EQ(CommonPrefix({"one"}), "one");
  EXPECT_EQ(CommonPrefix({}), "");
}

}  // namespace
}  // namespace millrace
