// A job with one slot under random faults: attempts that crash at any step or go on as zombies, a
// broker that answers late or not at all, checkpoints that are aborted. The input is 1, 2, 3, ...;
// a checkpoint holds the position in it. So what is visible must at any time be 1 to n, and n the
// position of a checkpoint that is committed.
//
// A `Bug` is put in by the driver: SlotCore is told what the bug would make it believe. Each must
// lead to a violation, or the model proves nothing.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "tests/unit/worker/sink/staged/model_broker.h"
#include "tests/unit/worker/sink/staged/segments.h"
#include "worker/sink/staged/slot_core.h"

namespace millrace {

enum class Bug {
  kNone,
  kFenceSkipped,            // An instance is used again while its last request is under way.
  kMarkerReadBeforeFence,   // Somebody may commit in between.
  kMarkerSkipped,           // What the checkpoint knows is taken for what is published.
  kMarkerReadOnlyAtStart,   // Later fences trust what this attempt knows.
  kMarkerOnlyAfterDoubt,    // The same, but only after a commit that was answered.
  kPublishedBeforeDurable,  // Sealed is taken for durable.
  kUnknownIsCommitted,      // A commit without an answer is taken for one with.
};

struct ModelCounts {
  int transactions = 0;
  int without_answer = 0;
  int fenced_off = 0;
  int attempts = 0;
  int zombie_transactions = 0;
  int refused_old_checkpoints = 0;
  int aborted_checkpoints = 0;
};

class SlotModel {
 public:
  SlotModel(uint64_t seed, Bug bug) : random_(seed), bug_(bug) { StartAttempt(); }

  // What went wrong; empty: nothing.
  std::string Run() {
    for (int tick = 0; tick < 300 && violation_.empty(); ++tick) Tick();
    // Once more from the last checkpoint, then without faults: everything durable gets out.
    calm_ = true;
    if (Chance(2)) Crash();
    for (int tick = 0; tick < 3000 && violation_.empty() && !Done(); ++tick) CalmTick();
    if (violation_.empty() && !Done()) violation_ = "it never comes to rest";
    const auto expected = static_cast<size_t>(checkpoints_.back().position);
    if (violation_.empty() && broker_.visible().size() != expected) {
      violation_ =
          absl::StrCat(broker_.visible().size(), " rows are visible, ", expected, " are durable");
    }
    return violation_;
  }

  const ModelCounts& counts() const { return counts_; }

 private:
  struct Checkpoint {
    Epoch epoch;
    int position = 0;
    Epoch published_through;
    std::vector<SegmentRef> segments;
  };

  // One attempt's slot, with what carries out its actions.
  struct Instance {
    Instance(SlotOptions options, SlotStart start) : core(options, std::move(start)) {}
    SlotCore core;
    std::deque<Epoch> durable;  // News under way to it.
    int producer = 0;
    std::optional<SlotAction> doing;
    std::vector<int> rows;  // Of the transaction.
    size_t step = 0;        // Of the action.
    std::optional<Marker> early_marker;
    bool sure = false;  // The last transaction was committed.
  };

  bool Chance(uint32_t one_in) { return random_.Below(one_in) == 0; }
  bool Fault(uint32_t one_in) { return !calm_ && Chance(one_in); }

  void Tick() {
    now_ += absl::Milliseconds(random_.Below(400));
    if (std::exchange(crash_due_, false)) {
      EndCheckpoint();  // Paused, it hears of this only afterwards.
      return Crash();
    }
    switch (random_.Below(16)) {
      case 0:
        return SealEpoch();
      case 1:
        return EndCheckpoint();
      case 2:
        return Deliver(*current_);
      case 3:
        return broker_.DeliverLate(random_.Below(8)), Check();
      case 4:
        return Chance(6) ? Crash() : void();
      case 5:
        return Chance(8) ? broker_.Expire() : void();
      case 6:
        return Chance(6) ? TryOlderCheckpoint() : void();
      case 7:
      case 8:
      case 9:
        return zombies_.empty() ? void() : ZombieStep();
      default:
        return Step(*current_);
    }
  }

  void CalmTick() {
    now_ += absl::Milliseconds(random_.Below(400));
    if (pending_.has_value()) EndCheckpoint();
    broker_.DeliverLate(random_.Below(8));
    Deliver(*current_);
    if (!zombies_.empty() && Chance(2)) ZombieStep();
    Step(*current_);
    Check();
  }

  bool Done() const {
    return !pending_.has_value() && current_->durable.empty() && current_->core.idle() &&
           !current_->doing.has_value();
  }

