// A plan comes out of the wire as it went in; anything else that comes in is refused by name.

#include "common/wire/plan_wire.h"

#include <gmock/gmock.h>

#include <vector>

#include "arrow/array.h"
#include "common/base/random.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/harness/plans.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

ExpressionPtr ThereAndBack(const ExpressionPtr& expression) {
  const auto back = ExpressionFromProto(ExpressionToProto(expression));
  EXPECT_OK(back);
  return back.value_or(nullptr);
}

TEST(PlanWireTest, APlanComesBackAsItWas) {
  JobGraph graph = CountBigUsersClicks(3);
  graph.options = {.max_parallelism = 128,
                   .checkpoint_interval_ms = 250,
                   .checkpoint_timeout_ms = 9000,
                   .materialize_every = 7,
                   .batch = true};
  ASSERT_OK_AND_ASSIGN(const JobGraph back, JobGraphFromProto(JobGraphToProto(graph)));
  EXPECT_OK(Validate(back));
  EXPECT_EQ(back.name, "count clicks");
  EXPECT_EQ(back.options.max_parallelism, 128);
  EXPECT_EQ(back.options.checkpoint_interval_ms, 250);
  EXPECT_EQ(back.options.checkpoint_timeout_ms, 9000);
  EXPECT_EQ(back.options.materialize_every, 7);
  EXPECT_TRUE(back.options.batch);

  ASSERT_EQ(back.stages.size(), 2u);
  EXPECT_EQ(back.stages[1].id, StageId(1));
  EXPECT_EQ(back.stages[1].name, "counts");
  EXPECT_EQ(back.stages[1].parallelism, 3);
  ASSERT_EQ(back.edges.size(), 1u);
  EXPECT_EQ(back.edges[0].from, StageId(0));
  EXPECT_EQ(back.edges[0].to, StageId(1));
  EXPECT_EQ(back.edges[0].partitioning, Partitioning::kHash);
  EXPECT_THAT(back.edges[0].key_columns, ElementsAre(1));
  EXPECT_EQ(back.edges[0].schema, ClicksSchema());
}

