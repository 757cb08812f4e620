#include "worker/sink/staged/staged_sink.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/seeded_bug.h"
#include "common/base/serial_work.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/slot_publisher.h"

namespace millrace {
namespace {

// Frames are handed to the io executor in pieces of this size; so many bytes may wait for it.
constexpr int64_t kWriteBytes = 256 * 1024;
constexpr int64_t kBacklogBytesMax = 8 * 1024 * 1024;

// For what a former parallelism or another lineage has left to publish.
constexpr absl::Duration kAdoptionTimeout = absl::Seconds(60);

// What a former task's slot has left.
struct Legacy {
  SlotState state;
  std::vector<SegmentRef> segments;
};

// The segment file that is being written. Made by the first piece of work that writes to it.
struct OpenFile {
  std::unique_ptr<WritableFile> file;
};

class StagedSink final : public Sink {
 public:
  explicit StagedSink(StagedSinkParts parts) : parts_(std::move(parts)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<Progress> Append(Batch batch) override;
  absl::StatusOr<Progress> Resume() override;
  absl::Status Seal(Epoch epoch) override;
  absl::StatusOr<bool> Flushed(Epoch epoch) override;
  std::vector<SegmentRef> Segments() const override { return publisher_->unpublished(); }
  void Snapshot(StateWriter& state) const override;
  absl::Status OnDurable(Epoch epoch, Term term) override;
  absl::StatusOr<bool> Published() override;
  absl::Status Close() override { return At(work_->Drain()); }

 private:
  absl::StatusOr<std::vector<Legacy>> ReadLegacies(const StateReader* restored) const;
  absl::Status Adopt(const Legacy& legacy);
  absl::StatusOr<std::unique_ptr<SlotPublisher>> StartSlot(SlotStart start);
  // What the encoder has ready goes to the file.
  void WriteFrames(std::string frames);
  std::string PathOf(Epoch epoch) const;
  Progress HasRoom() const;
  absl::Status At(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(),
                        absl::StrCat("table ", parts_.table, ": ", status.message()));
  }

  StagedSinkParts parts_;
  TaskContext context_;
  std::string slot_;
  std::shared_ptr<SerialWork> work_;
  std::unique_ptr<SlotPublisher> publisher_;