  // The job

  std::unique_ptr<Instance> InstanceFrom(const Checkpoint& checkpoint) {
    SlotOptions options{.refresh = absl::Seconds(20), .first_refresh = absl::Seconds(5)};
    SlotStart start{.slot = kSlot,
                    .published_through = checkpoint.published_through,
                    .restored = checkpoint.epoch,
                    .segments = checkpoint.segments};
    return std::make_unique<Instance>(options, std::move(start));
  }

  void StartAttempt() {
    current_ = InstanceFrom(checkpoints_.back());
    position_ = checkpoints_.back().position;
    pending_.reset();
    ++counts_.attempts;
  }

  void Crash() {
    // Stopped by a signal and going on later, or dead.
    if (Chance(2)) zombies_.push_back(std::move(current_));
    if (zombies_.size() > 3) zombies_.erase(zombies_.begin());
    StartAttempt();
  }

  void SealEpoch() {
    if (pending_.has_value()) return;
    const Epoch epoch(next_epoch_++);
    std::vector<int> rows;
    if (current_->core.accepts()) {
      for (uint32_t left = random_.Below(4); left > 0; --left) rows.push_back(++position_);
    }
    if (!rows.empty()) {
      // Another attempt would not write the same bytes.
      current_->core.OnSealed(SegmentOf(epoch.value(), static_cast<int64_t>(rows.size()),
                                        static_cast<uint32_t>(random_.Next())));
      segments_[epoch] = std::move(rows);
    }
    const std::deque<SegmentRef>& unpublished = current_->core.unpublished();
    pending_ = Checkpoint{.epoch = epoch,
                          .position = position_,
                          .segments = {unpublished.begin(), unpublished.end()}};
    if (bug_ == Bug::kPublishedBeforeDurable) current_->core.OnDurable(epoch, Term(1));
  }

  void EndCheckpoint() {
    if (!pending_.has_value()) return;
    if (Fault(4)) {
      ++counts_.aborted_checkpoints;
      return pending_.reset();
    }
    pending_->published_through = current_->core.published_through();
    positions_.insert(pending_->position);
    current_->durable.push_back(pending_->epoch);
    checkpoints_.push_back(*std::exchange(pending_, std::nullopt));
  }

  void Deliver(Instance& instance) {
    if (instance.durable.empty()) return;
    instance.core.OnDurable(instance.durable.front(), Term(1));
    instance.durable.pop_front();
  }

  // Somebody starts the job from the checkpoint before, although rows after it are out.
  void TryOlderCheckpoint() {
    if (checkpoints_.size() < 2 || bug_ != Bug::kNone) return;
    const Checkpoint& older = checkpoints_[checkpoints_.size() - 2];
    if (!broker_.marker().has_value() || broker_.marker()->epoch <= older.epoch) return;
    const std::unique_ptr<Instance> instance = InstanceFrom(older);
    instance->core.Next(now_);
    broker_.Init();
    instance->core.OnFenced(absl::OkStatus(), now_);
    instance->core.Next(now_);
    instance->core.OnMarker(broker_.marker(), now_);
    if (instance->core.stopped().code() != absl::StatusCode::kFailedPrecondition) {
      violation_ = "a checkpoint older than the output was taken";
    }
    ++counts_.refused_old_checkpoints;
  }

  // What carries out the core's actions, a step at a time

  void ZombieStep() {
    Instance& zombie = *zombies_[random_.Below(static_cast<uint32_t>(zombies_.size()))];
    const int before = counts_.transactions;
    // Each goes on for a while: it does not know that it was paused.
    for (uint32_t steps = 1 + random_.Below(12); steps > 0; --steps) {
      if (Chance(4)) Deliver(zombie);
      Step(zombie);
    }
    counts_.zombie_transactions += counts_.transactions - before;
  }

  void Step(Instance& instance) {
    if (!instance.doing.has_value()) {
      instance.doing = instance.core.Next(now_);
      instance.step = 0;
      instance.rows.clear();
      if (&instance == current_.get() && !instance.core.stopped().ok()) {
        violation_ = std::string(instance.core.stopped().message());
      }
      return;
    }
    if (std::holds_alternative<FenceSlot>(*instance.doing)) {
      StepFence(instance);
    } else if (std::holds_alternative<ReadSlotMarker>(*instance.doing)) {
      instance.doing.reset();
      if (Fault(10)) return instance.core.OnMarker(kDown, now_);
      instance.core.OnMarker(MarkerAsRead(instance), now_);
    } else {
      StepPublish(instance, std::get<PublishSegments>(*instance.doing));
    }
    Check();
  }

