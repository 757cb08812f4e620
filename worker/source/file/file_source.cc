#include "worker/source/file/file_source.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/source/file/file_columns.h"
#include "worker/source/file/file_range.h"
#include "worker/source/file/line_chunk.h"

namespace millrace {
namespace {

constexpr char kPattern[] = "source.path.regex-pattern";
constexpr char kRangesState[] = "filesystem.ranges";
constexpr int64_t kChunkBytes = 1024 * 1024;
constexpr int64_t kLineBytesMax = 64 * 1024 * 1024;
constexpr int64_t kLineBytesUsual = 4096;  // The last line of a range runs into the next one.

struct ChunkRequest {
  FileRange range;
  int64_t position = 0;
  LineRules rules;
};

// Reads whole lines from `request.position` on. May block.
absl::StatusOr<LineChunk> ReadChunk(FileSystem& files, const ChunkRequest& request) {
  const FileRange& range = request.range;
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(range.path));
  if (info.bytes != range.file_bytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        range.path, " had ", range.file_bytes, " bytes when the job began and has ", info.bytes,
        " now: files must be complete before they are read. Write elsewhere and rename"));
  }
  const int64_t left_in_file = range.file_bytes - request.position;
  const int64_t left_in_range = range.end - request.position + kLineBytesUsual;
  for (int64_t bytes = std::min(kChunkBytes, left_in_range);; bytes *= 2) {
    bytes = std::min(bytes, left_in_file);
    ASSIGN_OR_RETURN(std::string text, files.ReadRange(range.path, request.position, bytes));
    LineChunk chunk(std::move(text), {.file_position = request.position,
                                      .lines_end = range.end,
                                      .at_end_of_file = bytes == left_in_file,
                                      .rules = request.rules});
    if (chunk.end_position() > request.position) return chunk;
    if (bytes >= kLineBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(range.path, ": the line at byte ", request.position, " is longer than ",
                       kLineBytesMax, " bytes. Is this a file of lines?"));
    }
  }
}

// One piece of a file, read ahead. Shared with the io executor.
class ReadAhead : public std::enable_shared_from_this<ReadAhead> {
 public:
  ReadAhead(FileSystem& files, Executor& io, std::function<void()> wake)
      : files_(files), io_(io), wake_(std::move(wake)) {}

  // REQUIRES: no request is under way.
  void Begin(ChunkRequest request) {
    io_.Post([self = shared_from_this(), request = std::move(request)] {
      absl::StatusOr<LineChunk> chunk = ReadChunk(self->files_, request);
      {
        absl::MutexLock lock(&self->mutex_);
        self->chunk_.emplace(std::move(chunk));
      }
      self->wake_();
    });
  }

  // What was read, once.
  std::optional<absl::StatusOr<LineChunk>> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(chunk_, std::nullopt);
  }

 private:
  FileSystem& files_;
  Executor& io_;
  const std::function<void()> wake_;
  absl::Mutex mutex_;
  std::optional<absl::StatusOr<LineChunk>> chunk_ ABSL_GUARDED_BY(mutex_);
};

struct FileSourceParts {
  std::string table;
  std::string path;
  LineRules rules;
  std::optional<JavaRegex> pattern;
  FileColumns columns;
};

class FileSource final : public Source {
 public:
  FileSource(FileSourceParts parts, FileSystem& files)
      : table_(std::move(parts.table)),
        path_(std::move(parts.path)),
        rules_(parts.rules),
        pattern_(std::move(parts.pattern)),
        columns_(std::move(parts.columns)),
        files_(files) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<SourcePoll> Poll(int64_t max_rows) override;
  const std::vector<std::string>& split_names() const override { return split_names_; }
  SplitStatus split_status(int split) const override {
    const bool finished = ranges_[static_cast<size_t>(split)].finished();
    return {.finished = finished, .lag_records = finished ? 0 : -1};
  }
  void Snapshot(StateWriter& state) const override {
    state.Put(kRangesState, EncodeRanges(ranges_));
  }

 private:
  absl::Status OpenRanges(const TaskContext& context, const StateReader* restored);
  // Begins to read the next piece, of the range whose turn it is; nothing if all were read.
  void BeginReading();
  absl::Status At(const absl::Status& status) const {
    return absl::Status(status.code(), absl::StrCat("table ", table_, ": ", status.message()));
  }

  const std::string table_;
  const std::string path_;
  const LineRules rules_;
  const std::optional<JavaRegex> pattern_;
  const FileColumns columns_;
  FileSystem& files_;

