// The protocol of one slot, case by case: the normal course, faults, refreshing. How it starts is
// in slot_recovery_test.cc, what it comes to under any faults in slot_model_test.cc.

#include "worker/sink/staged/slot_core.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "tests/harness/status_matchers.h"
#include "tests/unit/worker/sink/staged/slot_driver.h"

namespace millrace {
namespace {

using absl::Milliseconds;
using absl::Seconds;
using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const absl::Status kDown = absl::UnavailableError("broker down");

// The normal course

TEST(SlotCoreTest, FencesAndReadsTheMarkerBeforeAnythingElse) {
  Slot slot(FirstStart());
  EXPECT_FALSE(slot->settled());
  EXPECT_EQ(slot.Next(), "fence");
  slot.Fenced();
  EXPECT_FALSE(slot->settled());
  EXPECT_EQ(slot.Next(), "read");
  slot.Found(std::nullopt);
  EXPECT_TRUE(slot->settled());
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot.Next(), "");
  EXPECT_EQ(slot.wait(), absl::InfiniteDuration());
}

TEST(SlotCoreTest, PublishesAnEpochOnceItIsDurable) {
  Slot slot(FirstStart());
  slot.Meet(std::nullopt);
  slot.Seal(3, 5);
  EXPECT_EQ(slot.Next(), "");
  slot.Durable(3);
  EXPECT_FALSE(slot->idle());
  EXPECT_EQ(slot.Next(), "publish 3 as 3 after 0");
  EXPECT_EQ(slot.tried(), MarkerOf(0, {SegmentOf(3, 5)}));
  slot.Committed();
  EXPECT_TRUE(slot->idle());
  EXPECT_EQ(slot->published_through(), Epoch(3));
  EXPECT_EQ(slot.waiting(), "");
}

TEST(SlotCoreTest, TheNextInstanceIsMadeReadyAtOnce) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Seal(2);
  slot.Durable(2);
  EXPECT_EQ(slot.Next(), "publish 2 as 2 after 1");
}

TEST(SlotCoreTest, AllDurableSegmentsGoInOneTransactionAndNoOthers) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Seal(3, 10);
  slot.Seal(4, 20);  // Aborted: its rows go out with the next durable one.
  slot.Seal(6, 30);
  slot.Durable(5);
  EXPECT_EQ(slot.Next(), "publish 3 4 as 4 after 1");
  EXPECT_EQ(slot.tried().records, 30);
  slot.Committed();
  EXPECT_EQ(slot.waiting(), "6");
}

TEST(SlotCoreTest, AnEpochWithoutRowsPublishesNothing) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Durable(2);
  EXPECT_EQ(slot.Next(), "");
  EXPECT_EQ(slot->published_through(), Epoch(1));
}

TEST(SlotCoreTest, AnOlderTermHasNoSay) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Seal(2);
  slot.Seal(3);
  slot.Durable(2, 5);
  slot.Durable(3, 4);
  EXPECT_EQ(slot.Next(), "publish 2 as 2 after 1");
}

TEST(SlotCoreTest, OnlyDurableEpochsThatWaitHoldRowsBack) {
  Slot slot(FirstStart(), {.max_waiting = 2});
  slot.Meet(std::nullopt);
  for (int64_t epoch = 1; epoch <= 9; ++epoch) slot.Seal(epoch);
  EXPECT_TRUE(slot->accepts());
  slot.Durable(1);
  EXPECT_TRUE(slot->accepts());
  slot.Durable(2);
  EXPECT_FALSE(slot->accepts());
  slot.Next();
  slot.Committed();
  EXPECT_TRUE(slot->accepts());
}

// Faults

TEST(SlotFaultTest, AnUnknownOutcomeIsDecidedByTheMarker) {
  for (const bool published : {true, false}) {
    Slot slot(FirstStart());
    slot.PublishFirst(1);
    const Marker before = slot.tried();
    slot.Seal(2);
    slot.Durable(2);
    slot.Next();
    slot.NotCommitted();
    EXPECT_EQ(slot->published_through(), Epoch(1));
    slot.Pass(Seconds(1));
    slot.Meet(published ? slot.tried() : before);
    EXPECT_EQ(slot->published_through(), Epoch(published ? 2 : 1));
    EXPECT_EQ(slot.Next(), published ? "" : "publish 2 as 2 after 1");
  }
}