  void StepFence(Instance& instance) {
    if (instance.step++ == 0) {
      instance.early_marker = broker_.marker();
      return;
    }
    instance.doing.reset();
    const bool lost = Fault(10);
    if (!lost || Chance(2)) {
      const bool skipped = bug_ == Bug::kFenceSkipped && instance.producer == broker_.producer();
      if (!skipped) instance.producer = broker_.Init();
    }
    instance.core.OnFenced(lost ? kDown : absl::OkStatus(), now_);
  }

  std::optional<Marker> MarkerAsRead(const Instance& instance) const {
    const bool not_read = bug_ == Bug::kMarkerSkipped ||
                          (bug_ == Bug::kMarkerReadOnlyAtStart && instance.core.settled()) ||
                          (bug_ == Bug::kMarkerOnlyAfterDoubt && instance.sure);
    if (not_read) {
      const Epoch known = instance.core.published_through();
      if (known == Epoch(0)) return std::nullopt;
      return RefreshedMarker(known.value());
    }
    return bug_ == Bug::kMarkerReadBeforeFence ? instance.early_marker : broker_.marker();
  }

  void StepPublish(Instance& instance, const PublishSegments& publication) {
    if (instance.step == 0) {
      for (const SegmentRef& segment : publication.segments) {
        const std::vector<int>& rows = segments_.at(segment.epoch);
        instance.rows.insert(instance.rows.end(), rows.begin(), rows.end());
      }
    }
    const size_t step = instance.step++;
    if (Fault(20)) {
      if (Chance(2)) broker_.Abort(instance.producer);
      return Published(instance, false);
    }
    if (step < instance.rows.size()) {
      if (!broker_.Produce(instance.producer, instance.rows[step])) FencedOff(instance);
    } else if (step == instance.rows.size()) {
      if (Fault(8)) broker_.SendLateMarker(instance.producer, publication.marker);
      if (!broker_.SetMarker(instance.producer, publication.marker)) FencedOff(instance);
    } else {
      Commit(instance);
    }
  }

  void Commit(Instance& instance) {
    ++counts_.transactions;
    const uint32_t fate = calm_ ? 9 : random_.Below(10);
    if (fate <= 2) {
      // Lost before the broker, lost after it, or late.
      ++counts_.without_answer;
      if (fate == 1) broker_.Commit(instance.producer);
      if (fate == 2) broker_.SendLateCommit(instance.producer);
      return Published(instance, bug_ == Bug::kUnknownIsCommitted);
    }
    if (fate == 3) broker_.SendLateCommit(instance.producer);  // Sent twice.
    if (!broker_.Commit(instance.producer)) return FencedOff(instance);
    Published(instance, true);
  }

  void FencedOff(Instance& instance) {
    ++counts_.fenced_off;
    Published(instance, false);
  }

  void Published(Instance& instance, bool committed) {
    instance.doing.reset();
    instance.sure = committed;
    crash_due_ = Fault(8);
    instance.core.OnPublished(
        committed ? PublishOutcome::kCommitted : PublishOutcome::kNotCommitted,
        committed ? absl::OkStatus() : kDown, now_);
  }

  void Check() {
    const std::vector<int>& visible = broker_.visible();
    for (size_t i = checked_; i < visible.size() && violation_.empty(); ++i) {
      if (visible[i] == static_cast<int>(i) + 1) continue;
      violation_ = absl::StrCat("row ", visible[i], " is visible where ", i + 1, " belongs");
    }
    checked_ = visible.size();
    if (violation_.empty() && !positions_.contains(static_cast<int>(visible.size()))) {
      violation_ = absl::StrCat("the ", visible.size(),
                                " visible rows end within an epoch, or in "
                                "one that is not durable");
    }
  }

  const absl::Status kDown = absl::UnavailableError("broker down");

  Random random_;
  const Bug bug_;
  bool calm_ = false;
  absl::Duration now_ = absl::Seconds(1);
  std::string violation_;
  size_t checked_ = 0;
  ModelCounts counts_;

  ModelBroker broker_;
  std::map<Epoch, std::vector<int>> segments_;
  std::vector<Checkpoint> checkpoints_ = {{}};
  std::set<int> positions_ = {0};  // Of committed checkpoints.
  int64_t next_epoch_ = 1;

  std::unique_ptr<Instance> current_;
  std::vector<std::unique_ptr<Instance>> zombies_;
  int position_ = 0;
  std::optional<Checkpoint> pending_;
  bool crash_due_ = false;
};

}  // namespace millrace
