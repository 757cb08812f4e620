#include "worker/sink/staged/slot_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/seeded_bug.h"

namespace millrace {
namespace {

// What a person can do once nobody can tell which rows are out.
constexpr char kRemedy[] =
    "Put the newest checkpoint back in place, or begin anew, with slots of its own, from a "
    "savepoint "
    "(`millrace job restore`) or as a new job that reads from where its tables say: rows that are "
    "out already may come once more then";

}  // namespace

SlotCore::SlotCore(SlotOptions options, SlotStart start)
    : options_(options),
      start_(std::move(start)),
      marked_(start_.published_through),
      covered_(marked_),
      durable_through_(start_.restored),
      segments_(start_.segments.begin(), start_.segments.end()) {
  // A snapshot may be taken while the slot publishes: what it knows as published comes second.
  DropPublished();
  // Nothing of it is left to publish, and what becomes of a foreign slot is no business of ours.
  settled_ = start_.foreign && (segments_.empty() || segments_.back().epoch <= assumed());
  if (settled_) segments_.clear();
}

void SlotCore::OnSealed(SegmentRef segment) {
  CHECK(segments_.empty() || segments_.back().epoch < segment.epoch);
  segments_.push_back(std::move(segment));
}

void SlotCore::OnDurable(Epoch epoch, Term term) {
  if (term < term_) return;
  term_ = term;
  durable_through_ = std::max(durable_through_, epoch);
}

std::optional<SlotAction> SlotCore::Next(absl::Duration now) {
  CHECK(doing_ == Doing::kNothing);
  if (!stopped_.ok() || foreign_and_done() || now < not_before_) return std::nullopt;
  switch (phase_) {
    case Phase::kUnfenced:
      doing_ = Doing::kFencing;
      return FenceSlot{};
    case Phase::kFenced:
      doing_ = Doing::kReadingMarker;
      return ReadSlotMarker{};
    case Phase::kReady:
      break;
  }
  if (now < publication_due()) return std::nullopt;
  doing_ = Doing::kPublishing;
  PublishSegments publication = MakePublication();
  publishing_ = publication.marker.epoch;
  return publication;
}

absl::Duration SlotCore::wake_at() const {
  if (!stopped_.ok() || foreign_and_done() || doing_ != Doing::kNothing) {
    return absl::InfiniteDuration();
  }
  return phase_ == Phase::kReady ? std::max(not_before_, publication_due()) : not_before_;
}

absl::Duration SlotCore::publication_due() const {
  return durable_segments() > 0 || marker_owed_ ? -absl::InfiniteDuration() : refresh_at_;
}

bool SlotCore::foreign_and_done() const { return start_.foreign && idle(); }

size_t SlotCore::durable_segments() const {
  const auto end =
      std::find_if(segments_.begin(), segments_.end(),
                   [this](const SegmentRef& segment) { return segment.epoch > durable_through_; });
  return static_cast<size_t>(end - segments_.begin());
}

PublishSegments SlotCore::MakePublication() const {
  PublishSegments publication;
  publication.segments.assign(segments_.begin(),
                              segments_.begin() + static_cast<std::ptrdiff_t>(durable_segments()));
  Marker& marker = publication.marker;
  marker.slot = start_.slot;
  marker.after = covered_;
  marker.epoch = publication.segments.empty() ? covered_ : publication.segments.back().epoch;
  for (const SegmentRef& segment : publication.segments) marker.records += segment.records;
  marker.digest = DigestOf(publication.segments);
  return publication;
}

void SlotCore::OnFenced(const absl::Status& status, absl::Duration now) {
  CHECK(doing_ == Doing::kFencing);
  doing_ = Doing::kNothing;
  if (!status.ok()) return Failed("become the slot's only writer", status, now);
  phase_ = Phase::kFenced;
}

void SlotCore::OnMarker(const absl::StatusOr<std::optional<Marker>>& marker, absl::Duration now) {
  CHECK(doing_ == Doing::kReadingMarker);
  doing_ = Doing::kNothing;
  if (!marker.ok()) return Failed("read what is published", marker.status(), now);
  if (absl::Status judgement = Judge(*marker); !judgement.ok()) return Stop(std::move(judgement));
  Settle(*marker, now);
  phase_ = Phase::kReady;
  if (durable_segments() == 0 && !marker_owed_) Succeeded();
}

void SlotCore::OnPublished(PublishOutcome outcome, const absl::Status& error, absl::Duration now) {
  CHECK(doing_ == Doing::kPublishing);
  doing_ = Doing::kNothing;
  // Each instance makes one transaction.
  if (!SeededBug("producer_reused")) phase_ = Phase::kUnfenced;
  if (outcome != PublishOutcome::kCommitted) return Failed("publish", error, now);
  marked_ = publishing_;
  covered_ = publishing_;
  marker_owed_ = false;
  refresh_at_ = now + options_.refresh;
  DropPublished();
  Succeeded();
}

absl::Status SlotCore::Judge(const std::optional<Marker>& marker) const {
  if (!marker.has_value()) return JudgeMissing();
  const int64_t epoch = marker->epoch.value();
  const std::string found =
      absl::StrCat("output slot ", start_.slot, ": the output says that epoch ", epoch,
                   " is published, and everything before it; ");
  const auto stop = [&found](const std::string& contradiction) {
    return absl::FailedPreconditionError(absl::StrCat(found, contradiction, ". ", kRemedy));
  };
  if (marker->slot != start_.slot) {
    return stop(absl::StrCat("but it says so of slot ", marker->slot,
                             ": somebody wrote under this slot's name"));
  }
  if (marker->epoch < marked_) {
    return stop(absl::StrCat("it is known that epoch ", marked_.value(),
                             " was published: the output was set back, and rows in between may "
                             "be lost there"));
  }
  // The epochs between were made again, or will be, and differently.
  const Epoch known = settled_ ? durable_through_ : start_.restored;
  if (marker->epoch > known && !start_.foreign) {
    if (known == Epoch(0)) {
      return stop(
          "this job starts for the first time and has published nothing: another job uses "
          "the slot's name");
    }
    return stop(absl::StrCat(
        settled_ ? "a newer attempt of the job goes on, or another job uses the slot's name: this "
                   "one knows no checkpoint after "
                 : "rows are out already that would be written twice: this job starts from "
                   "checkpoint ",
        known.value()));
  }
  if (marker->epoch > marked_ && marker->after < marked_) {
    return stop(absl::StrCat("its transaction began after epoch ", marker->after.value(),
                             " although epoch ", marked_.value(),
                             " was published by another one: rows are out twice"));
  }
  return JudgeSegments(*marker);
}

// That the marker speaks of the very segments that this slot has, as far as it can know them.
absl::Status SlotCore::JudgeSegments(const Marker& marker) const {
  const Epoch known = settled_ ? durable_through_ : start_.restored;
  const Epoch listed_after = settled_ ? marked_ : std::max(marked_, assumed());
  if (marker.after < listed_after || marker.epoch > known) return absl::OkStatus();
  std::vector<SegmentRef> expected;
  int64_t records = 0;
  for (const SegmentRef& segment : segments_) {
    if (segment.epoch <= marker.after || segment.epoch > marker.epoch) continue;
    expected.push_back(segment);
    records += segment.records;
  }
  const uint32_t digest = DigestOf(expected);
  if (digest == marker.digest && records == marker.records) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "output slot ", start_.slot, ": the output says that ", marker.records, " records of epochs ",
      marker.after.value() + 1, " to ", marker.epoch.value(), " with digest ",
      absl::Hex(marker.digest, absl::kZeroPad8), " are published; checkpoint ", known.value(),
      " has ", records, " with digest ", absl::Hex(digest, absl::kZeroPad8),
      " there: another job, or this one from another checkpoint, published in between. ", kRemedy));
}

