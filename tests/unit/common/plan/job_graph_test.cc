// Each test breaks one rule of an otherwise valid plan.

#include "common/plan/job_graph.h"

#include <gmock/gmock.h>

#include <functional>
#include <vector>

#include "arrow/scalar.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SourceSpec& Source(JobGraph& graph) {
  return std::get<SourceSpec>(graph.stages[0].operators[0].spec);
}
WindowAggregateSpec& Count(JobGraph& graph) {
  return std::get<WindowAggregateSpec>(graph.stages[1].operators[0].spec);
}
SinkSpec& Sink(JobGraph& graph) { return std::get<SinkSpec>(graph.stages[1].operators[1].spec); }

OperatorNode PassOn(const Schema& columns, std::vector<ExpressionPtr> projections,
                    ExpressionPtr condition = nullptr) {
  return {
      .name = "Calc",
      .state_id = "calc",
      .output = columns,
      .spec = CalcSpec{.condition = std::move(condition), .projections = std::move(projections)}};
}

// The message of the graph that `damage` makes of a valid one.
template <typename Damage>
std::string Broken(Damage damage) {
  JobGraph graph = CountClicks(4);
  damage(graph);
  const absl::Status status = Validate(graph);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(JobGraphTest, AValidPlanIsAccepted) { EXPECT_OK(Validate(CountClicks(4))); }

TEST(JobGraphTest, EdgesAreFoundByTheStagesTheyJoin) {
  const JobGraph graph = CountClicks();
  EXPECT_THAT(InputEdges(graph, StageId(0)), IsEmpty());
  EXPECT_THAT(OutputEdges(graph, StageId(0)), ElementsAre(EdgeId(0)));
  EXPECT_THAT(InputEdges(graph, StageId(1)), ElementsAre(EdgeId(0)));
}

TEST(JobGraphTest, AnOperatorsInputIsTheOutputBeforeItOrThatOfTheEdge) {
  const JobGraph graph = CountClicks();
  EXPECT_THAT(InputSchemas(graph, graph.stages[0], 0), IsEmpty());
  EXPECT_THAT(InputSchemas(graph, graph.stages[1], 0), ElementsAre(ClicksSchema()));
  EXPECT_THAT(InputSchemas(graph, graph.stages[1], 1), ElementsAre(CountsSchema()));
}

TEST(ValidateTest, AnErrorNamesJobStageOperatorAndRule) {
  EXPECT_THAT(Broken([](JobGraph& g) { Count(g).key_columns = {9}; }),
              AllOf(HasSubstr("job 'count clicks'"), HasSubstr("stage 1 (counts)"),
                    HasSubstr("operator 0 (TUMBLE(at, 1 s) by page)"),
                    HasSubstr("a key is column 9 of an input with 3")));
}

// A join of clicks with themselves, in stage 1.
JobGraph JoinClicks() {
  JobGraph graph = CountClicks(4);
  const std::vector<Field> clicks = ClicksSchema().fields();
  std::vector<Field> both = clicks;
  both.insert(both.end(), clicks.begin(), clicks.end());
  const WindowJoinSpec::Side side{
      .window = {.kind = WindowKind::kAttached, .time_column = 0, .start_column = 0}};
  Stage& stage = graph.stages[1];
  stage.operators[0] = {.name = "join",
                        .state_id = "join",
                        .output = Schema(both),
                        .spec = WindowJoinSpec{.left = side, .right = side}};
  Sink(graph).table.schema = Schema(both);
  graph.edges.push_back(graph.edges[0]);
  graph.edges[1].id = EdgeId(1);
  graph.edges[1].input = 1;
  return graph;
}

TEST(ValidateTest, AnOperatorWithTwoInputsKnowsEveryEdgesInput) {
  JobGraph graph = JoinClicks();
  const Schema clicks = graph.edges[0].schema;
  ASSERT_TRUE(clicks.field(0).type.IsTimestamp()) << clicks.ToString();
  EXPECT_OK(Validate(graph));
  graph.edges[1].input = 2;
  EXPECT_THAT(Validate(graph), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("leads to input 2 of join, which has 2")));
}

TEST(ValidateTest, LateRowsHaveTheColumnsOfTheInputThatTheyCameBy) {
  JobGraph graph = JoinClicks();
  Stage late{.id = StageId(2), .name = "late", .parallelism = 4};
  late.operators.push_back(graph.stages[1].operators[1]);
  late.operators.back().state_id = "late";
  std::get<SinkSpec>(late.operators.back().spec).table.schema = graph.edges[0].schema;
  graph.stages.push_back(late);
  graph.edges.push_back({.id = EdgeId(2),
                         .from = StageId(1),
                         .to = StageId(2),
                         .schema = graph.edges[0].schema,
                         .late = LateRows{.position = 0, .input = 1}});
  EXPECT_OK(Validate(graph));
  graph.edges[2].late->position = 5;
  EXPECT_THAT(Validate(graph), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("late rows of input 1 of operator 5")));
}

