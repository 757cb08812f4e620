// The protocol of one slot. Pure: what has happened and the current time in, what to do next out.
// Not thread-safe. Source: design.md 9.4 and 9.5; research/reliability.md 2.4 (N5-N9, R2-R5).
//
//   unfenced --FenceSlot--> fenced --ReadSlotMarker--> ready --PublishSegments--> (any outcome)
//      ^                                                                              |
//      +------------------------------------------------------------------------------+
//   any --> stopped: the outside says what cannot be; a person must decide
//
// The marker is read after *every* fence, not only at the start: an instance of an older attempt
// that was paused (SIGSTOP, a long stall) fences the newer one when it goes on, and must then see
// that its rows are out already. Between that reading and the commit nobody else can have
// committed, for he would have had to fence, and then the commit fails.
//
// One thing is under way at a time. Next() says what; the caller does it, however long that takes,
// and tells how it ended. After a commit the next instance is fenced in at once, so that it is
// ready when the next epoch becomes durable.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "worker/sink/staged/marker.h"

namespace millrace {

// What a slot starts with.
struct SlotStart {
  std::string slot;
  Epoch published_through;  // As the checkpoint knows it; 0: never.
  Epoch restored;           // The checkpoint's epoch; 0: a first start.
  std::vector<SegmentRef>
      segments;  // Of the checkpoint, unpublished as far as it knows; oldest first.
  // Everything up to it is known to be published, whatever the marker says; 0: unknown. Then the
  // marker may be missing, unless something later waits that may have been published as well.
  // `restored` for a slot that the checkpoint does not name: it had been given up with nothing
  // left, and comes back (parallelism 2, 1, 2).
  Epoch settled;
  bool foreign = false;  // Of another lineage, which may have gone on: a marker ahead is fine.
};

// Make sure that no older instance of the slot can commit, and that what one had begun to commit is
// decided. Then OnFenced.
struct FenceSlot {};
// What the outside remembers. Then OnMarker.
struct ReadSlotMarker {};
// All records of these segments and the marker, in one transaction. Then OnPublished.
struct PublishSegments {
  std::vector<SegmentRef> segments;  // May be empty: the marker is only refreshed.
  Marker marker;
};

using SlotAction = std::variant<FenceSlot, ReadSlotMarker, PublishSegments>;

// How a transaction ended.
enum class PublishOutcome : uint8_t {
  kCommitted,
  kNotCommitted,  // As far as is known; after the next fence the marker tells.
};

struct SlotOptions {
  int32_t max_waiting = 2;  // Durable epochs with rows that wait for the outside.
  absl::Duration retry_min = absl::Milliseconds(100);
  absl::Duration retry_max = absl::Seconds(10);
  // The outside forgets markers that nobody writes (Kafka: after 7 days).
  absl::Duration refresh = absl::Hours(24);
  // The same after a start, when the marker's age is not known.
  absl::Duration first_refresh = absl::Minutes(10);
};

class SlotCore {
 public:
  SlotCore(SlotOptions options, SlotStart start);

  // A segment with rows was sealed. REQUIRES: epochs rise.
  void OnSealed(SegmentRef segment);
  // The checkpoint of `epoch` is committed. Older terms are ignored.
  void OnDurable(Epoch epoch, Term term);

  // What to do now; nothing: wait until news or until wake_at(). REQUIRES: what was returned before
  // has been answered.
  std::optional<SlotAction> Next(absl::Duration now);
  // When Next may have something to do although nothing happened.
  absl::Duration wake_at() const;

  // An error is retried with growing pauses, unless IsFinal says that retrying is no use.
  void OnFenced(const absl::Status& status, absl::Duration now);
  void OnMarker(const absl::StatusOr<std::optional<Marker>>& marker, absl::Duration now);
  // `error` says why, if it was not committed. kDataLoss: a segment is damaged, which stops the
  // slot.
  void OnPublished(PublishOutcome outcome, const absl::Status& error, absl::Duration now);

  // Why the slot has stopped for good; the task fails with it, and another attempt is no use.
  const absl::Status& stopped() const { return stopped_; }
  // What is in the way at the moment, for people; empty: nothing.
  const std::string& trouble() const { return trouble_; }

  // The fence and the marker of the start are done.
  bool settled() const { return settled_; }
  // Rows may be appended.
  bool accepts() const;
  // Everything durable is published, and there is nothing to settle.
  bool idle() const;
  // The last epoch that has a marker, for SlotState; 0: none. Take it together with unpublished(),
  // or after it: never before.
  Epoch published_through() const { return marked_; }
  // Sealed and not known to be published, oldest first.
  const std::deque<SegmentRef>& unpublished() const { return segments_; }

  // Errors that no retry cures: no permission, no such topic, and what stops the slot.
  static bool IsFinal(const absl::Status& status);

 private:
  enum class Phase : uint8_t { kUnfenced, kFenced, kReady };
  enum class Doing : uint8_t { kNothing, kFencing, kReadingMarker, kPublishing };

  // When there is something to publish: now, at the time of a refresh, or never as things are.
  absl::Duration publication_due() const;
  bool foreign_and_done() const;
  Epoch assumed() const;  // What `settled` says of the checkpoint's segments.
  size_t durable_segments() const;

  absl::Status Judge(const std::optional<Marker>& marker) const;
  absl::Status JudgeMissing() const;
  absl::Status JudgeSegments(const Marker& marker) const;
  void Settle(const std::optional<Marker>& marker, absl::Duration now);
  void DropPublished();
  PublishSegments MakePublication() const;

  void Failed(std::string_view doing, const absl::Status& error, absl::Duration now);
  void Succeeded();
  void Stop(absl::Status status);

  const SlotOptions options_;
  const SlotStart start_;
  Phase phase_ = Phase::kUnfenced;
  Doing doing_ = Doing::kNothing;
  bool settled_ = false;
  Epoch marked_;   // As far as is known, the epoch of the marker.
  Epoch covered_;  // Everything up to it is published. Not below marked_.
  Epoch durable_through_;
  Term term_;
  std::deque<SegmentRef> segments_;
  bool marker_owed_ = false;  // It says less than what is known to be published.
  Epoch publishing_;          // The marker's epoch of the transaction under way.
  absl::Duration refresh_at_ = absl::InfiniteDuration();

  absl::Duration not_before_ = -absl::InfiniteDuration();
  absl::Duration pause_ = absl::ZeroDuration();  // The last one; 0: nothing has failed.
  absl::Duration failing_since_;
  int64_t failures_ = 0;
  std::string trouble_;
  absl::Status stopped_;
};

}  // namespace millrace
