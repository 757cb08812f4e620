// The protocol of one slot, case by case. What it comes to under faults is in slot_model_test.cc.

#include "worker/sink/staged/slot_core.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/worker/sink/staged/segments.h"

namespace millrace {
namespace {

using absl::Milliseconds;
using absl::Seconds;
using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const absl::Status kDown = absl::UnavailableError("broker down");

SlotStart FirstStart() { return {.slot = kSlot}; }
SlotStart Restored(int64_t published, int64_t restored, std::vector<SegmentRef> segments) {
  return {.slot = kSlot,
          .published_through = Epoch(published),
          .restored = Epoch(restored),
          .segments = std::move(segments)};
}

class Slot {
 public:
  explicit Slot(SlotStart start, SlotOptions options = {}) : core_(options, std::move(start)) {}

  SlotCore* operator->() { return &core_; }

  // What it wants done: "fence", "read", "publish 4 6 as 6 after 3", or "" for nothing.
  std::string Next() {
    const std::optional<SlotAction> action = core_.Next(now_);
    if (!action.has_value()) return "";
    if (std::holds_alternative<FenceSlot>(*action)) return "fence";
    if (std::holds_alternative<ReadSlotMarker>(*action)) return "read";
    const auto& publish = std::get<PublishSegments>(*action);
    last_ = publish.marker;
    std::string text = "publish";
    for (const SegmentRef& segment : publish.segments) {
      absl::StrAppend(&text, " ", segment.epoch.value());
    }
    return absl::StrCat(text, " as ", last_.epoch.value(), " after ", last_.after.value());
  }

  void Fenced(const absl::Status& status = absl::OkStatus()) { core_.OnFenced(status, now_); }
  void Found(const absl::StatusOr<std::optional<Marker>>& marker) { core_.OnMarker(marker, now_); }
  void Committed() {
    core_.OnPublished(PublishOutcome::kCommitted, absl::OkStatus(), now_);
    marker_ = last_;
  }
  void NotCommitted(const absl::Status& error = kDown) {
    core_.OnPublished(PublishOutcome::kNotCommitted, error, now_);
  }

  // Through the fence, to a marker.
  void Meet(const std::optional<Marker>& marker) {
    EXPECT_EQ(Next(), "fence");
    Fenced();
    EXPECT_EQ(Next(), "read");
    Found(marker);
  }
  // The same as it was left by Committed.
  void MeetSame() { Meet(marker_); }

  void Seal(int64_t epoch, int64_t records = 1) { core_.OnSealed(SegmentOf(epoch, records)); }
  void Durable(int64_t epoch, int64_t term = 1) { core_.OnDurable(Epoch(epoch), Term(term)); }
  // A running slot that has published `epoch` in its first transaction.
  void PublishFirst(int64_t epoch) {
    Meet(std::nullopt);
    Seal(epoch);
    Durable(epoch);
    Next();
    Committed();
    MeetSame();
  }

  void Pass(absl::Duration time) { now_ += time; }
  absl::Duration wait() { return core_.wake_at() - now_; }
  Marker tried() const { return last_; }

  std::string waiting() const {
    return absl::StrJoin(core_.unpublished(), " ", [](std::string* out, const SegmentRef& segment) {
      absl::StrAppend(out, segment.epoch.value());
    });
  }

 private:
  SlotCore core_;
  absl::Duration now_ = Seconds(1000);
  Marker last_;
  std::optional<Marker> marker_;
};

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

// Recovery (reliability.md R3)

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
                       AllOf(HasSubstr(kSlot), message, HasSubstr("millrace job restore"))));
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