TEST(ValidateTest, AJobHasStages) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages.clear(), g.edges.clear(); }),
              HasSubstr("no stages"));
}

TEST(ValidateTest, IdsAreIndexes) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[1].id = StageId(7); }),
              HasSubstr("stage 1 has the id 7"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].id = EdgeId(3); }),
              HasSubstr("edge 0 has the id 3"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].to = StageId(2); }),
              HasSubstr("leads from stage 0 to stage 2 of 2"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].from = StageId(-1); }), HasSubstr("stage -1"));
}

TEST(ValidateTest, ParallelismIsBetweenOneAndTheNumberOfKeyGroups) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].parallelism = 0; }), HasSubstr("1..1024"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].parallelism = 1025; }), HasSubstr("is 1025"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.options.max_parallelism = 32769; }),
              HasSubstr("1..32768"));
}

TEST(ValidateTest, OptionsMakeSense) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.options.checkpoint_interval_ms = -1; }),
              HasSubstr("interval"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.options.checkpoint_timeout_ms = 0; }),
              HasSubstr("timeout"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.options.materialize_every = 0; }),
              HasSubstr("materialize_every"));
}

TEST(ValidateTest, SourcesBeginAndSinksEndWhereNoEdgeLeads) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].operators.clear(); }),
              HasSubstr("no operators"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].operators.push_back(ClicksSource()); }),
              HasSubstr("only its first may be a source"));
  EXPECT_THAT(Broken([](JobGraph& g) {
                auto& operators = g.stages[1].operators;
                operators.insert(operators.begin(), CountsSink());
              }),
              HasSubstr("only its last may be a sink"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[1].operators[0] = ClicksSource(); }),
              HasSubstr("an edge leads to it"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].operators[0] = CountByPage(); }),
              HasSubstr("neither a source nor an edge"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[0].operators.push_back(CountsSink()); }),
              HasSubstr("an edge leaves it"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[1].operators.pop_back(); }),
              HasSubstr("neither a sink nor an edge"));
}

TEST(ValidateTest, CyclesAreFound) {
  EXPECT_THAT(
      Broken([](JobGraph& g) {
        g.stages[1].operators.pop_back();
        g.stages.push_back(
            {.id = StageId(2), .parallelism = 4, .operators = {PassOn(ClicksSchema(), {})}});
        g.edges.push_back({.id = EdgeId(1), .from = StageId(1), .to = StageId(2)});
        g.edges.push_back({.id = EdgeId(2), .from = StageId(2), .to = StageId(1)});
      }),
      HasSubstr("stage 1 is part of or behind a cycle"));
}

TEST(ValidateTest, AForwardEdgeJoinsEqualParallelism) {
  EXPECT_THAT(Broken([](JobGraph& g) {
                g.edges[0].partitioning = Partitioning::kForward;
                g.edges[0].key_columns.clear();
                g.stages[1].parallelism = 2;
              }),
              HasSubstr("stages of 4 and 2 tasks"));
}

TEST(ValidateTest, KeysAreColumnsThatCanBeKeys) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].key_columns = {3}; }),
              HasSubstr("its key is column 3 of 3"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].partitioning = Partitioning::kRebalance; }),
              HasSubstr("only a hash edge has keys"));
  EXPECT_THAT(Broken([](JobGraph& g) {
                const Schema maps{{"at", DataType::Timestamp(3)},
                                  {"page", DataType::Map(DataType::Int(), DataType::Int())}};
                g.stages[0].operators[0].output = maps;
                Source(g).table.schema = maps;
                g.edges[0].schema = maps;
              }),
              HasSubstr("page"));
}

TEST(ValidateTest, AHashEdgeMayHaveNoKeys) {
  JobGraph graph = CountClicks();
  graph.edges[0].key_columns.clear();
  EXPECT_OK(Validate(graph));
}

TEST(ValidateTest, AnEdgeCarriesWhatItsStageGives) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.edges[0].schema = CountsSchema(); }),
              AllOf(HasSubstr("edge 0: it carries"), HasSubstr("its stage gives")));
}