  std::vector<FileRange> ranges_;
  // Of columns_, per range; empty for one that was read before.
  std::vector<std::vector<std::shared_ptr<arrow::Scalar>>> values_;
  std::vector<std::string> split_names_;
  std::vector<int64_t> read_to_;  // Per range, ahead of its position.
  std::shared_ptr<ReadAhead> ahead_;
  std::optional<size_t> reading_;  // The range that is read ahead.
  size_t turn_ = 0;

  LineChunk chunk_;  // Being given out.
  size_t chunk_range_ = 0;
};

absl::Status FileSource::Open(const TaskContext& context, const StateReader* restored) {
  const absl::Status opened = OpenRanges(context, restored);
  if (!opened.ok()) return At(opened);
  for (const FileRange& range : ranges_) {
    split_names_.push_back(absl::StrCat(range.path, "@", range.begin));
    read_to_.push_back(range.position);
    if (columns_.empty()) continue;
    values_.emplace_back();
    if (range.finished()) continue;  // Its file may be gone.
    auto values = columns_.Of(files_, range.path);
    if (!values.ok()) return At(values.status());
    values_.back() = *std::move(values);
  }
  ahead_ = std::make_shared<ReadAhead>(files_, *context.io, context.wake);
  BeginReading();
  return absl::OkStatus();
}

absl::Status FileSource::OpenRanges(const TaskContext& context, const StateReader* restored) {
  const RangePlace place{.task_index = context.task.index, .parallelism = context.parallelism};
  std::vector<std::string> before;
  if (restored != nullptr) before = restored->Get(kRangesState);
  if (!before.empty()) {
    ASSIGN_OR_RETURN(ranges_, RestoredRanges(before, place));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(ranges_, FindRanges(files_,
                                       {.path = path_,
                                        .splits_files = !rules_.quote.has_value(),
                                        .pattern = pattern_.has_value() ? &*pattern_ : nullptr},
                                       place));
  for (FileRange& range : ranges_) RETURN_IF_ERROR(AlignToLine(files_, range));
  return absl::OkStatus();
}

void FileSource::BeginReading() {
  for (size_t tried = 0; tried < ranges_.size(); ++tried) {
    const size_t range = turn_;
    turn_ = (turn_ + 1) % ranges_.size();
    if (read_to_[range] >= ranges_[range].end) continue;
    reading_ = range;
    ahead_->Begin({.range = ranges_[range], .position = read_to_[range], .rules = rules_});
    return;
  }
}

absl::StatusOr<SourcePoll> FileSource::Poll(int64_t max_rows) {
  SourcePoll poll{.wait = SourceWait::kMore};
  if (chunk_.empty()) {
    if (!reading_.has_value()) return SourcePoll{.wait = SourceWait::kFinished};
    std::optional<absl::StatusOr<LineChunk>> read = ahead_->Take();
    if (!read.has_value()) return SourcePoll{.wait = SourceWait::kWait};
    if (!read->ok()) return At(read->status());
    chunk_ = **std::move(read);
    chunk_range_ = *std::exchange(reading_, std::nullopt);
    read_to_[chunk_range_] = chunk_.end_position();
    BeginReading();
  }
  if (!chunk_.empty()) {
    Slab slab = chunk_.Take(max_rows);
    if (!columns_.empty()) {
      ASSIGN_OR_RETURN(slab.columns, Repeated(values_[chunk_range_], slab.size()));
    }
    poll.data.push_back({.split = static_cast<int>(chunk_range_), .rows = std::move(slab)});
  }
  ranges_[chunk_range_].position = chunk_.taken_position();
  return poll;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> NewFileSource(const SourceSpec& spec, FileSystem& files,
                                                      LineRules rules) {
  const OptionReader options(spec.table);
  std::string path = options.Text("path", "");
  if (absl::StartsWith(path, "file://")) path = path.substr(std::string("file://").size());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (!path.starts_with('/')) {
    return options.Wrong("path", "it must be an absolute path or a file:// URL");
  }
  std::optional<JavaRegex> pattern;
  if (const auto text = options.Find(kPattern)) {
    absl::StatusOr<JavaRegex> compiled = JavaRegex::Compile(absl::StrCat("^(?:", *text, ")$"));
    if (!compiled.ok()) return options.Wrong(kPattern, compiled.status().message());
    pattern = *std::move(compiled);
  }
  ASSIGN_OR_RETURN(FileColumns columns, FileColumns::Create(spec.table, path));
  return std::make_unique<FileSource>(FileSourceParts{.table = spec.table.name,
                                                      .path = std::move(path),
                                                      .rules = rules,
                                                      .pattern = std::move(pattern),
                                                      .columns = std::move(columns)},
                                      files);
}

}  // namespace millrace