TEST(SlotFaultTest, ARetryTakesWhatHasBecomeDurableMeanwhile) {
  Slot slot(FirstStart());
  slot.Meet(std::nullopt);
  slot.Seal(1);
  slot.Durable(1);
  slot.Next();
  slot.NotCommitted();
  slot.Seal(2);
  slot.Durable(2);
  slot.Pass(Seconds(1));
  slot.Meet(std::nullopt);
  EXPECT_EQ(slot.Next(), "publish 1 2 as 2 after 0");
}

TEST(SlotFaultTest, WhatAnOlderAttemptPublishedOfTheSameSegmentsIsPublished) {
  // It was paused, went on, and fenced this one off before it met its own end.
  Slot slot(Restored(3, 8, {SegmentOf(5), SegmentOf(8)}));
  slot.Meet(RefreshedMarker(3));
  EXPECT_EQ(slot.Next(), "publish 5 8 as 8 after 3");
  slot.NotCommitted(absl::AbortedError("fenced"));
  slot.Pass(Seconds(1));
  slot.Meet(MarkerOf(3, {SegmentOf(5)}));
  EXPECT_EQ(slot.Next(), "publish 8 as 8 after 5");
}

TEST(SlotFaultTest, AnAttemptThatWasOvertakenStops) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Seal(2);
  slot.Durable(2);
  slot.Next();
  slot.NotCommitted(absl::AbortedError("fenced"));
  slot.Pass(Seconds(1));
  slot.Meet(MarkerOf(2, {SegmentOf(4)}));
  EXPECT_THAT(slot->stopped(), StatusIs(StatusCode::kFailedPrecondition,
                                        AllOf(HasSubstr("newer attempt"), HasSubstr("epoch 4"))));
}

TEST(SlotFaultTest, OtherRowsUnderTheSameEpochStop) {
  Slot slot(FirstStart());
  slot.PublishFirst(1);
  slot.Seal(2);
  slot.Durable(2);
  slot.Next();
  slot.NotCommitted();
  slot.Pass(Seconds(1));
  slot.Meet(MarkerOf(1, {SegmentOf(2, 9)}));
  EXPECT_THAT(slot->stopped(), StatusIs(StatusCode::kFailedPrecondition, HasSubstr("digest")));
}

TEST(SlotFaultTest, AMarkerThatVanishesWhileItRunsStops) {
  Slot slot(FirstStart());
  slot.Meet(std::nullopt);
  slot.Seal(1);
  slot.Durable(1);
  slot.Next();
  slot.Committed();
  slot.Meet(std::nullopt);
  EXPECT_THAT(slot->stopped(), StatusIs(StatusCode::kFailedPrecondition, HasSubstr("deleted")));
}

TEST(SlotFaultTest, ADamagedSegmentStops) {
  Slot slot(FirstStart());
  slot.Meet(std::nullopt);
  slot.Seal(1);
  slot.Durable(1);
  slot.Next();
  slot.NotCommitted(absl::DataLossError("frame 3 of segments/1"));
  EXPECT_THAT(slot->stopped(),
              StatusIs(StatusCode::kDataLoss, AllOf(HasSubstr(kSlot), HasSubstr("frame 3"))));
  EXPECT_EQ(slot.waiting(), "1");
}

TEST(SlotFaultTest, ErrorsThatNoRetryCuresStop) {
  Slot fencing(FirstStart());
  fencing.Next();
  fencing.Fenced(absl::PermissionDeniedError("transactional id"));
  EXPECT_THAT(fencing->stopped(), StatusIs(StatusCode::kPermissionDenied, HasSubstr(kSlot)));
  Slot reading(FirstStart());
  reading.Next();
  reading.Fenced();
  reading.Next();
  reading.Found(absl::DataLossError("no marker that Millrace wrote"));
  EXPECT_THAT(reading->stopped(), StatusIs(StatusCode::kDataLoss, HasSubstr("no marker")));
}

