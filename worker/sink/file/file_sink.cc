#include "worker/sink/file/file_sink.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/serial_work.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "worker/sink/file/file_sink_options.h"
#include "worker/sink/file/part_names.h"
#include "worker/sink/file/partition_commits.h"
#include "worker/sink/file/published_parts.h"
#include "worker/sink/file/row_partitions.h"

namespace millrace {
namespace {

constexpr char kPendingState[] = "filesystem.pending";
constexpr char kSuccessState[] = "filesystem.success";        // To be written.
constexpr char kPartitionsState[] = "filesystem.partitions";  // Not complete yet.
constexpr int64_t kWriteBytes = 1024 * 1024;
constexpr int64_t kBuffersBytesMax = 4 * 1024 * 1024;  // Of all partitions together.
constexpr int64_t kBacklogBytesMax = 8 * 1024 * 1024;

std::string InFolder(const std::string& partition, const std::string& name) {
  return partition.empty() ? name : absl::StrCat(partition, "/", name);
}

class FileSink final : public Sink {
 public:
  FileSink(const TableDescription& table, FileSinkOptions options, std::unique_ptr<Encoder> encoder,
           FileSystem& files)
      : table_(table.name),
        options_(std::move(options)),
        encoder_(std::move(encoder)),
        files_(files),
        row_partitions_(table.schema, options_.partition_columns, options_.default_partition),
        write_bytes_(std::min(kWriteBytes, options_.file_bytes)) {
    if (options_.commit.has_value()) commits_.emplace(*options_.commit);
  }

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<Progress> Append(Batch batch) override;
  absl::StatusOr<Progress> Resume() override;
  void OnWatermark(EventTime watermark) override { watermark_ = watermark; }
  absl::Status Seal(Epoch epoch) override;
  absl::StatusOr<bool> Flushed(Epoch epoch) override;
  void Snapshot(StateWriter& state) const override;
  absl::Status OnDurable(Epoch epoch, Term term) override;
  absl::Status Close() override { return At(work_->Drain()); }

 private:
  // A file that is being written. Made by the first piece of work that writes to it.
  struct OpenPart {
    std::string hidden;
    std::unique_ptr<WritableFile> file;
  };
  // Of a partition in the epoch that has not ended.
  struct Folder {
    std::string buffer;              // Lines not yet handed to `work_`.
    std::shared_ptr<OpenPart> part;  // Null: there is none, or it has rolled over.
    int64_t part_bytes = 0;
    absl::Duration opened_at;
    std::vector<std::string> rolled;  // Hidden names of files that are complete.
  };

  absl::Status PublishRestored(const TaskContext& context, const StateReader& restored,
                               std::set<std::string>& kept);
  absl::Status RestorePartitions(const TaskContext& context, const StateReader& restored);
  absl::Status RemoveLeftovers(const TaskContext& context, const std::set<std::string>& kept);
  absl::Status AddLine(const std::string& partition, std::string_view line);
  void WriteBuffer(const std::string& partition, Folder& folder);
  void Roll(Folder& folder);
  absl::Status At(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat("table ", table_, ": ", status.message()));
  }

  const std::string table_;
  const FileSinkOptions options_;
  const std::unique_ptr<Encoder> encoder_;
  FileSystem& files_;
  RowPartitions row_partitions_;
  const int64_t write_bytes_;
  PartOwner owner_;
  Attempt attempt_;
  const Clock* clock_ = nullptr;
  std::shared_ptr<SerialWork> work_;
  EventTime watermark_ = EventTime::Min();

  EncodedRecords records_;                 // Scratch.
  std::map<std::string, Folder> folders_;  // By partition; without partitions one, named "".
  int64_t buffered_bytes_ = 0;
  int64_t next_number_ = 0;
  int64_t sealed_by_ = 0;  // The piece of work that makes the last seal durable.
  std::vector<PendingPart> pending_;
  std::optional<PartitionCommits> commits_;
  std::vector<PendingSuccess> successes_;
};

absl::Status FileSink::Open(const TaskContext& context, const StateReader* restored) {
  owner_ = {.job = context.job, .task = context.task};
  attempt_ = context.attempt;
  clock_ = context.clock;
  work_ = std::make_shared<SerialWork>(*context.io, context.wake);
  absl::Status status = files_.CreateDirectories(options_.folder);
  std::set<std::string> kept;
  if (status.ok() && restored != nullptr) status = PublishRestored(context, *restored, kept);
  if (status.ok() && restored != nullptr) status = RestorePartitions(context, *restored);
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
      ASSIGN_OR_RETURN(const PendingPart part, ParsePartLine({line.data(), line.size()}));
      kept.insert(part.hidden);
      if (static_cast<int32_t>(i % context.parallelism) != context.task.index) continue;
      RETURN_IF_ERROR(PublishPart(files_, options_.folder, part));
    }
  }
  return absl::OkStatus();
}