TEST(ValidateTest, EdgesOfOneStageCarryTheSameTypesUnderAnyNames) {
  JobGraph graph = CountClicks();
  graph.stages.push_back({.id = StageId(2), .operators = {ClicksSource()}});
  OperatorNode& other = graph.stages[2].operators[0];
  other.state_id = "other";
  other.output = Schema{{"moment", DataType::Timestamp(3)},
                        {"url", DataType::String().WithNullable(false)},
                        {"id", DataType::BigInt()}};
  graph.edges.push_back({.id = EdgeId(1),
                         .from = StageId(2),
                         .to = StageId(1),
                         .partitioning = Partitioning::kHash,
                         .key_columns = {1},
                         .schema = other.output});
  EXPECT_OK(Validate(graph));

  const Schema too_few{{"at", DataType::Timestamp(3)}, {"page", DataType::String()}};
  other.output = too_few;
  std::get<SourceSpec>(other.spec).table.schema = too_few;
  graph.edges[1].schema = too_few;
  EXPECT_THAT(Validate(graph),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("another edge to stage 1")));
}

TEST(ValidateTest, StateIdsAreThereAndUnique) {
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[1].operators[1].state_id = "count-by-page"; }),
              HasSubstr("the state id count-by-page is used twice"));
  EXPECT_THAT(Broken([](JobGraph& g) { g.stages[1].operators[1].state_id = ""; }),
              HasSubstr("no state id"));
}

TEST(ValidateTest, TablesHaveNamesAndConnectors) {
  EXPECT_THAT(Broken([](JobGraph& g) { Source(g).table.name = ""; }), HasSubstr("no name"));
  EXPECT_THAT(Broken([](JobGraph& g) { Sink(g).table.options.clear(); }),
              HasSubstr("table counts has no option 'connector'"));
}

TEST(ValidateTest, ASinkTakesItsTablesColumns) {
  EXPECT_THAT(Broken([](JobGraph& g) { Sink(g).table.schema = ClicksSchema(); }),
              HasSubstr("its table's columns are"));
}

TEST(ValidateTest, WindowsAreSound) {
  const auto window = [](auto change) {
    return Broken([change](JobGraph& g) { change(Count(g).window); });
  };
  EXPECT_THAT(window([](WindowSpec& w) { w.time_column = 2; }), HasSubstr("is a BIGINT"));
  EXPECT_THAT(window([](WindowSpec& w) { w.size_ms = 0; }), HasSubstr("positive size"));
  EXPECT_THAT(window([](WindowSpec& w) { w.slide_ms = 500; }), HasSubstr("slide of its own"));
  EXPECT_THAT(window([](WindowSpec& w) { w.offset_ms = 1000; }), HasSubstr("[0, 1000)"));
  EXPECT_THAT(window([](WindowSpec& w) {
                w.kind = WindowKind::kCumulate;
                w.slide_ms = 300;
              }),
              HasSubstr("no multiple of its step"));
  EXPECT_THAT(window([](WindowSpec& w) { w.kind = static_cast<WindowKind>(9); }),
              HasSubstr("unknown kind"));
}

TEST(ValidateTest, AggregatesReferToColumnsAndGiveTheOutput) {
  EXPECT_THAT(Broken([](JobGraph& g) { Count(g).calls[0].argument = 5; }),
              HasSubstr("aggregate 0's argument is column 5"));
  EXPECT_THAT(Broken([](JobGraph& g) { Count(g).calls[0].filter_column = 1; }),
              HasSubstr("aggregate 0's filter is a STRING and must be a BOOLEAN"));
  EXPECT_THAT(Broken([](JobGraph& g) { Count(g).calls[0].function = AggregateFunction::kSum; }),
              HasSubstr("only COUNT(*) goes without"));
  EXPECT_THAT(Broken([](JobGraph& g) { Count(g).calls[0].result_type = DataType::Int(); }),
              HasSubstr("must be like"));
}

// Plans with a calc between source and edge.
std::string BrokenCalc(std::vector<ExpressionPtr> projections, ExpressionPtr condition = nullptr) {
  return Broken([&](JobGraph& g) {
    g.stages[0].operators.push_back(
        PassOn(ClicksSchema(), std::move(projections), std::move(condition)));
  });
}

ExpressionPtr At() { return Expression::Column(0, DataType::Timestamp(3)); }
ExpressionPtr Page() { return Expression::Column(1, DataType::String()); }
ExpressionPtr User() { return Expression::Column(2, DataType::BigInt()); }

TEST(ValidateExpressionsTest, ACalcThatFitsIsAccepted) {
  JobGraph graph = CountClicks();
  graph.stages[0].operators.push_back(
      PassOn(ClicksSchema(), {At(), Page(), User()}, Expression::Bool(true)));
  Source(graph).watermark = WatermarkSpec{.watermark = At()};
  EXPECT_OK(Validate(graph));
}

