// Drives the core of a slot in few words, for its tests.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/unit/worker/sink/staged/segments.h"
#include "worker/sink/staged/slot_core.h"

namespace millrace {

inline SlotStart FirstStart() { return {.slot = kSlot}; }
inline SlotStart Restored(int64_t published, int64_t restored, std::vector<SegmentRef> segments) {
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
  void NotCommitted(const absl::Status& error = absl::UnavailableError("broker down")) {
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
  absl::Duration now_ = absl::Seconds(1000);
  Marker last_;
  std::optional<Marker> marker_;
};

}  // namespace millrace