TEST(SlotFaultTest, AnOutageIsWaitedOutWithGrowingPausesAndNamed) {
  Slot slot(FirstStart(), {.retry_min = Milliseconds(100), .retry_max = Seconds(1)});
  EXPECT_THAT(slot->trouble(), IsEmpty());
  for (const int pause_ms : {100, 200, 400, 800, 1000, 1000, 1000}) {
    EXPECT_EQ(slot.Next(), "fence");
    slot.Fenced(kDown);
    EXPECT_EQ(slot.Next(), "");
    EXPECT_EQ(slot.wait(), Milliseconds(pause_ms));
    EXPECT_THAT(slot->trouble(), AllOf(HasSubstr(kSlot), HasSubstr("broker down")));
    slot.Pass(Milliseconds(pause_ms));
  }
  slot.Pass(absl::Hours(72));
  EXPECT_EQ(slot.Next(), "fence");
  slot.Fenced(kDown);
  EXPECT_THAT(slot->trouble(), AllOf(HasSubstr("8 times"), HasSubstr("72h")));
  slot.Pass(Seconds(1));
  slot.Meet(std::nullopt);
  EXPECT_THAT(slot->trouble(), IsEmpty());
  EXPECT_OK(slot->stopped());

  slot.Seal(1);
  slot.Durable(1);
  slot.Next();
  slot.NotCommitted();
  EXPECT_EQ(slot.wait(), Milliseconds(100)) << "success has reset the pause";
}

TEST(SlotFaultTest, AFenceThatWorksDoesNotHideThatPublishingFails) {
  Slot slot(FirstStart(), {.retry_min = Milliseconds(100)});
  slot.Meet(std::nullopt);
  slot.Seal(1);
  slot.Durable(1);
  for (const int pause_ms : {100, 200, 400}) {
    EXPECT_EQ(slot.Next(), "publish 1 as 1 after 0");
    slot.NotCommitted();
    EXPECT_EQ(slot.wait(), Milliseconds(pause_ms));
    slot.Pass(Milliseconds(pause_ms));
    slot.Meet(std::nullopt);
    EXPECT_THAT(slot->trouble(), HasSubstr("publish"));
  }
}

TEST(SlotFaultTest, AnInstanceThatCannotReadTheMarkerIsGivenUp) {
  Slot slot(FirstStart());
  slot.Next();
  slot.Fenced();
  slot.Next();
  slot.Found(kDown);
  slot.Pass(Seconds(1));
  slot.Meet(std::nullopt);
  EXPECT_TRUE(slot->settled());
}

// Refreshing

TEST(SlotRefreshTest, AMarkerThatNobodyWritesIsWrittenAgain) {
  Slot slot(FirstStart(), {.refresh = absl::Hours(24)});
  slot.PublishFirst(1);
  EXPECT_EQ(slot.wait(), absl::Hours(24));
  slot.Pass(absl::Hours(24) - Seconds(1));
  EXPECT_EQ(slot.Next(), "");
  slot.Pass(Seconds(1));
  EXPECT_EQ(slot.Next(), "publish as 1 after 1");
  EXPECT_EQ(slot.tried(), RefreshedMarker(1));
  slot.Committed();
  slot.MeetSame();
  EXPECT_EQ(slot.wait(), absl::Hours(24));
  EXPECT_EQ(slot->published_through(), Epoch(1));
}

TEST(SlotRefreshTest, RowsGoFirstAndRefreshItAsWell) {
  Slot slot(FirstStart(), {.refresh = absl::Hours(24)});
  slot.PublishFirst(1);
  slot.Pass(absl::Hours(24));
  slot.Seal(2);
  slot.Durable(2);
  EXPECT_EQ(slot.Next(), "publish 2 as 2 after 1");
}

TEST(SlotRefreshTest, ComesSoonerAfterAStartForTheMarkersAgeIsNotKnown) {
  Slot slot(Restored(3, 8, {}), {.refresh = absl::Hours(24), .first_refresh = absl::Minutes(10)});
  slot.Meet(RefreshedMarker(3));
  EXPECT_EQ(slot.wait(), absl::Minutes(10));
  slot.Pass(absl::Minutes(10));
  EXPECT_EQ(slot.Next(), "publish as 3 after 3");
}

TEST(SlotRefreshTest, ASlotThatNeverPublishedHasNothingToRefresh) {
  Slot slot(Restored(0, 8, {}));
  slot.Meet(std::nullopt);
  slot.Pass(absl::Hours(1000));
  EXPECT_EQ(slot.Next(), "");
}

}  // namespace
}  // namespace millrace
