// What a slot makes of the marker that it finds when it starts (reliability.md R3).

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>

#include "tests/harness/status_matchers.h"
#include "tests/unit/worker/sink/staged/slot_driver.h"

namespace millrace {
namespace {

using absl::Seconds;
using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;

TEST(SlotRecoveryTest, PublishesWhatTheMarkerLacks) {
  Slot slot(Restored(3, 8, {SegmentOf(5), SegmentOf(6), SegmentOf(8)}));
  slot.Meet(MarkerOf(3, {SegmentOf(5)}));
  EXPECT_FALSE(slot->idle());
  EXPECT_EQ(slot.Next(), "publish 6 8 as 8 after 5");
}

TEST(SlotRecoveryTest, PublishesEverythingIfTheMarkerIsTheOneKnown) {
  Slot slot(Restored(3, 8, {SegmentOf(5), SegmentOf(8)}));
  slot.Meet(MarkerOf(1, {SegmentOf(3)}));
  EXPECT_EQ(slot.Next(), "publish 5 8 as 8 after 3");
}

TEST(SlotRecoveryTest, PublishesNothingIfTheMarkerHasItAll) {
  Slot slot(Restored(3, 8, {SegmentOf(5), SegmentOf(8)}));
  slot.Meet(MarkerOf(3, {SegmentOf(5), SegmentOf(8)}));
  EXPECT_EQ(slot.Next(), "");
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot->published_through(), Epoch(8));
}

TEST(SlotRecoveryTest, AMarkerBelowTheCheckpointIsFineIfNothingLaterHadRows) {
  Slot slot(Restored(3, 8, {}));
  slot.Meet(MarkerOf(2, {SegmentOf(3)}));
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot->published_through(), Epoch(3));
}

TEST(SlotRecoveryTest, NeverPublishedAndNoMarkerPublishesTheCheckpoints) {
  Slot slot(Restored(0, 8, {SegmentOf(8)}));
  slot.Meet(std::nullopt);
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 0");
}

TEST(SlotRecoveryTest, SegmentsThatTheStateKnowsAsPublishedAreLeftOut) {
  // Snapshot's segments and state are taken one after the other while the slot goes on.
  Slot slot(Restored(5, 8, {SegmentOf(5), SegmentOf(8)}));
  slot.Meet(MarkerOf(3, {SegmentOf(5)}));
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 5");
}

TEST(SlotRecoveryTest, ARefreshedMarkerContradictsNothing) {
  Slot slot(Restored(5, 8, {SegmentOf(8)}));
  slot.Meet(RefreshedMarker(5));
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 5");
}

void ExpectStopped(SlotStart start, const std::optional<Marker>& marker,
                   const testing::Matcher<std::string>& message) {
  Slot slot(std::move(start));
  slot.Meet(marker);
  EXPECT_THAT(slot->stopped(),
              StatusIs(StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(kSlot), message, HasSubstr("as a new job"))));
  EXPECT_FALSE(slot->settled());
  EXPECT_EQ(slot.Next(), "");
  EXPECT_EQ(slot.wait(), absl::InfiniteDuration());
}

TEST(SlotRecoveryTest, AMarkerAheadOfTheCheckpointStops) {
  ExpectStopped(Restored(3, 8, {SegmentOf(8)}), MarkerOf(8, {SegmentOf(9)}),
                AllOf(HasSubstr("epoch 9"), HasSubstr("checkpoint 8")));
}

TEST(SlotRecoveryTest, AMarkerBehindWhatIsKnownStops) {
  ExpectStopped(Restored(5, 8, {}), MarkerOf(3, {SegmentOf(4)}),
                AllOf(HasSubstr("epoch 4"), HasSubstr("epoch 5"), HasSubstr("set back")));
}

TEST(SlotRecoveryTest, AMissingMarkerStopsASlotThatHasPublished) {
  ExpectStopped(Restored(5, 8, {}), std::nullopt,
                AllOf(HasSubstr("epoch 5"), HasSubstr("checkpoint 8"), HasSubstr("retention")));
}