TEST(PlanWireTest, OperatorsKeepEveryField) {
  JobGraph graph = CountBigUsersClicks();
  auto& table = std::get<SourceSpec>(graph.stages[0].operators[0].spec).table;
  table.primary_key = {"user_id", "at"};
  table.partition_keys = {"page"};
  table.declared = {{"never read", DataType::Int()}, {"page", DataType::String()}};
  table.metadata = {{"at", "timestamp"}};
  auto& count = std::get<WindowAggregateSpec>(graph.stages[1].operators[0].spec);
  count.window = {.kind = WindowKind::kHop,
                  .time_column = 1,
                  .size_ms = 60'000,
                  .slide_ms = 5000,
                  .offset_ms = 250};
  count.calls.push_back({.function = AggregateFunction::kAvg,
                         .argument = 0,
                         .filter_column = 4,
                         .result_type = DataType::Decimal(20, 2)});
  ASSERT_OK_AND_ASSIGN(const JobGraph back, JobGraphFromProto(JobGraphToProto(graph)));

  const OperatorNode& source = back.stages[0].operators[0];
  EXPECT_EQ(source.name, "Source: clicks");
  EXPECT_EQ(source.state_id, "source-clicks");
  EXPECT_EQ(source.output, ClicksSchema());
  const auto& source_spec = std::get<SourceSpec>(source.spec);
  EXPECT_EQ(source_spec.table.name, "clicks");
  EXPECT_EQ(source_spec.table.options, (TableOptions{{"connector", "datagen"}}));
  EXPECT_THAT(source_spec.table.primary_key, ElementsAre("user_id", "at"));
  EXPECT_THAT(source_spec.table.partition_keys, ElementsAre("page"));
  EXPECT_EQ(source_spec.table.declared, table.declared);
  EXPECT_EQ(source_spec.table.metadata, table.metadata);
  const auto& watermark = std::get<SourceSpec>(graph.stages[0].operators[0].spec).watermark;
  EXPECT_EQ(source_spec.watermark->watermark->ToString(), watermark->watermark->ToString());
  EXPECT_EQ(source_spec.watermark->idle_timeout_ms, 250);

  const auto& calc = std::get<CalcSpec>(back.stages[0].operators[1].spec);
  const auto& calc_before = std::get<CalcSpec>(graph.stages[0].operators[1].spec);
  EXPECT_EQ(calc.condition->ToString(), calc_before.condition->ToString());
  ASSERT_EQ(calc.projections.size(), 3u);
  EXPECT_EQ(calc.projections[1]->ToString(), calc_before.projections[1]->ToString());

  const auto& aggregate = std::get<WindowAggregateSpec>(back.stages[1].operators[0].spec);
  EXPECT_EQ(aggregate.window.kind, WindowKind::kHop);
  EXPECT_EQ(aggregate.window.time_column, 1);
  EXPECT_EQ(aggregate.window.size_ms, 60'000);
  EXPECT_EQ(aggregate.window.slide_ms, 5000);
  EXPECT_EQ(aggregate.window.offset_ms, 250);
  EXPECT_THAT(aggregate.key_columns, ElementsAre(1));
  ASSERT_EQ(aggregate.calls.size(), 2u);
  EXPECT_FALSE(aggregate.calls[0].argument.has_value());
  EXPECT_EQ(aggregate.calls[1].function, AggregateFunction::kAvg);
  EXPECT_EQ(aggregate.calls[1].argument, 0);
  EXPECT_EQ(aggregate.calls[1].filter_column, 4);
  EXPECT_EQ(aggregate.calls[1].result_type, DataType::Decimal(20, 2));

  const auto& sink = std::get<SinkSpec>(back.stages[1].operators[1].spec);
  EXPECT_EQ(sink.table.schema, CountsSchema());
}

TEST(PlanWireTest, AGroupAggregateAndItsChangesComeBack) {
  JobGraph graph = CountClicks();
  graph.stages[1].operators[0].spec =
      GroupAggregateSpec{.key_columns = {2, 1},
                         .calls = {{.function = AggregateFunction::kMax,
                                    .argument = 0,
                                    .filter_column = 3,
                                    .result_type = DataType::Timestamp(3)}},
                         .emits_update_before = true};
  graph.edges.push_back(graph.edges[0]);
  graph.edges[1].changelog = Changelog::kUpsert;
  graph.edges.push_back(graph.edges[0]);
  graph.edges[2].changelog = Changelog::kRetract;
  ASSERT_OK_AND_ASSIGN(const JobGraph back, JobGraphFromProto(JobGraphToProto(graph)));
  const auto& groups = std::get<GroupAggregateSpec>(back.stages[1].operators[0].spec);
  EXPECT_THAT(groups.key_columns, ElementsAre(2, 1));
  ASSERT_EQ(groups.calls.size(), 1u);
  EXPECT_EQ(groups.calls[0].function, AggregateFunction::kMax);
  EXPECT_EQ(groups.calls[0].argument, 0);
  EXPECT_EQ(groups.calls[0].filter_column, 3);
  EXPECT_EQ(groups.calls[0].result_type, DataType::Timestamp(3));
  EXPECT_TRUE(groups.emits_update_before);
  EXPECT_EQ(back.edges[0].changelog, Changelog::kAppend);
  EXPECT_EQ(back.edges[1].changelog, Changelog::kUpsert);
  EXPECT_EQ(back.edges[2].changelog, Changelog::kRetract);
}

TEST(PlanWireTest, AChangelogOfAnotherVersionIsRefused) {
  v1::JobGraph message = JobGraphToProto(CountClicks());
  message.mutable_edges(0)->set_changelog(static_cast<v1::Changelog>(9));
  EXPECT_THAT(JobGraphFromProto(message),
              StatusIs(kInvalid, HasSubstr("edges[0].changelog: has the unknown value 9")));
}

TEST(PlanWireTest, ACalcWithoutAConditionStaysWithout) {
  JobGraph graph = CountBigUsersClicks();
  std::get<CalcSpec>(graph.stages[0].operators[1].spec).condition = nullptr;
  ASSERT_OK_AND_ASSIGN(const JobGraph back, JobGraphFromProto(JobGraphToProto(graph)));
  EXPECT_EQ(std::get<CalcSpec>(back.stages[0].operators[1].spec).condition, nullptr);
}

// Literals of every type, NULL too.
TEST(ExpressionWireTest, LiteralsOfEveryTypeComeBack) {
  const DataType row = DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()});
  const std::vector<std::pair<DataType, Value>> values = {
      {DataType::Boolean(), true},
      {DataType::TinyInt(), -5},
      {DataType::SmallInt(), 300},
      {DataType::Int(), -7},
      {DataType::BigInt(), int64_t{1} << 60},
      {DataType::Float(), 1.5},
      {DataType::Double(), -2.25},
      {DataType::Decimal(20, 3), "12345678901234567.125"},
      {DataType::Char(3), "abc"},
      {DataType::String(), "gr\xc3\xbc\xc3\x9f"},
      {DataType::Bytes(), "bytes"},
      {DataType::Date(), "2024-02-29"},
      {DataType::Time(0), "12:34:56"},
      {DataType::Timestamp(3), "2024-02-29 12:34:56.789"},
      {DataType::Timestamp(6), "2024-02-29 12:34:56.789012"},
      {DataType::TimestampLtz(3), "2024-02-29 12:34:56.789"},
      {DataType::IntervalDayTime(), 5000},
      {DataType::IntervalYearMonth(), 14},
      {DataType::Array(DataType::Int()), {1, nullptr, 3}},
      {row, {1, "x"}}};
  for (const auto& [type, value] : values) {
    SCOPED_TRACE(type.ToString());
    for (const Value& each : {value, Value(nullptr)}) {
      const std::shared_ptr<arrow::Array> column = MakeColumn(type, {each});
      const auto scalar = column->GetScalar(0).ValueOrDie();
      const ExpressionPtr back = ThereAndBack(Expression::Literal(type, scalar));
      ASSERT_NE(back, nullptr);
      EXPECT_EQ(back->kind(), ExpressionKind::kLiteral);
      EXPECT_EQ(back->type(), type);
      EXPECT_TRUE(back->literal()->Equals(*scalar)) << back->literal()->ToString();
    }
  }
}

