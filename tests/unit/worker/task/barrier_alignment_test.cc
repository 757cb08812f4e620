// The test names, read in order, specify BarrierAlignment.
#include "worker/task/barrier_alignment.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Barrier Of(int64_t epoch) { return {.epoch = Epoch(epoch)}; }
Epoch EpochOf(const std::optional<Barrier>& barrier) {
  return barrier.has_value() ? barrier->epoch : Epoch(0);
}

TEST(BarrierAlignmentTest, WithOneChannelEveryBarrierIsAligned) {
  BarrierAlignment alignment(1);
  EXPECT_EQ(EpochOf(alignment.OnBarrier(0, Of(1))), Epoch(1));
  EXPECT_FALSE(alignment.blocked(0));
}

TEST(BarrierAlignmentTest, AChannelIsBlockedFromItsBarrierUntilTheLastOne) {
  BarrierAlignment alignment(3);
  EXPECT_FALSE(alignment.OnBarrier(0, Of(1)).has_value());
  EXPECT_FALSE(alignment.OnBarrier(2, Of(1)).has_value());
  EXPECT_TRUE(alignment.blocked(0));
  EXPECT_FALSE(alignment.blocked(1));
  EXPECT_TRUE(alignment.blocked(2));
  EXPECT_EQ(EpochOf(alignment.OnBarrier(1, Of(1))), Epoch(1));
  EXPECT_FALSE(alignment.blocked(0) || alignment.blocked(1) || alignment.blocked(2));
}

TEST(BarrierAlignmentTest, AFinalBarrierStaysFinal) {
  BarrierAlignment alignment(1);
  EXPECT_TRUE(alignment.OnBarrier(0, {.epoch = Epoch(4), .final = true})->final);
}

TEST(BarrierAlignmentTest, ABarrierOfAnEarlierEpochIsIgnored) {
  BarrierAlignment alignment(2);
  alignment.OnBarrier(0, Of(5));
  EXPECT_FALSE(alignment.OnBarrier(1, Of(4)).has_value());
  EXPECT_FALSE(alignment.blocked(1));
  EXPECT_EQ(EpochOf(alignment.OnBarrier(1, Of(5))), Epoch(5));
  EXPECT_FALSE(alignment.OnBarrier(0, Of(5)).has_value()) << "it is done";
}

TEST(BarrierAlignmentTest, ALaterEpochSubsumesTheOneUnderWay) {
  BarrierAlignment alignment(2);
  alignment.OnBarrier(0, Of(1));
  EXPECT_FALSE(alignment.OnBarrier(1, Of(2)).has_value());
  EXPECT_FALSE(alignment.blocked(0))
      << "epoch 1 is given up, channel 0 goes on to its barrier of epoch 2";
  EXPECT_TRUE(alignment.blocked(1));
  EXPECT_EQ(EpochOf(alignment.OnBarrier(0, Of(2))), Epoch(2));
}

TEST(BarrierAlignmentTest, ACancelledEpochUnblocksAndIsNotAlignedByLateBarriers) {
  BarrierAlignment alignment(2);
  alignment.OnBarrier(0, Of(1));
  EXPECT_TRUE(alignment.OnCancel(Epoch(1)));
  EXPECT_FALSE(alignment.blocked(0));
  EXPECT_FALSE(alignment.OnBarrier(1, Of(1)).has_value());
  EXPECT_FALSE(alignment.blocked(1));
}

TEST(BarrierAlignmentTest, ACancellationThatComesBeforeTheBarrierCounts) {
  BarrierAlignment alignment(1);
  EXPECT_TRUE(alignment.OnCancel(Epoch(3)));
  EXPECT_FALSE(alignment.OnCancel(Epoch(3))) << "no news";
  EXPECT_FALSE(alignment.OnBarrier(0, Of(3)).has_value());
  EXPECT_EQ(EpochOf(alignment.OnBarrier(0, Of(4))), Epoch(4));
}

TEST(BarrierAlignmentTest, CancellingAnEarlierEpochLeavesTheOneUnderWayAlone) {
  BarrierAlignment alignment(2);
  alignment.OnBarrier(0, Of(5));
  alignment.OnCancel(Epoch(4));
  EXPECT_TRUE(alignment.blocked(0));
  EXPECT_EQ(EpochOf(alignment.OnBarrier(1, Of(5))), Epoch(5));
}

TEST(BarrierAlignmentTest, TheEndOfAChannelCountsAsItsBarrier) {
  BarrierAlignment alignment(2);
  alignment.OnBarrier(0, Of(1));
  EXPECT_EQ(EpochOf(alignment.OnEnd(1)), Epoch(1));
  EXPECT_EQ(EpochOf(alignment.OnBarrier(0, Of(2))), Epoch(2)) << "and as those of all later epochs";
}

}  // namespace
}  // namespace millrace
