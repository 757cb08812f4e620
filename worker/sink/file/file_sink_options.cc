#include "worker/sink/file/file_sink_options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "common/plan/partition_path.h"
#include "worker/format/column/text_value.h"

namespace millrace {
namespace {

constexpr int64_t kFileBytes = int64_t{128} * 1024 * 1024;
constexpr int64_t kRolloverMs = int64_t{30} * 60 * 1000;

absl::StatusOr<std::string> ReadFolder(const OptionReader& options) {
  std::string path = options.Text("path", "");
  if (path.starts_with("file://")) path = path.substr(std::string("file://").size());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (!path.starts_with('/')) {
    return options.Wrong("path", "it must be an absolute path or a file:// URL");
  }
  return path;
}

absl::Status ReadColumns(const TableDescription& table, FileSinkOptions& sink) {
  for (const std::string& key : table.partition_keys) {
    const std::optional<int> column = table.schema.Find(key);
    if (!column.has_value() || !TextValues::Takes(table.schema.field(*column).type)) {
      return absl::InvalidArgumentError(
          absl::StrCat("table ", table.name, ": PARTITIONED BY needs columns of plain types, '",
                       key, "' is none"));
    }
    sink.partition_columns.push_back(*column);
  }
  for (int i = 0; i < table.schema.size(); ++i) {
    const auto& keys = sink.partition_columns;
    if (std::find(keys.begin(), keys.end(), i) == keys.end()) sink.line_columns.push_back(i);
  }
  if (!sink.line_columns.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("table ", table.name, ": PARTITIONED BY all columns leaves none for the files"));
}

absl::StatusOr<std::optional<PartitionCommitOptions>> ReadCommit(const TableDescription& table,
                                                                 const OptionReader& options) {
  const std::string kind_key = "sink.partition-commit.policy.kind";
  const std::string kind = absl::AsciiStrToLower(options.Text(kind_key, ""));
  if (kind.empty()) return std::nullopt;
  if (kind != "success-file") {
    return options.NotBuilt(absl::StrCat("'", kind_key, "' = '", kind, "'"));
  }
  if (table.partition_keys.empty()) {
    return options.Wrong(kind_key, "the table is not PARTITIONED BY anything");
  }
  PartitionCommitOptions commit;
  commit.success_file = options.Text("sink.partition-commit.success-file.name", "_SUCCESS");
  if (commit.success_file.empty() || commit.success_file.find('/') != std::string::npos) {
    return options.Wrong("sink.partition-commit.success-file.name", "it is no name of a file");
  }
  ASSIGN_OR_RETURN(const int64_t delay, options.DurationMs("sink.partition-commit.delay", 0));
  commit.delay = absl::Milliseconds(delay);
  const std::string trigger_key = "sink.partition-commit.trigger";
  const std::string trigger = absl::AsciiStrToLower(options.Text(trigger_key, "process-time"));
  if (trigger == "partition-time") {
    ASSIGN_OR_RETURN(commit.time, PartitionTime::Create(table));
  } else if (trigger != "process-time") {
    return options.Wrong(trigger_key, "it must be process-time or partition-time");
  }
  return commit;
}

}  // namespace

absl::StatusOr<FileSinkOptions> ReadFileSinkOptions(const TableDescription& table) {
  const OptionReader options(table);
  FileSinkOptions sink;
  ASSIGN_OR_RETURN(sink.folder, ReadFolder(options));
  sink.extension = absl::StrCat(".", options.Text("format", "json"));
  RETURN_IF_ERROR(ReadColumns(table, sink));
  sink.default_partition = options.Text("partition.default-name", kDefaultPartitionName);
  ASSIGN_OR_RETURN(sink.file_bytes, options.Bytes("sink.rolling-policy.file-size", kFileBytes));
  if (sink.file_bytes == 0) return options.Wrong("sink.rolling-policy.file-size", "it is zero");
  ASSIGN_OR_RETURN(const int64_t rollover,
                   options.DurationMs("sink.rolling-policy.rollover-interval", kRolloverMs));
  sink.rollover_interval = absl::Milliseconds(rollover);
  ASSIGN_OR_RETURN(const bool compacts, options.Boolean("auto-compaction", false));
  if (compacts) return options.NotBuilt("'auto-compaction'");
  ASSIGN_OR_RETURN(sink.commit, ReadCommit(table, options));
  return sink;
}

}  // namespace millrace
