#include "worker/task/source_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_clock.h"
#include "tests/harness/metric_values.h"
#include "tests/harness/rows.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::Eq;
using testing::Optional;

class SourceMeterTest : public testing::Test {
 protected:
  std::optional<double> Value(const char* name, const MetricLabels& labels = {}) const {
    return MetricValue(registry_, name, labels);
  }

  FakeClock clock_;
  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_ =
      registry_.root().Child({{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
  SourceMeter meter_{*scope_, clock_, "clicks", {"clicks-0", "clicks-1"}};
};

TEST_F(SourceMeterTest, CountsRecordsAndTheBytesBetweenFirstAndLast) {
  Slab slab{.arena = std::make_shared<const std::string>("????{\"a\":1}\n{\"a\":22}\n"),
            .offsets = {4, 12},
            .lengths = {7, 8}};
  meter_.OnRead({.split = 0, .rows = slab});
  meter_.OnRead({.split = 1, .rows = Slab{}});
  EXPECT_THAT(Value("millrace_source_records_total"), Optional(2));
  EXPECT_THAT(Value("millrace_source_bytes_total"), Optional(16));
}

TEST_F(SourceMeterTest, CountsTheRowsOfASourceThatDeliversBatches) {
  const Batch batch = MakeBatch({{"id", DataType::BigInt()}}, {{1}, {2}, {3}});
  meter_.OnRead({.split = 0, .rows = batch});
  EXPECT_THAT(Value("millrace_source_records_total"), Optional(3));
  EXPECT_THAT(Value("millrace_source_bytes_total"), Optional(batch.bytes()));
}

TEST_F(SourceMeterTest, IdlenessCountsFromTheLastPollThatBroughtSomething) {
  clock_.Advance(absl::Seconds(3));
  meter_.OnPolled(false);
  EXPECT_THAT(Value("millrace_source_idle_seconds"), Optional(3));
  meter_.OnPolled(true);
  EXPECT_THAT(Value("millrace_source_idle_seconds"), Optional(0));
  clock_.Advance(absl::Seconds(2));
  meter_.OnPolled(false);
  EXPECT_THAT(Value("millrace_source_idle_seconds"), Optional(2));
}

TEST_F(SourceMeterTest, EmitLagIsShownOnceATimeIsKnown) {
  EXPECT_THAT(Value("millrace_source_emit_lag_seconds"), Eq(std::nullopt));
  meter_.OnEmitted(EventTime(absl::ToUnixMillis(clock_.Wall()) - 2500));
  EXPECT_THAT(Value("millrace_source_emit_lag_seconds"), Optional(DoubleNear(2.5, 0.001)));
}

TEST_F(SourceMeterTest, LagIsShownBySplit) {
  meter_.SetLag(1, 42);
  EXPECT_THAT(Value("millrace_source_lag_records", {{"split", "clicks-1"}}), Optional(42));
}

}  // namespace
}  // namespace millrace
