// A window aggregate over batches of bids: grouping and folding alone, and the whole operator over
// a state in RAM.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "common/base/check.h"
#include "common/base/random.h"
#include "common/metrics/metrics.h"
#include "tests/harness/memory_state.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_aggregate/window_aggregate.h"

namespace millrace {
namespace {

constexpr int64_t kRows = 4096;
constexpr int64_t kWindowMs = 10'000;

Schema Bids() {
  return {{"at", DataType::Timestamp(3)},
          {"auction", DataType::BigInt()},
          {"price", DataType::BigInt()}};
}

// `keys` distinct auctions; half of the bids are on one of them, as in Nexmark.
Batch MakeBids(uint32_t keys) {
  Random random(7);
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MILLI),
                                arrow::default_memory_pool());
  arrow::Int64Builder auctions;
  arrow::Int64Builder prices;
  for (int64_t row = 0; row < kRows; ++row) {
    CHECK(times.Append(1'700'000'000'000 + row).ok());
    CHECK(auctions.Append(random.Below(2) == 0 ? 1'000 : 1'000 + random.Below(keys)).ok());
    CHECK(prices.Append(random.Below(100'000'000)).ok());
  }
  return Batch(arrow::RecordBatch::Make(
      Bids().ToArrow(), kRows,
      {times.Finish().ValueOrDie(), auctions.Finish().ValueOrDie(), prices.Finish().ValueOrDie()}));
}

WindowAggregateSpec Spec() {
  return {
      .window = {.size_ms = kWindowMs, .slide_ms = kWindowMs},
      .key_columns = {1},
      .calls = {
          {.result_type = DataType::BigInt()},
          {.function = AggregateFunction::kSum, .argument = 2, .result_type = DataType::BigInt()},
          {.function = AggregateFunction::kMax, .argument = 2, .result_type = DataType::BigInt()}}};
}

void GroupAndFold(benchmark::State& state) {
  const Batch batch = MakeBids(static_cast<uint32_t>(state.range(0)));
  const auto layout = AccumulatorLayout::Create(Spec().calls, Bids());
  auto codec = KeyCodec::Create(Bids(), {1});
  CHECK(layout.ok() && codec.ok());
  BatchGroups groups(*std::move(codec));
  BatchFold fold(*layout);
  const std::vector<int64_t> slices(kRows, kWindowMs);
  for (auto _ : state) {
    CHECK_OK(groups.Assign(batch, slices));
    fold.Fold(batch, groups.group_of_row(), groups.groups());
    benchmark::DoNotOptimize(fold.value(1));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

class NoOutput final : public Output {
 public:
  void Emit(Batch) override {}
  bool full() const override { return false; }
};

void WholeOperator(benchmark::State& state) {
  const Batch batch = MakeBids(static_cast<uint32_t>(state.range(0)));
  const DataType time = DataType::Timestamp(3);
  const DataType number = DataType::BigInt();
  const OperatorNode node{.name = "TUMBLE",
                          .state_id = "w",
                          .output = {{"auction", number},
                                     {"count", number},
                                     {"sum", number},
                                     {"max", number},
                                     {"window_start", time},
                                     {"window_end", time},
                                     {"window_time", time}},
                          .spec = Spec()};
  auto op = NewWindowAggregate(node, Bids());
  CHECK_OK(op.status());
  MetricRegistry registry;
  const auto scope =
      registry.root().Child({{"job", "j"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
  std::unique_ptr<MemoryState> keyed;
  TaskContext context;
  context.metrics = scope.get();
  context.open_state = [&](const StateTableOptions& options) -> absl::StatusOr<KeyedState*> {
    keyed = std::make_unique<MemoryState>(options);
    return keyed.get();
  };
  CHECK_OK((*op)->Open(context, nullptr));
  NoOutput out;
  for (auto _ : state) CHECK_OK((*op)->OnBatch(batch, out).status());
  state.SetItemsProcessed(state.iterations() * kRows);
}

BENCHMARK(GroupAndFold)->Arg(100)->Arg(1'000)->Arg(100'000);
BENCHMARK(WholeOperator)->Arg(100)->Arg(1'000);

}  // namespace
}  // namespace millrace
