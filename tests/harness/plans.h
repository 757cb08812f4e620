// Small plans that Validate accepts, for tests to run, to carry over the wire, or to break.
//
//   clicks(at, page, user_id) --hash by page--> TUMBLE(at, 1 s) count --> counts
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/plan/job_graph.h"

namespace millrace {

inline Schema ClicksSchema() {
  return {{"at", DataType::Timestamp(3)},
          {"page", DataType::String()},
          {"user_id", DataType::BigInt()}};
}

inline Schema CountsSchema() {
  return {{"page", DataType::String()},
          {"clicks", DataType::BigInt().WithNullable(false)},
          {"window_start", DataType::Timestamp(3).WithNullable(false)},
          {"window_end", DataType::Timestamp(3).WithNullable(false)},
          {"window_time", DataType::Timestamp(3).WithNullable(false)}};
}

inline OperatorNode ClicksSource() {
  return {.name = "Source: clicks",
          .state_id = "source-clicks",
          .output = ClicksSchema(),
          .spec = SourceSpec{.table = {.name = "clicks",
                                       .options = {{"connector", "datagen"}},
                                       .schema = ClicksSchema()}}};
}

inline OperatorNode CountByPage() {
  WindowAggregateSpec count{
      .window = {.kind = WindowKind::kTumble, .time_column = 0, .size_ms = 1000, .slide_ms = 1000},
      .key_columns = {1},
      .calls = {{.function = AggregateFunction::kCount,
                 .result_type = DataType::BigInt().WithNullable(false)}}};
  return {.name = "TUMBLE(at, 1 s) by page",
          .state_id = "count-by-page",
          .output = CountsSchema(),
          .spec = std::move(count)};
}

inline OperatorNode CountsSink() {
  return {.name = "Sink: counts",
          .state_id = "sink-counts",
          .spec = SinkSpec{.table = {.name = "counts",
                                     .options = {{"connector", "blackhole"}},
                                     .schema = CountsSchema()}}};
}

// Two stages of `parallelism` tasks each.
inline JobGraph CountClicks(int32_t parallelism = 1) {
  JobGraph graph{.name = "count clicks"};
  graph.options.materialize_every = 20;  // Golden bytes hold it, whatever the default is.
  graph.stages.push_back({.id = StageId(0),
                          .name = "clicks",
                          .parallelism = parallelism,
                          .operators = {ClicksSource()}});
  graph.stages.push_back({.id = StageId(1),
                          .name = "counts",
                          .parallelism = parallelism,
                          .operators = {CountByPage(), CountsSink()}});
  graph.edges.push_back({.id = EdgeId(0),
                         .from = StageId(0),
                         .to = StageId(1),
                         .partitioning = Partitioning::kHash,
                         .key_columns = {1},
                         .schema = ClicksSchema()});
  return graph;
}

// Groups without a window, which a sink of its own stage gets as upserts:
//
//   clicks --hash by page--> GROUP BY page --forward--> counts
inline JobGraph GroupClicks(int32_t parallelism = 1) {
  JobGraph graph = CountClicks(parallelism);
  const Schema counts{{"page", DataType::String()}, {"clicks", DataType::BigInt()}};
  OperatorNode sink = graph.stages[1].operators[1];
  std::get<SinkSpec>(sink.spec).table.schema = counts;
  graph.stages[1].operators = {
      {.name = "GroupAggregate by page",
       .state_id = "groups",
       .output = counts,
       .spec =
           GroupAggregateSpec{.key_columns = {1}, .calls = {{.result_type = DataType::BigInt()}}}}};
  graph.stages.push_back({.id = StageId(2),
                          .name = "sink",
                          .parallelism = parallelism,
                          .operators = {std::move(sink)}});
  graph.edges.push_back({.id = EdgeId(1),
                         .from = StageId(1),
                         .to = StageId(2),
                         .schema = counts,
                         .changelog = Changelog::kUpsert});
  return graph;
}

// CountClicks with a watermark 5 s behind and, before the edge, a calc that keeps users above 100.
inline JobGraph CountBigUsersClicks(int32_t parallelism = 1) {
  JobGraph graph = CountClicks(parallelism);
  std::vector<OperatorNode>& chain = graph.stages[0].operators;
  std::get<SourceSpec>(chain[0].spec).watermark = WatermarkSpec{
      .watermark = Expression::Call(
          "minus",
          {Expression::Column(0, DataType::Timestamp(3)), Expression::IntervalDayTime(5000)},
          DataType::Timestamp(3)),
      .idle_timeout_ms = 250};
  CalcSpec calc{
      .condition = Expression::Call(
          "greater_than", {Expression::Column(2, DataType::BigInt()), Expression::BigInt(100)},
          DataType::Boolean()),
      .projections = {Expression::Column(0, DataType::Timestamp(3)),
                      Expression::Call("upper", {Expression::Column(1, DataType::String())},
                                       DataType::String()),
                      Expression::Column(2, DataType::BigInt())}};
  chain.push_back({.name = "Calc: at, page, user_id where (user_id > 100)",
                   .state_id = "calc-big-users",
                   .output = ClicksSchema(),
                   .spec = std::move(calc)});
  return graph;
}

}  // namespace millrace