  // The segment of the epoch that has not ended.
  std::unique_ptr<SegmentEncoder> encoder_;  // Null: it has no rows so far.
  std::shared_ptr<OpenFile> file_;
  uint32_t crc32c_ = 0;  // Of what was handed to the file.
  int64_t bytes_ = 0;
  Epoch last_epoch_;       // Sealed last.
  int64_t sealed_by_ = 0;  // The piece of work that makes the last seal durable.
};

absl::Status StagedSink::Open(const TaskContext& context, const StateReader* restored) {
  context_ = context;
  const CheckpointContext& checkpoint = context.checkpoint;
  last_epoch_ = checkpoint.restored;
  slot_ = SlotName(parts_.slot_prefix.empty() ? checkpoint.cluster_id : parts_.slot_prefix,
                   checkpoint.lineage, context.state_id, context.task.index);
  work_ = std::make_shared<SerialWork>(*context.io, context.wake);
  RETURN_IF_ERROR(
      At(parts_.files->CreateDirectories(absl::StrCat(checkpoint.folder, "/", kSegmentFolder))));
  absl::StatusOr<std::vector<Legacy>> legacies = ReadLegacies(restored);
  RETURN_IF_ERROR(At(legacies.status()));
  // A slot that the checkpoint does not name has nothing in it: whatever it published as part of
  // this lineage, before a time with fewer tasks, is behind the checkpoint.
  SlotStart start{.slot = slot_, .restored = checkpoint.restored, .settled = checkpoint.restored};
  for (size_t i = 0; i < legacies->size(); ++i) {
    Legacy& legacy = (*legacies)[i];
    if (legacy.state.slot == slot_) {
      start.published_through = legacy.state.published_through;
      start.settled = Epoch(0);
      start.segments = std::move(legacy.segments);
    } else if (static_cast<int32_t>(i % context.parallelism) == context.task.index) {
      RETURN_IF_ERROR(At(Adopt(legacy)));
    }
  }
  absl::StatusOr<std::unique_ptr<SlotPublisher>> publisher = StartSlot(std::move(start));
  RETURN_IF_ERROR(At(publisher.status()));
  publisher_ = *std::move(publisher);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Legacy>> StagedSink::ReadLegacies(const StateReader* restored) const {
  std::vector<Legacy> legacies;
  if (restored == nullptr) return legacies;
  const std::vector<std::string> states = restored->Get(kSlotState);
  std::vector<std::vector<SegmentRef>> segments = restored->Segments();
  if (states.size() != segments.size()) {
    return absl::DataLossError("the checkpoint does not say whose its staged rows are");
  }
  for (size_t i = 0; i < states.size(); ++i) {
    Legacy legacy;
    ASSIGN_OR_RETURN(legacy.state, DecodeSlotState(states[i]));
    for (SegmentRef& segment : segments[i]) {
      if (segment.epoch > legacy.state.published_through) {
        legacy.segments.push_back(std::move(segment));
      }
    }
    legacies.push_back(std::move(legacy));
  }
  return legacies;
}

// Before any task reads: what it publishes precedes all new rows.
absl::Status StagedSink::Adopt(const Legacy& legacy) {
  if (legacy.segments.empty()) return absl::OkStatus();
  const size_t index_at = slot_.rfind('.');
  const bool same_lineage = absl::StartsWith(legacy.state.slot, slot_.substr(0, index_at + 1));
  ASSIGN_OR_RETURN(const std::unique_ptr<SlotPublisher> publisher,
                   StartSlot({.slot = legacy.state.slot,
                              .published_through = legacy.state.published_through,
                              .restored = context_.checkpoint.restored,
                              .segments = legacy.segments,
                              .foreign = !same_lineage}));
  return publisher->WaitUntilSettled(kAdoptionTimeout);
}

absl::StatusOr<std::unique_ptr<SlotPublisher>> StagedSink::StartSlot(SlotStart start) {
  ASSIGN_OR_RETURN(std::unique_ptr<TransactionalOutput> output,
                   parts_.open_output(start.slot, context_));
  return std::make_unique<SlotPublisher>(
      SlotPublisher::Options{.start = std::move(start),
                             .target = parts_.target,
                             .checkpoint_folder = context_.checkpoint.folder,
                             .files = parts_.files,
                             .clock = context_.clock,
                             .on_news = context_.wake},
      std::move(output));
}

absl::StatusOr<Progress> StagedSink::Append(Batch batch) {
  if (encoder_ == nullptr) encoder_ = std::make_unique<SegmentEncoder>(slot_, parts_.target);
  RETURN_IF_ERROR(At(parts_.records->Make(
      batch, context_, [this](const StagedRecord& record) { return encoder_->Append(record); })));
  if (encoder_->buffered_bytes() >= kWriteBytes) WriteFrames(encoder_->Take());
  return HasRoom();
}

absl::StatusOr<Progress> StagedSink::Resume() {
  RETURN_IF_ERROR(At(work_->status()));
  return HasRoom();
}

Progress StagedSink::HasRoom() const {
  const bool room = publisher_->accepts() && work_->backlog_bytes() <= kBacklogBytesMax;
  return room ? Progress::kDone : Progress::kBlockedIo;
}

void StagedSink::WriteFrames(std::string frames) {
  if (frames.empty()) return;
  crc32c_ = Crc32c(frames, crc32c_);
  bytes_ += static_cast<int64_t>(frames.size());
  if (file_ == nullptr) file_ = std::make_shared<OpenFile>();
  const int64_t size = static_cast<int64_t>(frames.size());
  // Until the epoch is known the file goes by the one before.
  std::string path = absl::StrCat(context_.checkpoint.folder, "/", PathOf(last_epoch_));
  work_->Post(size,
              [files = parts_.files, file = file_, path = std::move(path),
               frames = std::move(frames)]() -> absl::Status {
                if (file->file == nullptr) {
                  ASSIGN_OR_RETURN(file->file, files->NewFile(path));
                }
                return file->file->Append(frames);
              });
}

// Relative to the checkpoint folder.
std::string StagedSink::PathOf(Epoch epoch) const {
  return SegmentPath({.epoch = epoch,
                      .term = context_.checkpoint.term,
                      .attempt = context_.attempt,
                      .worker = context_.checkpoint.worker},
                     context_.task, parts_.output);
}

absl::Status StagedSink::Seal(Epoch epoch) {
  last_epoch_ = epoch;
  if (encoder_ == nullptr || encoder_->records() == 0) return absl::OkStatus();
  const SegmentFooter footer = encoder_->Finish(epoch);
  WriteFrames(encoder_->Take(/*everything=*/true));
  const std::string path = PathOf(epoch);
  sealed_by_ = work_->Post(
      0, [file = std::move(file_), path = absl::StrCat(context_.checkpoint.folder, "/", path)] {
        return file->file->CommitAs(path);
      });
  publisher_->OnSealed({.epoch = epoch,
                        .file = {.path = path, .bytes = bytes_, .crc32c = crc32c_},
                        .records = footer.records});
  encoder_ = nullptr;
  file_ = nullptr;
  crc32c_ = 0;
  bytes_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> StagedSink::Flushed(Epoch epoch) {
  RETURN_IF_ERROR(At(work_->status()));
  const bool flushed = work_->done() >= sealed_by_;
  if (SeededBug("published_before_durable") && flushed) {
    publisher_->OnDurable(epoch, context_.checkpoint.term);
  }
  return flushed;
}

void StagedSink::Snapshot(StateWriter& state) const {
  state.Put(kSlotState,
            EncodeSlotState({.slot = slot_, .published_through = publisher_->published_through()}));
}

absl::Status StagedSink::OnDurable(Epoch epoch, Term term) {
  publisher_->OnDurable(epoch, term);
  return At(publisher_->status());
}

absl::StatusOr<bool> StagedSink::Published() {
  RETURN_IF_ERROR(At(publisher_->status()));
  return publisher_->idle();
}

}  // namespace

std::unique_ptr<Sink> NewStagedSink(StagedSinkParts parts) {
  return std::make_unique<StagedSink>(std::move(parts));
}

}  // namespace millrace