TEST(SlotRecoveryTest, AMarkerStopsASlotThatHasNeverRun) {
  ExpectStopped(FirstStart(), MarkerOf(0, {SegmentOf(2)}),
                AllOf(HasSubstr("epoch 2"), HasSubstr("first time")));
}

TEST(SlotRecoveryTest, ACheckpointThatCompletesMeanwhileMakesNoMarkerPossible) {
  Slot slot(Restored(3, 8, {}));
  slot.Seal(9);
  slot.Durable(9);
  slot.Meet(MarkerOf(3, {SegmentOf(9)}));
  EXPECT_THAT(slot->stopped(),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("checkpoint 8")));
}

TEST(SlotRecoveryTest, AnotherSlotsMarkerStops) {
  Marker marker = MarkerOf(3, {SegmentOf(8)});
  marker.slot = "other";
  ExpectStopped(Restored(3, 8, {SegmentOf(8)}), marker, HasSubstr("slot other"));
}

TEST(SlotRecoveryTest, AMarkerOfOtherSegmentsStops) {
  ExpectStopped(Restored(3, 8, {SegmentOf(5), SegmentOf(8)}), MarkerOf(3, {SegmentOf(8)}),
                HasSubstr("digest"));
  ExpectStopped(Restored(3, 8, {SegmentOf(8)}), MarkerOf(3, {SegmentOf(8, 2)}),
                AllOf(HasSubstr("2 records"), HasSubstr("has 1")));
  ExpectStopped(Restored(3, 8, {SegmentOf(8, 1, 78)}), MarkerOf(3, {SegmentOf(8)}),
                HasSubstr("digest"));
}

TEST(SlotRecoveryTest, ATransactionAcrossAPublishedEpochStops) {
  ExpectStopped(Restored(5, 8, {SegmentOf(8)}), MarkerOf(3, {SegmentOf(5), SegmentOf(8)}),
                HasSubstr("twice"));
}

TEST(SlotRecoveryTest, RowsAreTakenWhileItIsNotSettledButNotForEver) {
  Slot slot(Restored(3, 8, {SegmentOf(8)}), {.max_waiting = 2});
  EXPECT_TRUE(slot->accepts());
  slot.Seal(9);
  slot.Durable(9);
  EXPECT_FALSE(slot->accepts());
  slot.Meet(MarkerOf(3, {SegmentOf(8)}));
  EXPECT_TRUE(slot->accepts());
  EXPECT_EQ(slot.Next(), "publish 9 as 9 after 8");
}

// Settled by what others know

SlotStart Settled(SlotStart start, int64_t settled) {
  start.settled = Epoch(settled);
  return start;
}

TEST(SlotSettledTest, AMissingMarkerIsFineAndIsWrittenAnew) {
  Slot slot(Settled(Restored(5, 8, {SegmentOf(7), SegmentOf(8)}), 8));
  slot.Meet(std::nullopt);
  EXPECT_OK(slot->stopped());
  EXPECT_EQ(slot.waiting(), "");
  EXPECT_FALSE(slot->idle());
  // What the next checkpoint may say until there is a marker.
  EXPECT_EQ(slot->published_through(), Epoch(0));
  EXPECT_EQ(slot.Next(), "publish as 8 after 8");
  slot.NotCommitted();
  slot.Pass(Seconds(1));
  slot.Meet(std::nullopt);
  EXPECT_EQ(slot.Next(), "publish as 8 after 8");
  slot.Committed();
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot->published_through(), Epoch(8));
}

TEST(SlotSettledTest, WhatCameLaterWithoutAMarkerIsInDoubt) {
  ExpectStopped(Settled(Restored(5, 8, {SegmentOf(7), SegmentOf(8)}), 7), std::nullopt,
                HasSubstr("epoch 7"));
}

TEST(SlotSettledTest, KnowingLessThanTheCheckpointIsNoExcuse) {
  ExpectStopped(Settled(Restored(5, 8, {}), 4), std::nullopt, HasSubstr("epoch 5"));
}

