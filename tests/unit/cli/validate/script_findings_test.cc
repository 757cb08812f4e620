#include "cli/validate/script_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr const char* kTables =
    "CREATE TABLE clicks (page STRING) WITH ('connector' = 'datagen');\n";

std::vector<ScriptFinding> Check(const std::string& statements,
                                 std::map<std::string, std::string> variables = {}) {
  return CheckScript(
      {.file = "job.sql", .text = kTables + statements, .variables = std::move(variables)});
}

TEST(ScriptFindingsTest, AScriptThatRunsHasNone) {
  const std::vector<ScriptFinding> findings = Check("SELECT page FROM clicks;");
  EXPECT_EQ(ScriptFindingsText(findings), "");
  EXPECT_EQ(ScriptFindingsJson(findings), "[]\n");
  EXPECT_FALSE(HasScriptErrors(findings));
}

TEST(ScriptFindingsTest, EveryStatementsErrorHasItsPlaceCodeAndRemedy) {
  const std::vector<ScriptFinding> findings =
      Check("SELECT pagee FROM clicks;\nSELECT FROM clicks;");
  EXPECT_TRUE(HasScriptErrors(findings));
  EXPECT_EQ(ScriptFindingsText(findings),
            "job.sql:2:8: error MR2002: there is no column 'pagee'\n"
            "  hint: did you mean 'page'?\n"
            "job.sql:3:8: error MR1101: expected an expression, found FROM\n"
            "  hint: as a name it needs back-quotes: `FROM`\n");
}

TEST(ScriptFindingsTest, EditorsGetLinesColumnsAndTheEnd) {
  EXPECT_EQ(ScriptFindingsJson(Check("SELECT 'ü' AS a, pagee FROM clicks;")),
            "[\n"
            R"(  {"file": "job.sql", "line": 2, "column": 18, "end": {"line": 2, "column": 23}, )"
            R"("severity": "error", "code": "MR2002", "message": "there is no column 'pagee'", )"
            R"("hint": "did you mean 'page'?"})"
            "\n]\n");
}

TEST(ScriptFindingsTest, ASettingThatChangesNothingIsAWarningAtItsPlace) {
  const std::vector<ScriptFinding> findings =
      Check("SET 'paralelism.default' = '3';\nSELECT page FROM clicks;");
  EXPECT_FALSE(HasScriptErrors(findings));
  EXPECT_EQ(ScriptFindingsText(findings),
            "job.sql:2:5: warning MR2019: unknown setting 'paralelism.default'; did you mean "
            "'parallelism.default'?\n");
}

TEST(ScriptFindingsTest, PlacesAreThoseOfTheFileWithItsVariables) {
  EXPECT_EQ(ScriptFindingsText(Check("SELECT ${column}, page FROM click;", {{"column", "'a\nb'"}})),
            "job.sql:2:29: error MR2001: there is no table or view 'click'\n"
            "  hint: did you mean 'clicks'?\n");
  EXPECT_EQ(ScriptFindingsText(Check("SELECT ${columm} FROM clicks;", {{"column", "page"}})),
            "job.sql:2:8: error MR1301: the variable columm is not defined\n"
            "  hint: did you mean 'column'?\n");
}

TEST(ScriptFindingsTest, APlanThatCannotRunIsFoundToo) {
  const std::vector<ScriptFinding> findings = Check(
      "CREATE TABLE pages (page STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 't', "
      "'properties.bootstrap.servers' = 'b:1', 'format' = 'json');\n"
      "INSERT INTO pages SELECT page, COUNT(*) FROM clicks GROUP BY page;");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].begin.line, 3);
  EXPECT_EQ(findings[0].code, "MR2021");
}

}  // namespace
}  // namespace millrace
