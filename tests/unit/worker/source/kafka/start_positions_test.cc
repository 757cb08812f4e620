#include "worker/source/kafka/start_positions.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Brokers that know what the test says. Topic "t" has partition 0 with [10, 20) unless set.
class FakeOffsets final : public OffsetLookup {
 public:
  absl::StatusOr<Range> RangeOf(const PartitionPosition& p) override {
    const auto found = ranges.find(p.partition);
    return found == ranges.end() ? Range{.first = 10, .end = 20} : found->second;
  }
  absl::StatusOr<std::optional<int64_t>> Committed(const PartitionPosition& p) override {
    ++committed_asked;
    const auto found = committed.find(p.partition);
    return found == committed.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  absl::StatusOr<std::optional<int64_t>> AtTime(const PartitionPosition& p,
                                                int64_t timestamp_ms) override {
    const auto found = times.lower_bound(timestamp_ms);
    return found == times.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }

  std::map<int32_t, Range> ranges;
  std::map<int32_t, int64_t> committed;
  std::map<int64_t, int64_t> times;  // Timestamp -> offset.
  int committed_asked = 0;
};

PartitionPosition At(int64_t next, int64_t end = PartitionPosition::kUnbounded,
                     int32_t partition = 0) {
  return {.topic = "t", .partition = partition, .next = next, .end = end};
}

class StartPositionsTest : public testing::Test {
 protected:
  absl::StatusOr<std::vector<PartitionPosition>> FirstStart() {
    return ResolveStart(options, {.partitions = {At(0)}}, brokers);
  }
  absl::StatusOr<std::vector<PartitionPosition>> Restart(std::vector<PartitionPosition> restored) {
    return ResolveStart(
        options, {.partitions = {At(0)}, .restored = std::move(restored), .first_start = false},
        brokers);
  }

  FakeOffsets brokers;
  KafkaSourceOptions options{.startup = {.mode = KafkaOffsetMode::kEarliest}};
};

TEST_F(StartPositionsTest, EarliestAndLatestAreTheEndsOfTheRange) {
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(10))));
  options.startup.mode = KafkaOffsetMode::kLatest;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(20))));
}

TEST_F(StartPositionsTest, GroupOffsetsAreThoseCommitted) {
  options.startup.mode = KafkaOffsetMode::kGroupOffsets;
  options.group_id = "g";
  brokers.committed[0] = 13;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(13))));
}

TEST_F(StartPositionsTest, AGroupWithoutAnOffsetFollowsAutoOffsetReset) {
  options.startup.mode = KafkaOffsetMode::kGroupOffsets;
  options.group_id = "g";
  EXPECT_THAT(FirstStart(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     AllOf(HasSubstr("group 'g'"), HasSubstr("partition 0"),
                                           HasSubstr("properties.auto.offset.reset"))));
  options.offset_reset = KafkaOffsetReset::kEarliest;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(10))));
  options.offset_reset = KafkaOffsetReset::kLatest;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(20))));
}

TEST_F(StartPositionsTest, ATimeIsTheFirstRecordOfItOrLaterElseTheEnd) {
  options.startup.mode = KafkaOffsetMode::kTimestamp;
  options.startup.timestamp_ms = 500;
  brokers.times = {{400, 11}, {600, 15}};
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(15))));
  options.startup.timestamp_ms = 700;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(20))));
}

TEST_F(StartPositionsTest, SpecificOffsetsFallBackToTheGroupAndThenToTheBeginning) {
  options.startup.mode = KafkaOffsetMode::kSpecific;
  options.startup.specific = {{0, 12}};
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(12))));
  options.startup.specific = {{1, 12}};
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(10))));
  options.group_id = "g";
  brokers.committed[0] = 14;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(14))));
}

TEST_F(StartPositionsTest, ABoundIsFixedAtTheFirstStart) {
  options.bounded = true;
  options.bound.mode = KafkaOffsetMode::kLatest;
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(10, 20))));
  brokers.ranges[0] = {.first = 10, .end = 90};
  EXPECT_THAT(Restart({At(15, 20)}), IsOkAndHolds(ElementsAre(At(15, 20))));
}

TEST_F(StartPositionsTest, ABoundBeforeTheStartLeavesNothingToRead) {
  options.startup.mode = KafkaOffsetMode::kLatest;
  options.bounded = true;
  options.bound = {.mode = KafkaOffsetMode::kSpecific, .specific = {{0, 15}}};
  EXPECT_THAT(FirstStart(), IsOkAndHolds(ElementsAre(At(15, 15))));
}

TEST_F(StartPositionsTest, SpecificBoundsMustNameEveryPartition) {
  options.bounded = true;
  options.bound = {.mode = KafkaOffsetMode::kSpecific, .specific = {{1, 15}}};
  EXPECT_THAT(FirstStart(), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("gives no end for partition 0 of topic 't'")));
}

TEST_F(StartPositionsTest, ACheckpointWinsOverOptionsAndGroup) {
  options.startup.mode = KafkaOffsetMode::kGroupOffsets;
  options.group_id = "g";
  brokers.committed[0] = 19;
  EXPECT_THAT(Restart({At(12)}), IsOkAndHolds(ElementsAre(At(12))));
  EXPECT_EQ(brokers.committed_asked, 0);
}

TEST_F(StartPositionsTest, APartitionThatTheCheckpointDoesNotKnowBeginsAtItsBeginning) {
  options.startup.mode = KafkaOffsetMode::kLatest;
  EXPECT_THAT(Restart({At(12, PartitionPosition::kUnbounded, 7)}),
              IsOkAndHolds(ElementsAre(At(10))));
}

TEST_F(StartPositionsTest, RetentionThatPassedThePositionIsAnErrorWithTheExactGap) {
  EXPECT_THAT(Restart({At(4)}),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("offsets 4 to 9 of partition 0 of topic 't' are gone"),
                             HasSubstr("retention"))));
}

TEST_F(StartPositionsTest, ATopicMadeAnewIsAnErrorNotAJump) {
  EXPECT_THAT(Restart({At(21)}),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("offset 21"), HasSubstr("behind its end, 20"),
                             HasSubstr("made anew or truncated"))));
}

TEST_F(StartPositionsTest, ABoundedPartitionThatIsReadMayLoseItsRecords) {
  options.bounded = true;
  options.bound.mode = KafkaOffsetMode::kLatest;
  EXPECT_THAT(Restart({At(5, 5)}), IsOkAndHolds(ElementsAre(At(5, 5))));
}

}  // namespace
}  // namespace millrace
