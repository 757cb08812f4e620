#include "worker/source/kafka/offset_gauges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/harness/metric_values.h"

namespace millrace {
namespace {

using testing::Optional;

class OffsetGaugesTest : public testing::Test {
 protected:
  // One for each partition and next offset.
  static std::vector<KafkaSplit> Splits(const std::vector<std::pair<int32_t, int64_t>>& positions) {
    std::vector<KafkaSplit> splits;
    for (const auto& [partition, next] : positions) {
      splits.push_back(
          {.reader = PartitionReader({.topic = "clicks", .partition = partition, .next = next})});
    }
    return splits;
  }
  std::optional<double> Offset(const char* kind, const char* split = "clicks-0") const {
    return MetricValue(registry_, "millrace_kafka_offset", {{"kind", kind}, {"split", split}});
  }

  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_ =
      registry_.root().Child({{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
};

TEST_F(OffsetGaugesTest, ShowsWhereReadingStandsAndWhereThePartitionEnds) {
  std::vector<KafkaSplit> splits = Splits({{0, 10}, {1, 20}});
  OffsetGauges gauges(*scope_, "clicks", splits, /*restored=*/false);
  splits[0].end_offset = 25;
  gauges.Show(absl::Seconds(1), splits);
  EXPECT_THAT(Offset("current"), Optional(10));
  EXPECT_THAT(Offset("end"), Optional(25));
  EXPECT_THAT(Offset("current", "clicks-1"), Optional(20));
  EXPECT_THAT(Offset("end", "clicks-1"), Optional(-1));
}

TEST_F(OffsetGaugesTest, TheEndIsNeverBehindThePosition) {
  std::vector<KafkaSplit> splits = Splits({{0, 30}});
  splits[0].end_offset = 25;  // As of before.
  OffsetGauges gauges(*scope_, "clicks", splits, false);
  gauges.Show(absl::Seconds(1), splits);
  EXPECT_THAT(Offset("end"), Optional(30));
}

TEST_F(OffsetGaugesTest, APartitionThatIsCaughtUpEndsAtThePosition) {
  std::vector<KafkaSplit> splits = Splits({{0, 30}});
  splits[0].reader.OnEndOfPartition(30);
  OffsetGauges gauges(*scope_, "clicks", splits, false);
  gauges.Show(absl::Seconds(1), splits);
  EXPECT_THAT(Offset("end"), Optional(30));
}

TEST_F(OffsetGaugesTest, NothingIsCheckpointedBeforeTheFirstCheckpoint) {
  std::vector<KafkaSplit> splits = Splits({{0, 10}});
  OffsetGauges gauges(*scope_, "clicks", splits, /*restored=*/false);
  EXPECT_THAT(Offset("checkpointed"), Optional(-1));
  gauges.OnDurable({{.topic = "clicks", .partition = 0, .next = 12}});
  EXPECT_THAT(Offset("checkpointed"), Optional(12));
}

TEST_F(OffsetGaugesTest, ARestoredSourceBeginsAtWhatIsCheckpointed) {
  std::vector<KafkaSplit> splits = Splits({{0, 10}});
  OffsetGauges gauges(*scope_, "clicks", splits, /*restored=*/true);
  EXPECT_THAT(Offset("checkpointed"), Optional(10));
}

TEST_F(OffsetGaugesTest, IsLookedAtTenTimesASecondAtMost) {
  std::vector<KafkaSplit> splits = Splits({{0, 10}});
  OffsetGauges gauges(*scope_, "clicks", splits, false);
  gauges.Show(absl::Seconds(1), splits);
  splits = Splits({{0, 11}});
  gauges.Show(absl::Milliseconds(1050), splits);
  EXPECT_THAT(Offset("current"), Optional(10));
  gauges.Show(absl::Milliseconds(1100), splits);
  EXPECT_THAT(Offset("current"), Optional(11));
}

}  // namespace
}  // namespace millrace
