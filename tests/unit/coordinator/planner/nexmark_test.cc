// The benchmark's scripts, as they lie in tests/bench/nexmark.
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

constexpr const char* kFolder = "tests/bench/nexmark/";

// `query` over the benchmark's tables.
JobGraph NexmarkJob(const std::string& query) {
  CompiledScript compiled =
      CompileScript({.sql = ReadRepositoryFile(absl::StrCat(kFolder, "tables.sql")) + query,
                     .variables = {{"topic", "nexmark"}, {"bootstrap", "localhost:9092"}}});
  EXPECT_TRUE(compiled.status().ok()) << compiled.status().message();
  return compiled.job.has_value() ? *std::move(compiled.job) : JobGraph{};
}

JobGraph Nexmark(const std::string& file) {
  return NexmarkJob(ReadRepositoryFile(absl::StrCat(kFolder, file)));
}

TEST(NexmarkTest, Query0IsOneChainThatReadsOnlyWhatItNeeds) {
  const JobGraph graph = Nexmark("q0.sql");
  ASSERT_EQ(graph.stages.size(), 1u) << JobGraphText(graph);
  const auto& operators = graph.stages[0].operators;
  ASSERT_EQ(operators.size(), 3u) << JobGraphText(graph);
  EXPECT_EQ(
      operators[0].output.ToString(),
      "(event_type INT, person ROW<dateTime TIMESTAMP(3)>, auction ROW<dateTime TIMESTAMP(3)>, "
      "bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), extra "
      "STRING>)");
  const auto& source = std::get<SourceSpec>(operators[0].spec);
  EXPECT_EQ(source.watermark->watermark->ToString(operators[0].output),
            "(CASE WHEN (event_type = 0) THEN person.dateTime WHEN (event_type = 1) THEN "
            "auction.dateTime ELSE bid.dateTime END - INTERVAL '4' SECOND)");
  const auto& calc = std::get<CalcSpec>(operators[1].spec);
  EXPECT_EQ(calc.condition->ToString(operators[0].output), "(event_type = 2)");
  EXPECT_EQ(calc.projections[0]->ToString(operators[0].output), "bid.auction");
  EXPECT_TRUE(std::holds_alternative<SinkSpec>(operators[2].spec));
}

TEST(NexmarkTest, TheTumblingQueryIsScanAndFilterThenWindowByAuction) {
  const JobGraph graph = Nexmark("tumble.sql");
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  ASSERT_EQ(graph.edges.size(), 1u);
  EXPECT_EQ(graph.edges[0].partitioning, Partitioning::kHash);
  EXPECT_EQ(graph.edges[0].schema.field(graph.edges[0].key_columns[0]).name, "auction");
  EXPECT_EQ(graph.edges[0].schema.ToString(), "(auction BIGINT, at TIMESTAMP(3))");
  EXPECT_EQ(graph.stages[1].operators.size(), 3u) << JobGraphText(graph);
}

TEST(NexmarkTest, Query8JoinsPeopleAndSellersOfAWindow) {
  const JobGraph graph = Nexmark("q8.sql");
  const auto is_join = [](const Stage& stage) {
    return std::holds_alternative<WindowJoinSpec>(stage.operators.front().spec);
  };
  const auto join = std::find_if(graph.stages.begin(), graph.stages.end(), is_join);
  ASSERT_NE(join, graph.stages.end()) << JobGraphText(graph);
  const auto& spec = std::get<WindowJoinSpec>(join->operators.front().spec);
  EXPECT_EQ(spec.type, JoinType::kInner);
  EXPECT_EQ(spec.left.key_columns.size(), 1u);
  EXPECT_EQ(spec.condition, nullptr);
}

TEST(NexmarkTest, Query5CountsOnceAndKeepsTheRowsOfTheGreatestCount) {
  const JobGraph graph = Nexmark("q5.sql");
  ASSERT_EQ(graph.stages.size(), 3u) << JobGraphText(graph);
  EXPECT_EQ(graph.edges[0].schema.ToString(), "(auction BIGINT, at TIMESTAMP(3))");
  EXPECT_EQ(graph.stages[1].operators[0].name, "HOP(at, 10 s every 2 s) by auction");
  const auto& extreme = graph.stages[2].operators[0];
  EXPECT_TRUE(std::get<WindowAggregateSpec>(extreme.spec).rows_of_extreme) << extreme.name;
  EXPECT_EQ(graph.edges[1].partitioning, Partitioning::kHash);
  EXPECT_EQ(graph.edges[1].schema.field(graph.edges[1].key_columns[0]).name, "opened");
}

TEST(NexmarkTest, Query11MakesSessionsOfEveryBidder) {
  const JobGraph graph = Nexmark("q11.sql");
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  EXPECT_EQ(graph.edges[0].schema.ToString(), "(bidder BIGINT, at TIMESTAMP(3))");
  EXPECT_EQ(graph.stages[1].operators[0].name, "SESSION(at, gap 10 s) by bidder");
}

TEST(NexmarkTest, Query2FiltersTwiceInOneCalc) {
  const JobGraph graph = NexmarkJob(
      "CREATE TABLE result (auction BIGINT, price BIGINT) WITH ('connector' = 'blackhole');\n"
      "INSERT INTO result SELECT auction, price FROM bids WHERE MOD(auction, 123) = 0;");
  ASSERT_EQ(graph.stages.size(), 1u) << JobGraphText(graph);
  EXPECT_EQ(graph.stages[0].operators.size(), 3u) << JobGraphText(graph);
}

}  // namespace
}  // namespace millrace