TEST(ExpressionWireTest, ABareNullComesBack) {
  EXPECT_EQ(ThereAndBack(Expression::Null(DataType::Null()))->type(), DataType::Null());
}

TEST(ExpressionWireTest, OperandsKeepTheirOrder) {
  const DataType row = DataType::Row({"a", "b"}, {DataType::BigInt(), DataType::BigInt()});
  const ExpressionPtr minus = Expression::Call(
      "minus",
      {Expression::Field(Expression::Column(4, row), 1),
       Expression::Call("abs", {Expression::Column(0, DataType::BigInt())}, DataType::BigInt())},
      DataType::BigInt());
  EXPECT_EQ(ThereAndBack(minus)->ToString(), minus->ToString());
}

TEST(ExpressionWireTest, ALongChainOfAndsIsCarried) {
  ExpressionPtr chain = Expression::Bool(true);
  for (int i = 0; i < kMaxExpressionDepth - 1; ++i) {
    chain = Expression::Call("and", {chain, Expression::Column(i, DataType::Boolean())},
                             DataType::Boolean());
  }
  const std::string bytes = ExpressionToProto(chain).SerializeAsString();
  v1::Expression message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  EXPECT_OK(ExpressionFromProto(message));

  v1::ExpressionNode& one_more = *message.add_nodes();
  one_more.set_type("BOOLEAN");
  one_more.mutable_call()->set_function("not");
  one_more.mutable_call()->set_arguments(1);
  EXPECT_THAT(ExpressionFromProto(message), StatusIs(kInvalid, HasSubstr("deeper than 2000")));
}

std::string ErrorOf(const std::vector<v1::ExpressionNode>& nodes) {
  v1::Expression message;
  for (const v1::ExpressionNode& node : nodes) *message.add_nodes() = node;
  const absl::Status status = ExpressionFromProto(message).status();
  EXPECT_EQ(status.code(), kInvalid);
  return std::string(status.message());
}

v1::ExpressionNode ColumnNode(int32_t index, const std::string& type = "INT") {
  v1::ExpressionNode node;
  node.set_type(type);
  node.set_column(index);
  return node;
}

v1::ExpressionNode CallNode(const std::string& function, int32_t arguments) {
  v1::ExpressionNode node;
  node.set_type("INT");
  node.mutable_call()->set_function(function);
  node.mutable_call()->set_arguments(arguments);
  return node;
}

