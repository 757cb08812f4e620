// Joins and ranks of windows from SQL to the job's graph.
#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTables = R"(
CREATE TABLE clicks (id BIGINT, page STRING, m MAP<STRING, STRING>, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen');
CREATE TABLE result (a BIGINT, b STRING) WITH ('connector' = 'blackhole');
CREATE VIEW windowed AS SELECT id, page, at, window_start AS ws, window_end AS we, window_time AS wt
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE));
)";

CompiledScript Compiled(const std::string& query) {
  return CompileScript(
      {.sql = absl::StrCat(kTables, "INSERT INTO result ", query, ";"), .default_parallelism = 2});
}

JobGraph Job(const std::string& query) {
  CompiledScript compiled = Compiled(query);
  EXPECT_TRUE(compiled.status().ok()) << compiled.status().message();
  return compiled.job.has_value() ? *std::move(compiled.job) : JobGraph{};
}

std::string Refused(const std::string& query) {
  return std::string(Compiled(query).status().message());
}

const OperatorNode* Find(const JobGraph& graph, const std::string& name) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      if (node.name.find(name) != std::string::npos) return &node;
    }
  }
  return nullptr;
}

std::string Joined(const std::string& more, const std::string& kind = "JOIN") {
  return "SELECT l.id, r.page FROM windowed AS l " + kind +
         " windowed AS r ON l.ws = r.ws AND l.we = r.we AND " + more;
}

TEST(WindowJoinPlanTest, BothInputsMeetByWindowAndKeys) {
  const JobGraph graph = Job(Joined("l.id = r.id AND l.page <> r.page"));
  const OperatorNode* const node = Find(graph, "InnerJoin");
  ASSERT_NE(node, nullptr) << JobGraphText(graph);
  const auto& join = std::get<WindowJoinSpec>(node->spec);
  EXPECT_EQ(join.left.key_columns.size(), 1u);
  EXPECT_EQ(join.condition->ToString(), "($1 <> $5)");
  std::vector<int> inputs;
  for (const Edge& edge : graph.edges) {
    if (InputsOf(graph.stages[edge.to.value()].operators.front().spec) != 2) continue;
    inputs.push_back(edge.input);
    EXPECT_EQ(edge.partitioning, Partitioning::kHash);
    EXPECT_EQ(edge.key_columns.size(), 2u) << "the key and the window's start";
  }
  EXPECT_THAT(inputs, ElementsAre(0, 1));
}

TEST(WindowJoinPlanTest, ConditionsOfOneInputGoBelowUnlessARowWouldBeLost) {
  const auto condition = [](const std::string& kind, const std::string& more) {
    const JobGraph graph = Job(Joined("l.id = r.id AND " + more, kind));
    const auto& join = std::get<WindowJoinSpec>(Find(graph, "Join in")->spec);
    return join.condition == nullptr ? "none" : join.condition->ToString();
  };
  EXPECT_EQ(condition("JOIN", "l.page = 'a' AND r.page = 'b'"), "none");
  EXPECT_EQ(condition("LEFT JOIN", "r.page = 'b'"), "none");
  EXPECT_EQ(condition("LEFT JOIN", "l.page = 'a'"), "($1 = 'a')");
  EXPECT_EQ(condition("RIGHT JOIN", "l.page = 'a'"), "none");
  EXPECT_THAT(condition("FULL JOIN", "l.page = 'a' AND r.page = 'b'"), HasSubstr("AND"));
}

TEST(WindowJoinPlanTest, KeysThatAreExpressionsAreComputedBelow) {
  const JobGraph graph = Job(Joined("MOD(l.id, 10) = r.id"));
  const auto& join = std::get<WindowJoinSpec>(Find(graph, "InnerJoin")->spec);
  EXPECT_EQ(join.left.key_columns.size(), 1u);
  EXPECT_EQ(join.condition, nullptr);
}

TEST(WindowJoinPlanTest, ColumnsThatNobodyReadsAreNotKept) {
  const JobGraph graph =
      Job("SELECT l.id, 'x' FROM windowed AS l JOIN windowed AS r ON "
          "l.ws = r.ws AND l.we = r.we AND l.id = r.id");
  EXPECT_EQ(Find(graph, "InnerJoin")->output.ToString(),
            "(id BIGINT, ws TIMESTAMP(3) NOT NULL, we TIMESTAMP(3) NOT NULL, id BIGINT, "
            "ws TIMESTAMP(3) NOT NULL, we TIMESTAMP(3) NOT NULL)");
}

