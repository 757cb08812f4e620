// The test names, read in order, specify SplitWatermarks.
#include "worker/task/split_watermarks.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Outcome = SplitWatermarks::Outcome;

EventTime At(int64_t millis) { return EventTime(millis); }
Outcome Emits(int64_t millis) { return {.watermark = At(millis)}; }
absl::Duration Sec(int64_t seconds) { return absl::Seconds(seconds); }

constexpr SplitStatus kBehind = {.finished = false, .caught_up = false};
constexpr SplitStatus kCaughtUp = {.finished = false, .caught_up = true};
constexpr SplitStatus kFinished = {.finished = true, .caught_up = true};

TEST(SplitWatermarksTest, TheTasksWatermarkIsTheMinimumOverItsSplits) {
  SplitWatermarks watermarks(2, absl::ZeroDuration());
  watermarks.OnRecords(0, At(10), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind, kBehind}, Sec(1)), Outcome{})
      << "split 1 has said nothing yet";
  watermarks.OnRecords(1, At(4), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind, kBehind}, Sec(1)), Emits(4));
}

TEST(SplitWatermarksTest, ARecordThatIsLateInItsSplitMovesNothing) {
  SplitWatermarks watermarks(1, absl::ZeroDuration());
  watermarks.OnRecords(0, At(10), Sec(1));
  watermarks.Update({kBehind}, Sec(1));
  watermarks.OnRecords(0, At(3), Sec(2));
  EXPECT_EQ(watermarks.Update({kBehind}, Sec(2)), Outcome{});
}

TEST(SplitWatermarksTest, WithoutAnIdleTimeoutASilentSplitHoldsTheWatermarkForEver) {
  SplitWatermarks watermarks(2, absl::ZeroDuration());
  watermarks.OnRecords(0, At(10), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind, kCaughtUp}, Sec(100'000)), Outcome{});
}

TEST(SplitWatermarksTest, ASplitIsIdleOnlyAfterTheTimeout) {
  SplitWatermarks watermarks(2, Sec(5));
  watermarks.Update({kBehind, kCaughtUp}, Sec(0));
  watermarks.OnRecords(0, At(10), Sec(4));
  EXPECT_EQ(watermarks.Update({kBehind, kCaughtUp}, Sec(4)), Outcome{});
  EXPECT_EQ(watermarks.Update({kBehind, kCaughtUp}, Sec(5)), Emits(10));
}

TEST(SplitWatermarksTest, ASplitThatIsNotProvenCaughtUpIsNeverIdle) {
  SplitWatermarks watermarks(2, Sec(5));
  watermarks.Update({kBehind, kBehind}, Sec(0));
  watermarks.OnRecords(0, At(10), Sec(60));
  EXPECT_EQ(watermarks.Update({kBehind, kBehind}, Sec(60)), Outcome{})
      << "its records may be on their way";
}

TEST(SplitWatermarksTest, WhenAllSplitsAreIdleTheTaskIsIdleAndActiveAgainWithTheNextRecord) {
  SplitWatermarks watermarks(1, Sec(5));
  watermarks.OnRecords(0, At(10), Sec(0));
  watermarks.Update({kCaughtUp}, Sec(0));
  EXPECT_EQ(watermarks.Update({kCaughtUp}, Sec(5)), (Outcome{.idle = true}));
  watermarks.OnRecords(0, At(20), Sec(9));
  EXPECT_EQ(watermarks.Update({kCaughtUp}, Sec(9)), (Outcome{.watermark = At(20), .idle = false}));
}

TEST(SplitWatermarksTest, TheSlowestSplitIsTheOneThatHoldsTheWatermarkBack) {
  SplitWatermarks watermarks(3, Sec(5));
  EXPECT_EQ(watermarks.slowest(), std::nullopt);
  watermarks.OnRecords(0, At(10), Sec(0));
  watermarks.OnRecords(1, At(4), Sec(0));
  watermarks.OnRecords(2, At(4), Sec(0));
  watermarks.Update({kBehind, kBehind, kBehind}, Sec(0));
  EXPECT_EQ(watermarks.slowest(), 1) << "of several the first";
  watermarks.Update({kBehind, kCaughtUp, kFinished}, Sec(5));
  EXPECT_EQ(watermarks.slowest(), 0) << "the others are idle, or at their end";
  watermarks.Update({kFinished, kFinished, kFinished}, Sec(5));
  EXPECT_EQ(watermarks.slowest(), std::nullopt);
}

TEST(SplitWatermarksTest, AFinishedSplitHoldsNothingBack) {
  SplitWatermarks watermarks(2, absl::ZeroDuration());
  watermarks.OnRecords(0, At(10), Sec(1));
  watermarks.OnRecords(1, At(2), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind, kFinished}, Sec(1)), Emits(10));
}

TEST(SplitWatermarksTest, OnlyWhenAllSplitsHaveFinishedIsTheWatermarkTheEndOfTime) {
  SplitWatermarks watermarks(2, absl::ZeroDuration());
  EXPECT_EQ(watermarks.Update({kFinished, kFinished}, Sec(1)),
            (Outcome{.watermark = EventTime::Max()}));
}

TEST(SplitWatermarksTest, ATaskWithoutSplitsIsIdleAtOnce) {
  SplitWatermarks watermarks(0, absl::ZeroDuration());
  EXPECT_EQ(watermarks.Update({}, Sec(0)), (Outcome{.idle = true}));
}

TEST(SplitWatermarksTest, AfterARestoreTheWatermarkDoesNotGoBack) {
  SplitWatermarks watermarks(1, absl::ZeroDuration());
  watermarks.RestoreOutput(At(10));
  watermarks.Restore(0, At(10));
  watermarks.OnRecords(0, At(8), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind}, Sec(1)), Outcome{});
  watermarks.OnRecords(0, At(11), Sec(1));
  EXPECT_EQ(watermarks.Update({kBehind}, Sec(1)), Emits(11));
}

}  // namespace
}  // namespace millrace
