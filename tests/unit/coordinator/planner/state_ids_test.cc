// State is found again after the script has changed where that does not matter, and not found where
// it does.
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

std::string IdOf(const std::string& script, const std::string& name) {
  return FindOperator(JobOf(absl::StrCat(kClicks, script)), name).state_id;
}

const char* kWindow = "TUMBLE(";

std::string Changed(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kCount, {{from, to}});
}

TEST(StateIdsTest, AliasesDoNotChangeThem) {
  const std::string aliased =
      "INSERT INTO counts SELECT p AS name, COUNT(*) AS how_many FROM TABLE(TUMBLE((SELECT page AS "
      "p, at "
      "AS t FROM clicks), DESCRIPTOR(t), INTERVAL '60' SECOND)) GROUP BY p, window_start, "
      "window_end;";
  for (const char* name : {"Source: clicks", "Sink: counts"}) {
    EXPECT_EQ(IdOf(aliased, name), IdOf(kCount, name)) << name;
  }
  EXPECT_EQ(IdOf(aliased, kWindow), IdOf(kCount, kWindow));
}

TEST(StateIdsTest, OtherStatementsAndTheirOrderDoNotChangeThem) {
  const std::string visits = "INSERT INTO visits SELECT visitor FROM clicks;\n";
  const std::string alone = IdOf(kCount, kWindow);
  EXPECT_EQ(IdOf(kCount + visits, kWindow), alone);
  EXPECT_EQ(IdOf(visits + kCount, kWindow), alone);
  EXPECT_EQ(IdOf(visits + kCount, "Source: clicks"), IdOf(kCount, "Source: clicks"));
}

TEST(StateIdsTest, ANewWatermarkKeepsThePositionOfTheSource) {
  const std::string tables = absl::StrReplaceAll(kClicks, {{"'5' SECOND", "'9' SECOND"}});
  EXPECT_EQ(FindOperator(JobOf(absl::StrCat(tables, kCount)), "Source: clicks").state_id,
            IdOf(kCount, "Source: clicks"));
}

TEST(StateIdsTest, AnotherKeyWindowFilterOrCallIsOtherState) {
  std::set<std::string> ids = {IdOf(kCount, kWindow)};
  EXPECT_TRUE(ids.insert(IdOf(Changed("'1' MINUTE", "'2' MINUTE"), kWindow)).second);
  EXPECT_TRUE(ids.insert(IdOf(Changed("page", "visitor"), kWindow)).second);
  EXPECT_TRUE(ids.insert(IdOf(Changed("COUNT(*)", "SUM(id)"), kWindow)).second);
  EXPECT_TRUE(
      ids.insert(IdOf(Changed("TABLE clicks", "(SELECT * FROM clicks WHERE id > 1)"), kWindow))
          .second);
}

TEST(StateIdsTest, ColumnsThatDoubleFromViewToViewHaveIds) {
  const auto id = [](const std::string& first) {
    std::string script = absl::StrCat("CREATE VIEW v0 AS SELECT ", first, " AS n FROM clicks;\n");
    for (int i = 1; i < 60; ++i) {
      absl::StrAppend(&script, "CREATE VIEW v", i, " AS SELECT n + n AS n FROM v", i - 1, ";\n");
    }
    return IdOf(script + "SELECT n FROM v59;", "Sink: ");
  };
  EXPECT_EQ(id("id"), id("id"));
  EXPECT_NE(id("id"), id("id + 1"));
}

TEST(StateIdsTest, EqualStatementsOfOneJobAreToldApart) {
  const JobGraph graph = JobOf(absl::StrCat(kClicks, kCount, kCount));
  std::set<std::string> ids;
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      EXPECT_TRUE(ids.insert(node.state_id).second) << JobGraphText(graph);
    }
  }
}

}  // namespace
}  // namespace millrace