TEST(SlotSettledTest, AMarkerThatSaysLessIsBroughtUpToIt) {
  Slot slot(Settled(Restored(5, 8, {SegmentOf(7), SegmentOf(8)}), 7));
  slot.Meet(RefreshedMarker(5));
  EXPECT_EQ(slot.waiting(), "8");
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 7");
}

TEST(SlotSettledTest, AMarkerThatSaysAllIsLeftAlone) {
  Slot slot(Settled(Restored(5, 8, {}), 8));
  slot.Meet(RefreshedMarker(5));
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot.Next(), "");
  EXPECT_EQ(slot->published_through(), Epoch(5));
}

TEST(SlotSettledTest, ASlotThatComesBackAfterARescaleGoesOnBehindItsOldMarker) {
  // The checkpoint does not name it: parallelism was 2, then 1, and is 2 again.
  Slot slot(Settled(Restored(0, 8, {}), 8));
  slot.Meet(MarkerOf(2, {SegmentOf(3), SegmentOf(5)}));
  EXPECT_OK(slot->stopped());
  EXPECT_TRUE(slot->idle());
  slot.Seal(9);
  slot.Durable(9);
  EXPECT_EQ(slot.Next(), "publish 9 as 9 after 8");
  slot.NotCommitted();
  slot.Pass(Seconds(1));
  slot.Meet(slot.tried());
  EXPECT_OK(slot->stopped());
  EXPECT_EQ(slot->published_through(), Epoch(9));
}

TEST(SlotSettledTest, ASlotThatComesBackIsStillStoppedByAMarkerAhead) {
  ExpectStopped(Settled(Restored(0, 8, {}), 8), MarkerOf(8, {SegmentOf(9)}),
                HasSubstr("checkpoint 8"));
}

TEST(SlotSettledTest, NeverPublishedAtAllNeedsNoMarker) {
  Slot slot(Settled(Restored(0, 8, {SegmentOf(8)}), 7));
  slot.Meet(std::nullopt);
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 7");
}

// Slots of another lineage

SlotStart Foreign(SlotStart start) {
  start.foreign = true;
  return start;
}

TEST(SlotForeignTest, PublishesWhatTheMarkerLacksThenRests) {
  Slot slot(Foreign(Restored(3, 8, {SegmentOf(5), SegmentOf(8)})));
  slot.Meet(MarkerOf(3, {SegmentOf(5)}));
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 5");
  slot.Committed();
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot.Next(), "");
  slot.Pass(absl::Hours(100));
  EXPECT_EQ(slot.Next(), "") << "its own job keeps the marker fresh, or nobody needs it";
}

TEST(SlotForeignTest, AMarkerAheadMeansThatItsJobHasGoneOn) {
  Slot slot(Foreign(Restored(3, 8, {SegmentOf(8)})));
  slot.Meet(MarkerOf(8, {SegmentOf(12)}));
  EXPECT_OK(slot->stopped());
  EXPECT_TRUE(slot->settled());
  EXPECT_TRUE(slot->idle());
}

TEST(SlotForeignTest, OtherContradictionsStopAllTheSame) {
  ExpectStopped(Foreign(Restored(3, 8, {SegmentOf(8)})), std::nullopt, HasSubstr("epoch 3"));
  ExpectStopped(Foreign(Restored(3, 8, {SegmentOf(8)})), MarkerOf(1, {SegmentOf(2)}),
                HasSubstr("set back"));
  ExpectStopped(Foreign(Restored(3, 8, {SegmentOf(8)})), MarkerOf(3, {SegmentOf(8, 2)}),
                HasSubstr("digest"));
}

TEST(SlotForeignTest, WithNothingLeftToPublishItIsNotEvenFenced) {
  for (const SlotStart& start : {Restored(3, 8, {}), Settled(Restored(3, 8, {SegmentOf(8)}), 8)}) {
    Slot slot(Foreign(start));
    EXPECT_TRUE(slot->settled());
    EXPECT_TRUE(slot->idle());
    EXPECT_EQ(slot.Next(), "");
    EXPECT_EQ(slot.waiting(), "");
  }
}

}  // namespace
}  // namespace millrace
