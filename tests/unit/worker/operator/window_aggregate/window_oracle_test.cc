// A window aggregate against a naive model: every row in a map, every result by a loop.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arrow/record_batch.h"
#include "common/base/random.h"
#include "tests/unit/worker/operator/window_aggregate/window_driver.h"

namespace millrace {
namespace {

constexpr AggregateFunction kSum = AggregateFunction::kSum;
constexpr AggregateFunction kMin = AggregateFunction::kMin;
constexpr AggregateFunction kMax = AggregateFunction::kMax;
constexpr AggregateFunction kAvg = AggregateFunction::kAvg;

struct ModelRow {
  int64_t time = 0;
  std::optional<int64_t> key;
  std::optional<int64_t> x;
  std::optional<std::string> s;
  std::optional<bool> keep;
};

template <typename T>
Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? Value(*value) : Value(nullptr);
}

RowValues ValuesOf(const ModelRow& row) {
  return {row.time, OrNull(row.key), OrNull(row.x), OrNull(row.s), OrNull(row.keep)};
}

std::string Text(const std::optional<int64_t>& value) {
  return value.has_value() ? absl::StrCat(*value) : "null";
}

// COUNT(*), COUNT(x), SUM(x), MAX(x) FILTER (WHERE keep), MIN(s), AVG(x)
std::string ModelResult(const std::vector<ModelRow>& rows) {
  int64_t values = 0;
  std::optional<int64_t> sum;
  std::optional<int64_t> kept_max;
  std::optional<std::string> least;
  for (const ModelRow& row : rows) {
    if (row.x.has_value()) {
      ++values;
      sum = sum.value_or(0) + *row.x;
      if (row.keep.value_or(false)) kept_max = std::max(kept_max.value_or(*row.x), *row.x);
    }
    if (row.s.has_value()) least = std::min(least.value_or(*row.s), *row.s);
  }
  const std::string average = sum.has_value() ? Text(*sum / values) : "null";
  return absl::StrCat(rows.size(), ", ", values, ", ", Text(sum), ", ", Text(kept_max), ", ",
                      least.value_or("null"), ", ", average);
}

class ModelWindows {
 public:
  ModelWindows(int64_t size_ms, int64_t offset_ms) : size_ms_(size_ms), offset_ms_(offset_ms) {}

  void Add(const ModelRow& row) {
    const int64_t start = row.time - ((row.time - offset_ms_) % size_ms_ + size_ms_) % size_ms_;
    if (start + size_ms_ - 1 <= watermark_.millis()) {
      ++late_rows;
    } else {
      windows_[start][row.key].push_back(row);
    }
  }

  // The rows of the windows that it completes.
  std::vector<std::string> Watermark(EventTime watermark) {
    watermark_ = watermark;
    std::vector<std::string> results;
    while (!windows_.empty() && windows_.begin()->first + size_ms_ - 1 <= watermark.millis()) {
      const auto& [start, groups] = *windows_.begin();
      const auto times = ValueStrings(
          DataType::Timestamp(3),
          *MakeColumn(DataType::Timestamp(3), {start, start + size_ms_, start + size_ms_ - 1}));
      for (const auto& [key, rows] : groups) {
        results.push_back(absl::StrCat("+I[", Text(key), ", ", ModelResult(rows), ", ", times[0],
                                       ", ", times[1], ", ", times[2], "]"));
      }
      windows_.erase(windows_.begin());
    }
    return results;
  }

  int64_t late_rows = 0;