TEST(WindowJoinPlanTest, TheSameJoinHasTheSameStateAndAnotherOneHasNot) {
  const auto id = [](const std::string& query) { return Find(Job(query), "InnerJoin")->state_id; };
  EXPECT_EQ(id(Joined("l.id = r.id")), id("SELECT a.id, b.page FROM windowed AS a JOIN windowed "
                                          "AS b ON a.we = b.we AND a.ws = b.ws AND a.id = b.id"));
  EXPECT_NE(id(Joined("l.id < r.id")), id(Joined("l.id > r.id")));
}

std::string Ranked(const std::string& order, const std::string& condition,
                   const std::string& key = "page") {
  return "SELECT id, page FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ws, we, " + key +
         " ORDER BY " + order + ") AS rn FROM windowed) WHERE " + condition;
}

TEST(WindowRankPlanTest, TheConditionOnTheNumberIsItsRange) {
  const auto range = [](const std::string& condition) {
    const JobGraph graph = Job(Ranked("id", condition));
    const OperatorNode* const node = Find(graph, " in id ASC");
    if (node == nullptr) return std::string("none: ") + JobGraphText(graph);
    const auto& rank = std::get<WindowRankSpec>(node->spec);
    return absl::StrCat(rank.first, "-", rank.last);
  };
  EXPECT_EQ(range("rn <= 3"), "1-3");
  EXPECT_EQ(range("rn < 3"), "1-2");
  EXPECT_EQ(range("3 >= rn AND rn > 1"), "2-3");
  EXPECT_EQ(range("rn = 2"), "2-2");
  EXPECT_EQ(range("rn BETWEEN 2 AND 5 AND page = 'a'"), "2-5");
}

TEST(WindowRankPlanTest, TheNumberIsOnlyGivenIfSomebodyReadsIt) {
  const JobGraph graph = Job(Ranked("id", "rn <= 3"));
  EXPECT_FALSE(std::get<WindowRankSpec>(Find(graph, " in id ASC")->spec).emits_rank);
  const JobGraph numbered =
      Job("SELECT rn, page FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY "
          "ws, we ORDER BY id) AS rn FROM windowed) WHERE rn <= 3");
  EXPECT_TRUE(std::get<WindowRankSpec>(Find(numbered, " in id ASC")->spec).emits_rank);
}

TEST(WindowRankPlanTest, TheLastRowOfATimeIsTheOneThatCameLast) {
  const auto latest_first = [](const std::string& order, const std::string& condition) {
    const JobGraph graph = Job(Ranked(order, condition));
    const OperatorNode* node = Find(graph, " in ");
    EXPECT_NE(node, nullptr);
    return std::get<WindowRankSpec>(node->spec).latest_first;
  };
  EXPECT_TRUE(latest_first("at DESC", "rn = 1")) << "de-duplication";
  EXPECT_TRUE(latest_first("wt DESC", "rn <= 1"));
  EXPECT_FALSE(latest_first("at ASC", "rn = 1"));
  EXPECT_FALSE(latest_first("at DESC", "rn <= 2")) << "Top-N";
  EXPECT_FALSE(latest_first("id DESC", "rn = 1"));
}

TEST(WindowRankPlanTest, OtherFormsAreNamed) {
  EXPECT_THAT(Refused(Ranked("id", "page = 'a'")),
              HasSubstr("ROW_NUMBER() without a condition on the number"));
  EXPECT_THAT(Refused("SELECT id, page FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY page ORDER "
                      "BY id) AS rn FROM windowed) WHERE rn <= 3"),
              HasSubstr("a Top-N without windows"));
  EXPECT_THAT(Refused(Ranked("id", "rn <= 0")), HasSubstr("numbers begin with 1"));
}

TEST(WindowTvfPlanTest, AWindowByItselfIsPartOfItsInputsChain) {
  const JobGraph graph = Job("SELECT id, page FROM windowed WHERE ws < wt");
  ASSERT_EQ(graph.stages.size(), 1u) << JobGraphText(graph);
  EXPECT_NE(Find(graph, "Windows: TUMBLE(at, 1 min)"), nullptr);
}

TEST(WindowTvfPlanTest, WindowTimeIsAnEventTimeAgain) {
  const JobGraph graph =
      Job("SELECT COUNT(*), 'x' FROM TABLE(TUMBLE(TABLE windowed, "
          "DESCRIPTOR(wt), INTERVAL '1' HOUR)) GROUP BY window_start, window_end");
  EXPECT_NE(Find(graph, "TUMBLE(wt, 1 h)"), nullptr) << JobGraphText(graph);
}

}  // namespace
}  // namespace millrace