TEST(ValidateExpressionsTest, ColumnsAreInRangeAndOfTheirType) {
  EXPECT_THAT(BrokenCalc({At(), Page(), Expression::Column(3, DataType::BigInt())}),
              HasSubstr("projection 2 is column 3 of an input with 3"));
  EXPECT_THAT(BrokenCalc({At(), Expression::Column(2, DataType::String()), User()}),
              HasSubstr("projection 1 takes column 2 for a STRING, it is a BIGINT"));
}

TEST(ValidateExpressionsTest, CallsAreSearchedToTheBottom) {
  EXPECT_THAT(
      BrokenCalc({At(), Page(),
                  Expression::Call("plus", {User(), Expression::Column(8, DataType::BigInt())},
                                   DataType::BigInt())}),
      HasSubstr("projection 2 is column 8"));
}

TEST(ValidateExpressionsTest, ProjectionsAreTheOutput) {
  EXPECT_THAT(BrokenCalc({At(), Page()}), HasSubstr("2 projections and 3 columns"));
  EXPECT_THAT(BrokenCalc({At(), Page(), Page()}),
              HasSubstr("projection 2 is a STRING and must be a BIGINT"));
  EXPECT_THAT(BrokenCalc({At(), Page(), nullptr}), HasSubstr("projection 2 is missing"));
}

TEST(ValidateExpressionsTest, AConditionIsBoolean) {
  EXPECT_THAT(BrokenCalc({At(), Page(), User()}, User()),
              HasSubstr("the condition is a BIGINT and must be a BOOLEAN"));
}

TEST(ValidateExpressionsTest, ALiteralHoldsAValueOfItsType) {
  EXPECT_THAT(
      BrokenCalc({At(), Page(),
                  Expression::Literal(DataType::BigInt(), arrow::MakeScalar(std::string("five")))}),
      HasSubstr("a literal of type BIGINT whose value is an Arrow string"));
}

TEST(ValidateExpressionsTest, AWatermarkIsATimestampOverTheSourcesColumns) {
  EXPECT_THAT(Broken([](JobGraph& g) { Source(g).watermark = WatermarkSpec{.watermark = User()}; }),
              HasSubstr("the watermark is a BIGINT"));
  EXPECT_THAT(Broken([](JobGraph& g) {
                Source(g).watermark =
                    WatermarkSpec{.watermark = Expression::Column(7, DataType::Timestamp(3))};
              }),
              HasSubstr("the watermark is column 7"));
}

template <typename Damage>
std::string BrokenGroups(Damage damage) {
  JobGraph graph = GroupClicks(4);
  damage(graph);
  const absl::Status status = Validate(graph);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

GroupAggregateSpec& Groups(JobGraph& graph) {
  return std::get<GroupAggregateSpec>(graph.stages[1].operators[0].spec);
}

TEST(ValidateTest, GroupsAreCheckedLikeWindows) {
  EXPECT_OK(Validate(GroupClicks(4)));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { Groups(g).key_columns = {9}; }),
              HasSubstr("a key is column 9 of an input with 3"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { Groups(g).calls[0].argument = 7; }),
              HasSubstr("aggregate 0's argument is column 7"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { Groups(g).calls.clear(); }),
              HasSubstr("must be like (page STRING)"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { Groups(g) = {}; }),
              HasSubstr("neither keys nor aggregates"));
}

TEST(ValidateTest, AnEdgeSaysTrulyWhetherRowsChangeOthers) {
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { g.edges[1].changelog = Changelog::kAppend; }),
              HasSubstr("edge 1 says that rows only add, which is not so"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) {
                Groups(g).calls.clear(),
                    g.stages[1].operators[0].output = {{"page", DataType::String()}},
                    g.edges[1].schema = g.stages[1].operators[0].output,
                    std::get<SinkSpec>(g.stages[2].operators[0].spec).table.schema =
                        g.edges[1].schema;
              }),
              HasSubstr("edge 1 says that rows change others, which is not so"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { g.edges[1].changelog = static_cast<Changelog>(0); }),
              HasSubstr("its changelog is unknown"));
}

TEST(ValidateTest, RowsThatChangeOthersAreNeitherAggregatedNorSpread) {
  EXPECT_THAT(BrokenGroups([](JobGraph& g) {
                OperatorNode again = g.stages[1].operators[0];
                again.state_id = "again";
                again.output = {{"clicks", DataType::BigInt()}, {"n", DataType::BigInt()}};
                std::get<SinkSpec>(g.stages[2].operators[0].spec).table.schema = again.output;
                g.stages[2].operators.insert(g.stages[2].operators.begin(), std::move(again));
              }),
              HasSubstr("GroupAggregate by page gets rows that change others"));
  EXPECT_THAT(BrokenGroups([](JobGraph& g) { g.edges[1].partitioning = Partitioning::kRebalance; }),
              HasSubstr("spreads rows that change others"));
}

}  // namespace
}  // namespace millrace