 private:
  const int64_t size_ms_;
  const int64_t offset_ms_;
  std::map<int64_t, std::map<std::optional<int64_t>, std::vector<ModelRow>>> windows_;
  EventTime watermark_ = EventTime::Min();
};

ModelRow RandomRow(Random& random, int64_t now, bool null_keys) {
  ModelRow row{.time = now + random.Below(8'000), .key = int64_t{random.Below(20)} - 10};
  if (null_keys && random.Below(10) == 0) row.key.reset();
  if (random.Below(5) != 0) row.x = int64_t{random.Below(2'000)} - 1'000;
  if (random.Below(5) != 0) row.s = absl::StrCat(random.Below(1'000));
  if (random.Below(3) != 0) row.keep = random.Below(2) == 0;
  return row;
}

WindowSetting OracleSetting(int64_t size_ms, int64_t offset_ms) {
  const DataType number = DataType::BigInt();
  AggregateCall kept_max = Filtered(Call(kMax, 2, number), 4);
  return {.input = {{"at", DataType::Timestamp(3)},
                    {"key", number},
                    {"x", number},
                    {"s", DataType::String()},
                    {"keep", DataType::Boolean()}},
          .keys = {1},
          .calls = {Count(), Count(2), Call(kSum, 2, number), kept_max,
                    Call(kMin, 3, DataType::String()), Call(kAvg, 2, number)},
          .size_ms = size_ms,
          .offset_ms = offset_ms};
}

TEST(WindowOracleTest, RandomRowsGiveWhatANaiveModelGives) {
  constexpr int kSteps = 30;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    const bool null_keys = random.Below(2) == 0;
    const int64_t size_ms = 1 + random.Below(5'000);
    const int64_t offset_ms = random.Below(static_cast<uint32_t>(size_ms));
    WindowDriver window(OracleSetting(size_ms, offset_ms));
    ModelWindows model(size_ms, offset_ms);
    int64_t now = -20'000;
    EventTime watermark = EventTime::Min();
    for (int step = 0; step < kSteps; ++step) {
      std::vector<RowValues> rows;
      for (uint32_t i = random.Below(200); i > 0; --i) {
        const ModelRow row = RandomRow(random, now, null_keys);
        rows.push_back(ValuesOf(row));
        model.Add(row);
      }
      window.Input(rows);
      now += random.Below(3'000);
      const bool last = step == kSteps - 1;
      const EventTime next = last ? EventTime::Max() : EventTime(now + random.Below(4'000));
      if (next <= watermark) continue;
      watermark = next;
      window.Watermark(watermark);
      ASSERT_EQ(window.Rows(), model.Watermark(watermark)) << "seed " << seed << " step " << step;
    }
    ASSERT_EQ(window.LateRows(), absl::StrCat(model.late_rows)) << "seed " << seed;
  }
}

TEST(WindowOracleTest, ABigBatchWithManyKeysGroupsByValueAndByBytesAlike) {
  constexpr int64_t kRows = 50'000;
  for (const bool by_bytes : {false, true}) {
    Random random(3);
    std::vector<Value> times;
    std::vector<Value> keys;
    std::map<int64_t, int64_t> counts;
    for (int64_t i = 0; i < kRows; ++i) {
      const int64_t key = int64_t{random.Below(20'000)} - 10'000;
      ++counts[key];
      times.emplace_back(int64_t{random.Below(10'000)});
      keys.emplace_back(key);
    }
    const Schema input{{"at", DataType::Timestamp(3)},
                       {"key", by_bytes ? DataType::TimestampLtz(3) : DataType::BigInt()}};
    WindowDriver window({.input = input, .keys = {1}, .calls = {Count()}});
    window.Input(Batch(arrow::RecordBatch::Make(
        input.ToArrow(), kRows,
        {MakeColumn(input.field(0).type, times), MakeColumn(input.field(1).type, keys)})));
    window.Watermark("00:00:10");
    std::map<int64_t, int64_t> actual;
    for (const Batch& batch : window.output().TakeBatches()) {
      const int64_t* key = batch.column(0)->data()->GetValues<int64_t>(1);
      const int64_t* count = batch.column(1)->data()->GetValues<int64_t>(1);
      for (int64_t i = 0; i < batch.num_rows(); ++i) actual[key[i]] = count[i];
    }
    EXPECT_EQ(actual, counts);
  }
}

}  // namespace
}  // namespace millrace