Epoch SlotCore::assumed() const { return std::min(start_.settled, start_.restored); }

absl::Status SlotCore::JudgeMissing() const {
  const bool published =
      marked_ > Epoch(0) || (!segments_.empty() && segments_.front().epoch <= assumed());
  if (!published) return absl::OkStatus();
  // A later one may have been published as well, before the marker was lost.
  const bool in_doubt =
      std::any_of(segments_.begin(), segments_.end(), [this](const SegmentRef& segment) {
        return segment.epoch > assumed() && segment.epoch <= start_.restored;
      });
  if (!settled_ && assumed() > Epoch(0) && assumed() >= marked_ && !in_doubt) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "output slot ", start_.slot, ": epoch ", std::max(marked_, assumed()).value(),
      " was published, but the output remembers nothing of the slot, and this job was started from "
      "checkpoint ",
      start_.restored.value(),
      ". The output topic was deleted or made anew, or the broker forgot the slot's offset "
      "(offsets.retention.minutes, 7 days) while the job was down. ",
      kRemedy));
}

void SlotCore::Settle(const std::optional<Marker>& marker, absl::Duration now) {
  const bool lost = !marker.has_value() && marked_ > Epoch(0);
  marked_ = marker.has_value() ? marker->epoch : Epoch(0);
  if (!SeededBug("marker_not_compared")) covered_ = std::max(covered_, marked_);
  DropPublished();
  if (marked_ >= covered_) marker_owed_ = false;
  if (std::exchange(settled_, true)) return;

  const size_t left = segments_.size();
  covered_ = std::max(covered_, assumed());
  DropPublished();
  if (start_.foreign) return;
  // What only `settled` says the marker must say too: `settled` may not be known the next time.
  marker_owed_ = lost || segments_.size() < left;
  if (marker.has_value()) refresh_at_ = now + std::min(options_.refresh, options_.first_refresh);
}

void SlotCore::DropPublished() {
  while (!segments_.empty() && segments_.front().epoch <= covered_) segments_.pop_front();
}

void SlotCore::Failed(std::string_view doing, const absl::Status& error, absl::Duration now) {
  phase_ = Phase::kUnfenced;
  const std::string what = absl::StrCat("output slot ", start_.slot, ": cannot ", AbslView(doing),
                                        ": ", error.message());
  if (IsFinal(error)) return Stop(absl::Status(error.code(), what));
  if (failures_++ == 0) failing_since_ = now;
  pause_ = std::min(std::max(2 * pause_, options_.retry_min), options_.retry_max);
  not_before_ = now + pause_;
  trouble_ = what;
  if (failures_ == 1) return;
  absl::StrAppend(&trouble_, " (", failures_, " times, for ",
                  absl::FormatDuration(absl::Trunc(now - failing_since_, absl::Seconds(1))), ")");
}

void SlotCore::Succeeded() {
  pause_ = absl::ZeroDuration();
  failures_ = 0;
  trouble_.clear();
}

void SlotCore::Stop(absl::Status status) { stopped_ = std::move(status); }

bool SlotCore::accepts() const {
  return durable_segments() < static_cast<size_t>(std::max(options_.max_waiting, 1));
}

bool SlotCore::idle() const {
  return settled_ && doing_ != Doing::kPublishing && durable_segments() == 0 && !marker_owed_;
}

bool SlotCore::IsFinal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace millrace