absl::Status FileSink::RestorePartitions(const TaskContext& context, const StateReader& restored) {
  const auto mine = [&](size_t i) {
    return static_cast<int32_t>(i % context.parallelism) == context.task.index;
  };
  const std::vector<std::string> successes = restored.Get(kSuccessState);
  for (size_t i = 0; i < successes.size(); ++i) {
    if (!mine(i)) continue;
    for (const absl::string_view file : absl::StrSplit(successes[i], '\n', absl::SkipEmpty())) {
      RETURN_IF_ERROR(PublishSuccess(files_, options_.folder, std::string(file)));
    }
  }
  const std::vector<std::string> partitions = restored.Get(kPartitionsState);
  for (size_t i = 0; commits_.has_value() && i < partitions.size(); ++i) {
    if (mine(i)) RETURN_IF_ERROR(commits_->Restore(partitions[i]));
  }
  return absl::OkStatus();
}

// What was written after the checkpoint, or without one, is written again.
absl::Status FileSink::RemoveLeftovers(const TaskContext& context,
                                       const std::set<std::string>& kept) {
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListTree(files_, options_.folder));
  for (const std::string& path : paths) {
    const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1: all of it.
    const std::optional<int32_t> task = TaskOfHiddenPart(name, owner_);
    if (!task.has_value() || *task % context.parallelism != context.task.index) continue;
    if (kept.contains(path)) continue;
    RETURN_IF_ERROR(files_.Remove(absl::StrCat(options_.folder, "/", path)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Progress> FileSink::Append(Batch batch) {
  Batch lines = batch;
  if (!options_.partition_columns.empty()) {
    ASSIGN_OR_RETURN(auto columns,
                     FromArrow(batch.columns()->SelectColumns(options_.line_columns)));
    lines = Batch(std::move(columns), batch.row_kinds());
  }
  RETURN_IF_ERROR(At(encoder_->Encode(lines, records_)));
  for (int64_t i = 0; i < records_.size(); ++i) {
    RETURN_IF_ERROR(AddLine(row_partitions_.PathOf(batch, i), records_.record(i)));
  }
  if (buffered_bytes_ >= kBuffersBytesMax) {
    for (auto& [partition, folder] : folders_) WriteBuffer(partition, folder);
  }
  return Resume();
}

absl::Status FileSink::AddLine(const std::string& partition, std::string_view line) {
  const auto [found, is_new] = folders_.try_emplace(partition);
  Folder& folder = found->second;
  if (is_new && commits_.has_value()) {
    RETURN_IF_ERROR(commits_->OnRows(partition, clock_->Wall()));
  }
  folder.buffer += line;
  folder.buffer += '\n';
  buffered_bytes_ += static_cast<int64_t>(line.size()) + 1;
  if (static_cast<int64_t>(folder.buffer.size()) >= write_bytes_) WriteBuffer(partition, folder);
  return absl::OkStatus();
}

absl::StatusOr<Progress> FileSink::Resume() {
  RETURN_IF_ERROR(At(work_->status()));
  return work_->backlog_bytes() > kBacklogBytesMax ? Progress::kBlockedIo : Progress::kDone;
}

void FileSink::WriteBuffer(const std::string& partition, Folder& folder) {
  if (folder.buffer.empty()) return;
  const absl::Duration now = clock_->Monotonic();
  if (folder.part == nullptr) {
    folder.part = std::make_shared<OpenPart>();
    folder.part->hidden = InFolder(partition, HiddenPartName(owner_, attempt_, next_number_++));
    folder.opened_at = now;
    folder.part_bytes = 0;
  }
  const auto bytes = static_cast<int64_t>(folder.buffer.size());
  folder.part_bytes += bytes;
  buffered_bytes_ -= bytes;
  work_->Post(
      bytes,
      [&files = files_, part = folder.part, in = absl::StrCat(options_.folder, "/", partition),
       root = options_.folder, lines = std::exchange(folder.buffer, "")]() -> absl::Status {
        if (part->file == nullptr) {
          RETURN_IF_ERROR(files.CreateDirectories(in));
          ASSIGN_OR_RETURN(part->file, files.NewFile(absl::StrCat(root, "/", part->hidden)));
        }
        return part->file->Append(lines);
      });
  if (folder.part_bytes >= options_.file_bytes ||
      now - folder.opened_at >= options_.rollover_interval) {
    Roll(folder);
  }
}

// Whatever comes now goes to another file.
void FileSink::Roll(Folder& folder) {
  if (folder.part == nullptr) return;
  folder.rolled.push_back(folder.part->hidden);
  sealed_by_ =
      work_->Post(0, [part = std::exchange(folder.part, nullptr)] { return part->file->Commit(); });
}

absl::Status FileSink::Seal(Epoch epoch) {
  for (auto& [partition, folder] : folders_) {
    WriteBuffer(partition, folder);
    Roll(folder);
    for (size_t i = 0; i < folder.rolled.size(); ++i) {
      const PartNumber number{.epoch = epoch, .number = static_cast<int64_t>(i)};
      pending_.push_back(
          {.hidden = folder.rolled[i],
           .visible = InFolder(partition, VisiblePartName(owner_, number, options_.extension)),
           .epoch = epoch});
    }
  }
  folders_.clear();
  if (!commits_.has_value()) return absl::OkStatus();
  for (const std::string& partition : commits_->TakeComplete(watermark_, clock_->Wall())) {
    successes_.push_back(
        {.file = InFolder(partition, options_.commit->success_file), .epoch = epoch});
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> FileSink::Flushed(Epoch epoch) {
  RETURN_IF_ERROR(At(work_->status()));
  return work_->done() >= sealed_by_;
}

// Also what is being published: if that failed, only the state would know of it.
void FileSink::Snapshot(StateWriter& state) const {
  // In this order: a piece that failed counts as done, and its failure is known then.
  const int64_t done = work_->done();
  const bool failed = !work_->status().ok();
  const auto is_published = [&](const std::optional<int64_t>& by) {
    return !failed && by.has_value() && done >= *by;
  };
  std::string lines;
  for (const PendingPart& part : pending_) {
    if (!is_published(part.published_by)) lines += PartLine(part);
  }
  state.Put(kPendingState, std::move(lines));
  if (!commits_.has_value()) return;
  std::string files;
  for (const PendingSuccess& success : successes_) {
    if (!is_published(success.published_by)) absl::StrAppend(&files, success.file, "\n");
  }
  state.Put(kSuccessState, std::move(files));
  state.Put(kPartitionsState, commits_->Encode());
}

absl::Status FileSink::OnDurable(Epoch epoch, Term term) {
  RETURN_IF_ERROR(At(work_->status()));
  const auto is_published = [&](const auto& item) {
    return item.published_by.has_value() && work_->done() >= *item.published_by;
  };
  std::erase_if(pending_, is_published);
  std::erase_if(successes_, is_published);
  for (PendingPart& part : pending_) {
    if (part.epoch > epoch || part.published_by.has_value()) continue;
    part.published_by = work_->Post(0, [&files = files_, folder = options_.folder, part] {
      return PublishPart(files, folder, part);
    });
  }
  // Behind the parts of their partitions.
  for (PendingSuccess& success : successes_) {
    if (success.epoch > epoch || success.published_by.has_value()) continue;
    success.published_by =
        work_->Post(0, [&files = files_, folder = options_.folder, file = success.file] {
          return PublishSuccess(files, folder, file);
        });
  }
  return absl::OkStatus();
}

}  // namespace

Schema FileLineSchema(const TableDescription& table) {
  std::vector<Field> fields;
  for (const Field& field : table.schema.fields()) {
    const auto& keys = table.partition_keys;
    if (std::find(keys.begin(), keys.end(), field.name) == keys.end()) fields.push_back(field);
  }
  return Schema(std::move(fields));
}

absl::StatusOr<std::unique_ptr<Sink>> NewFileSink(const SinkSpec& spec,
                                                  std::unique_ptr<Encoder> encoder,
                                                  FileSystem& files) {
  ASSIGN_OR_RETURN(FileSinkOptions options, ReadFileSinkOptions(spec.table));
  return std::make_unique<FileSink>(spec.table, std::move(options), std::move(encoder), files);
}

}  // namespace millrace
