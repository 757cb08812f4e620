#include "worker/source/kafka/partition_reader.h"

#include <gmock/gmock.h>

#include <map>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::SizeIs;
using Verdict = PartitionReader::Verdict;

PartitionReader ReaderAt(int64_t next, int64_t end = PartitionPosition::kUnbounded) {
  return PartitionReader({.topic = "t", .partition = 0, .next = next, .end = end});
}

TEST(PartitionReaderTest, TakesRecordsInOrderAndStandsBehindTheLast) {
  PartitionReader reader = ReaderAt(5);
  EXPECT_EQ(reader.OnRecord(5), Verdict::kTake);
  EXPECT_EQ(reader.OnRecord(6), Verdict::kTake);
  EXPECT_EQ(reader.position().next, 7);
}

TEST(PartitionReaderTest, AGapOfControlRecordsIsNoGap) {
  PartitionReader reader = ReaderAt(5);
  EXPECT_EQ(reader.OnRecord(9), Verdict::kTake);
  EXPECT_EQ(reader.position().next, 10);
}

TEST(PartitionReaderTest, ARecordThatComesAgainIsDropped) {
  PartitionReader reader = ReaderAt(5);
  EXPECT_EQ(reader.OnRecord(6), Verdict::kTake);
  EXPECT_EQ(reader.OnRecord(5), Verdict::kRewound);
  EXPECT_EQ(reader.OnRecord(6), Verdict::kRewound);
  EXPECT_EQ(reader.OnRecord(7), Verdict::kTake);
  EXPECT_EQ(reader.position().next, 8);
}

TEST(PartitionReaderTest, TheEndOfThePartitionIsProvenUntilTheNextRecord) {
  PartitionReader reader = ReaderAt(5);
  EXPECT_FALSE(reader.caught_up());
  reader.OnEndOfPartition(5);
  EXPECT_TRUE(reader.caught_up());
  reader.OnRecord(5);
  EXPECT_FALSE(reader.caught_up());
}

TEST(PartitionReaderTest, ControlRecordsAtTheEndArePassed) {
  PartitionReader reader = ReaderAt(5);
  reader.OnEndOfPartition(8);
  EXPECT_EQ(reader.position().next, 8);
  EXPECT_TRUE(reader.caught_up());
}

TEST(PartitionReaderTest, AnEndFromBeforeARewindProvesNothing) {
  PartitionReader reader = ReaderAt(5);
  reader.OnRecord(9);
  reader.OnEndOfPartition(7);
  EXPECT_EQ(reader.position().next, 10);
  EXPECT_FALSE(reader.caught_up());
}

TEST(PartitionReaderTest, AnEndOffsetProvesOnlyWhatWasReadWhenItWasAskedFor) {
  PartitionReader reader = ReaderAt(5);
  EXPECT_FALSE(reader.OnEndOffset(6, 5));  // One is left.
  EXPECT_TRUE(reader.OnEndOffset(5, 5));
  EXPECT_TRUE(reader.caught_up());
  reader.OnRecord(5);
  EXPECT_FALSE(reader.OnEndOffset(5, 5));  // Older than the record.
  EXPECT_FALSE(reader.caught_up());
}

TEST(PartitionReaderTest, LostConnectionsTakeTheProofAway) {
  PartitionReader reader = ReaderAt(5);
  reader.OnEndOfPartition(5);
  reader.ForgetEnd();
  EXPECT_FALSE(reader.caught_up());
}

TEST(PartitionReaderTest, ABoundedPartitionEndsAtItsBound) {
  PartitionReader reader = ReaderAt(5, 7);
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.OnRecord(5), Verdict::kTake);
  EXPECT_EQ(reader.OnRecord(6), Verdict::kTake);
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(reader.OnRecord(7), Verdict::kPastEnd);
  EXPECT_EQ(reader.position().next, 7);
}

TEST(PartitionReaderTest, ABoundInsideAGapEndsAtTheNextRecordOrEnd) {
  PartitionReader by_record = ReaderAt(5, 7);
  EXPECT_EQ(by_record.OnRecord(9), Verdict::kPastEnd);
  EXPECT_TRUE(by_record.finished());
  EXPECT_EQ(by_record.position().next, 7);
  PartitionReader by_end = ReaderAt(5, 7);
  by_end.OnEndOfPartition(9);
  EXPECT_TRUE(by_end.finished());
  EXPECT_EQ(by_end.position().next, 7);
}

TEST(PartitionReaderTest, ABoundThatIsNotReachedKeepsThePartitionOpen) {
  PartitionReader reader = ReaderAt(5, 9);
  reader.OnEndOfPartition(6);
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.position().next, 6);
}

TEST(PositionsTest, SurviveTheWayThroughAState) {
  const std::vector<PartitionPosition> positions = {
      {.topic = "a", .partition = 0, .next = 0},
      {.topic = "b.c_d-e", .partition = 17, .next = int64_t{1} << 60, .end = int64_t{1} << 61}};
  EXPECT_THAT(DecodePositions(EncodePositions(positions)), IsOkAndHolds(positions));
  EXPECT_THAT(DecodePositions(""), IsOkAndHolds(SizeIs(0)));
}

TEST(PositionsTest, TheBytesOfTheStateDoNotChange) {
  EXPECT_EQ(EncodePositions({{.topic = "t", .partition = 3, .next = 12, .end = 40},
                             {.topic = "u", .partition = 0, .next = 5}}),
            "12 40 3 t\n5 -1 0 u\n");
}

TEST(PositionsTest, DamageIsADataLoss) {
  for (const char* bytes : {"12 40 3\n", "12 x 3 t\n", "-1 -1 0 t\n", "1 -2 0 t\n", "1 -1 -1 t\n",
                            "1 -1 0 \n", "\x01\x02"}) {
    EXPECT_THAT(DecodePositions(bytes),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cannot be read")));
  }
}

TEST(TaskOfPartitionTest, ThePartitionsOfATopicGoRoundTheTasks) {
  for (const std::string topic : {"clicks", "orders", ""}) {
    const int32_t first = TaskOfPartition(topic, 0, 3);
    for (int32_t partition = 0; partition < 12; ++partition) {
      EXPECT_EQ(TaskOfPartition(topic, partition, 3), (first + partition) % 3);
    }
  }
}

TEST(TaskOfPartitionTest, SmallTopicsAreSpreadOverTheTasks) {
  std::map<int32_t, int> topics_of_task;
  for (int i = 0; i < 100; ++i)
    ++topics_of_task[TaskOfPartition("topic-" + std::to_string(i), 0, 4)];
  ASSERT_THAT(topics_of_task, SizeIs(4));
  for (const auto& [task, topics] : topics_of_task) EXPECT_THAT(topics, Ge(10));
}

}  // namespace
}  // namespace millrace
