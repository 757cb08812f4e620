#include "worker/sink/file/file_sink.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/serial_work.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/plan/option_reader.h"
#include "worker/sink/file/part_names.h"

namespace millrace {
namespace {

constexpr char kPendingState[] = "filesystem.pending";
constexpr size_t kWriteBytes = 1024 * 1024;
constexpr int64_t kBacklogBytesMax = 8 * 1024 * 1024;

// A sealed file that does not have its visible name yet.
struct PendingPart {
  std::string hidden;
  std::string visible;
  Epoch epoch;
  std::optional<int64_t> published_by;  // The piece of work that gives it the name.
};

// Gives a durable file its visible name. Doing it twice is doing it once.
absl::Status Publish(FileSystem& files, const std::string& folder, const PendingPart& part) {
  const std::string hidden = absl::StrCat(folder, "/", part.hidden);
  const std::string visible = absl::StrCat(folder, "/", part.visible);
  const absl::Status linked = files.Link(hidden, visible);
  if (absl::IsNotFound(linked)) {
    // It was durable before the checkpoint was, so it had its name. If that is gone too, a reader
    // took it away.
    if (absl::IsNotFound(files.Stat(visible).status())) {
      LOG_WARNING("a part file was published before and is gone",
                  {{"folder", folder}, {"file", part.visible}});
    }
    return absl::OkStatus();
  }
  if (!linked.ok() && !absl::IsAlreadyExists(linked)) return linked;
  return files.Remove(hidden);
}

class FileSink final : public Sink {
 public:
  FileSink(std::string table, std::string folder, std::unique_ptr<Encoder> encoder,
           FileSystem& files)
      : table_(std::move(table)),
        folder_(std::move(folder)),
        encoder_(std::move(encoder)),
        files_(files) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<Progress> Append(Batch batch) override;
  absl::StatusOr<Progress> Resume() override;
  absl::Status Seal(Epoch epoch) override;
  absl::StatusOr<bool> Flushed(Epoch epoch) override;
  void Snapshot(StateWriter& state) const override;
  absl::Status OnDurable(Epoch epoch, Term term) override;
  absl::Status Close() override { return At(work_->Drain()); }

 private:
  // The file of the epoch that is being written. Made by the first piece of work that writes to it.
  struct OpenPart {
    std::string hidden;
    std::unique_ptr<WritableFile> file;
  };

  absl::Status PublishRestored(const TaskContext& context, const StateReader& restored,
                               std::set<std::string>& kept);
  absl::Status RemoveLeftovers(const TaskContext& context, const std::set<std::string>& kept);
  void WriteBuffer();
  absl::Status At(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat("table ", table_, ": ", status.message()));
  }

  const std::string table_;
  const std::string folder_;
  const std::unique_ptr<Encoder> encoder_;
  FileSystem& files_;
  PartOwner owner_;
  Attempt attempt_;
  std::shared_ptr<SerialWork> work_;