TEST(ExpressionWireTest, DamageIsNamed) {
  EXPECT_EQ(ErrorOf({}), "nodes: make 0 expressions, not 1");
  EXPECT_EQ(ErrorOf({ColumnNode(0), ColumnNode(1)}), "nodes: make 2 expressions, not 1");
  EXPECT_EQ(ErrorOf({v1::ExpressionNode()}), "nodes[0].kind: is missing or unknown");
  EXPECT_EQ(ErrorOf({ColumnNode(-1)}), "nodes[0].column: is negative");
  EXPECT_THAT(ErrorOf({ColumnNode(0, "INTT")}), StartsWith("nodes[0].type: "));
  EXPECT_EQ(ErrorOf({CallNode("abs", 1)}), "nodes[0].call.arguments: are 1 of 0 operands");
  EXPECT_EQ(ErrorOf({ColumnNode(0), CallNode("abs", -1)}),
            "nodes[1].call.arguments: are -1 of 1 operands");
  EXPECT_EQ(ErrorOf({ColumnNode(0), CallNode("", 1)}), "nodes[1].call.function: is empty");
  v1::ExpressionNode field;
  field.set_field(0);
  EXPECT_EQ(ErrorOf({ColumnNode(0), field}), "nodes[1].field: 0 is not one of a INT");
  EXPECT_EQ(ErrorOf({field}), "nodes[0].field: has no operand");
  v1::ExpressionNode literal;
  literal.set_type("INT");
  literal.set_literal("nonsense");
  EXPECT_THAT(ErrorOf({literal}), StartsWith("nodes[0].literal: "));
}

TEST(PlanWireTest, DamagedFieldsAreNamed) {
  const auto error = [](auto damage) {
    v1::JobGraph message = JobGraphToProto(CountBigUsersClicks());
    damage(message);
    return JobGraphFromProto(message).status();
  };
  EXPECT_THAT(error([](v1::JobGraph& g) { g.clear_options(); }),
              StatusIs(kInvalid, "options: are missing"));
  EXPECT_THAT(error([](v1::JobGraph& g) {
                g.mutable_edges(0)->set_partitioning(static_cast<v1::Partitioning>(9));
              }),
              StatusIs(kInvalid, "edges[0].partitioning: has the unknown value 9"));
  EXPECT_THAT(error([](v1::JobGraph& g) {
                g.mutable_edges(0)->mutable_schema()->mutable_fields(1)->set_type("STRNG");
              }),
              StatusIs(kInvalid, StartsWith("edges[0].schema.fields[1].type: ")));
  EXPECT_THAT(error([](v1::JobGraph& g) {
                g.mutable_stages(1)->mutable_operators(0)->clear_window_aggregate();
              }),
              StatusIs(kInvalid, StartsWith("stages[1].operators[0].spec: ")));
  EXPECT_THAT(error([](v1::JobGraph& g) {
                g.mutable_stages(1)
                    ->mutable_operators(0)
                    ->mutable_window_aggregate()
                    ->mutable_calls(0)
                    ->set_function(v1::AGGREGATE_FUNCTION_UNSPECIFIED);
              }),
              StatusIs(kInvalid,
                       "stages[1].operators[0].window_aggregate.calls[0].function: has the "
                       "unknown value 0"));
  EXPECT_THAT(error([](v1::JobGraph& g) {
                g.mutable_stages(0)
                    ->mutable_operators(1)
                    ->mutable_calc()
                    ->mutable_projections(2)
                    ->clear_nodes();
              }),
              StatusIs(kInvalid, StartsWith("stages[0].operators[1].calc.projections[2].nodes: ")));
}

// Whatever a byte was changed to, the answer is a plan or an error.
TEST(PlanWireTest, NoDamageCrashesTheReader) {
  const std::string bytes = JobGraphToProto(CountBigUsersClicks()).SerializeAsString();
  const google::protobuf::LogSilencer silencer;
  Random random(7);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    char& byte = damaged[random.Below(static_cast<uint32_t>(damaged.size()))];
    byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    v1::JobGraph message;
    if (!message.ParseFromString(damaged)) continue;
    const auto graph = JobGraphFromProto(message);
    if (!graph.ok() || !Validate(*graph).ok()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace millrace