  EncodedRecords records_;          // Scratch.
  std::string buffer_;              // Lines not yet handed to `work_`.
  std::shared_ptr<OpenPart> part_;  // Null: the epoch has no rows so far.
  int64_t next_number_ = 0;
  int64_t sealed_by_ = 0;  // The piece of work that makes the last seal durable.
  std::vector<PendingPart> pending_;
};

absl::Status FileSink::Open(const TaskContext& context, const StateReader* restored) {
  owner_ = {.job = context.job, .task = context.task};
  attempt_ = context.attempt;
  work_ = std::make_shared<SerialWork>(*context.io, context.wake);
  absl::Status status = files_.CreateDirectories(folder_);
  std::set<std::string> kept;
  if (status.ok() && restored != nullptr) status = PublishRestored(context, *restored, kept);
  if (status.ok()) status = RemoveLeftovers(context, kept);
  return At(status);
}

// What the checkpoint had sealed is durable with it. Former task i's files are those of task i
// modulo parallelism now.
absl::Status FileSink::PublishRestored(const TaskContext& context, const StateReader& restored,
                                       std::set<std::string>& kept) {
  const std::vector<std::string> before = restored.Get(kPendingState);
  for (size_t i = 0; i < before.size(); ++i) {
    for (const absl::string_view line : absl::StrSplit(before[i], '\n', absl::SkipEmpty())) {
      const std::vector<std::string> names = absl::StrSplit(line, ' ');
      if (names.size() != 2) {
        return absl::DataLossError("the names of part files in the checkpoint are damaged");
      }
      kept.insert(names[0]);
      if (static_cast<int32_t>(i % context.parallelism) != context.task.index) continue;
      RETURN_IF_ERROR(Publish(files_, folder_, {.hidden = names[0], .visible = names[1]}));
    }
  }
  return absl::OkStatus();
}

// What was written after the checkpoint, or without one, is written again.
absl::Status FileSink::RemoveLeftovers(const TaskContext& context,
                                       const std::set<std::string>& kept) {
  const absl::StatusOr<std::vector<FileInfo>> listed = files_.List(folder_);
  if (absl::IsNotFound(listed.status())) return absl::OkStatus();
  RETURN_IF_ERROR(listed.status());
  for (const FileInfo& info : *listed) {
    const std::optional<int32_t> task = TaskOfHiddenPart(info.name, owner_);
    if (!task.has_value() || *task % context.parallelism != context.task.index) continue;
    if (kept.contains(info.name)) continue;
    RETURN_IF_ERROR(files_.Remove(absl::StrCat(folder_, "/", info.name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Progress> FileSink::Append(Batch batch) {
  RETURN_IF_ERROR(At(encoder_->Encode(batch, records_)));
  for (int64_t i = 0; i < records_.size(); ++i) {
    buffer_ += records_.record(i);
    buffer_ += '\n';
  }
  if (buffer_.size() >= kWriteBytes) WriteBuffer();
  return Resume();
}

absl::StatusOr<Progress> FileSink::Resume() {
  RETURN_IF_ERROR(At(work_->status()));
  return work_->backlog_bytes() > kBacklogBytesMax ? Progress::kBlockedIo : Progress::kDone;
}

void FileSink::WriteBuffer() {
  if (buffer_.empty()) return;
  if (part_ == nullptr) {
    part_ = std::make_shared<OpenPart>();
    part_->hidden = HiddenPartName(owner_, attempt_, next_number_++);
  }
  const auto bytes = static_cast<int64_t>(buffer_.size());
  work_->Post(bytes,
              [&files = files_, folder = folder_, part = part_,
               lines = std::exchange(buffer_, "")]() -> absl::Status {
                if (part->file == nullptr) {
                  ASSIGN_OR_RETURN(part->file,
                                   files.NewFile(absl::StrCat(folder, "/", part->hidden)));
                }
                return part->file->Append(lines);
              });
}

absl::Status FileSink::Seal(Epoch epoch) {
  WriteBuffer();
  if (part_ == nullptr) return absl::OkStatus();
  pending_.push_back(
      {.hidden = part_->hidden, .visible = VisiblePartName(owner_, epoch), .epoch = epoch});
  sealed_by_ =
      work_->Post(0, [part = std::exchange(part_, nullptr)] { return part->file->Commit(); });
  return absl::OkStatus();
}

absl::StatusOr<bool> FileSink::Flushed(Epoch epoch) {
  RETURN_IF_ERROR(At(work_->status()));
  return work_->done() >= sealed_by_;
}

// Also parts whose publication is under way: if it failed, only the state would know of them.
void FileSink::Snapshot(StateWriter& state) const {
  // In this order: a piece that failed counts as done, and its failure is known then.
  const int64_t done = work_->done();
  const bool failed = !work_->status().ok();
  std::string lines;
  for (const PendingPart& part : pending_) {
    if (!failed && part.published_by.has_value() && done >= *part.published_by) continue;
    absl::StrAppend(&lines, part.hidden, " ", part.visible, "\n");
  }
  state.Put(kPendingState, std::move(lines));
}

absl::Status FileSink::OnDurable(Epoch epoch, Term term) {
  RETURN_IF_ERROR(At(work_->status()));
  std::erase_if(pending_, [&](const PendingPart& part) {
    return part.published_by.has_value() && work_->done() >= *part.published_by;
  });
  for (PendingPart& part : pending_) {
    if (part.epoch > epoch || part.published_by.has_value()) continue;
    part.published_by = work_->Post(
        0, [&files = files_, folder = folder_, part] { return Publish(files, folder, part); });
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> NewFileSink(const SinkSpec& spec,
                                                  std::unique_ptr<Encoder> encoder,
                                                  FileSystem& files) {
  const OptionReader options(spec.table);
  if (!spec.table.partition_keys.empty()) return options.NotBuilt("PARTITIONED BY");
  std::string path = options.Text("path", "");
  if (path.starts_with("file://")) path = path.substr(std::string("file://").size());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (!path.starts_with('/')) {
    return options.Wrong("path", "it must be an absolute path or a file:// URL");
  }
  return std::make_unique<FileSink>(spec.table.name, std::move(path), std::move(encoder), files);
}

}  // namespace millrace
