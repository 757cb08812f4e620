#include "cli/checkpoint/checkpoint_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/checkpoint/json_text.h"
#include "common/checkpoint/manifest_ref.h"

namespace millrace {
namespace {

std::string TimeText(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", absl::FromUnixMillis(unix_ms),
                          absl::UTCTimeZone());
}

std::string JsonTime(int64_t unix_ms) {
  return JsonQuote(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone()));
}

std::string WatermarkText(EventTime watermark) {
  if (watermark == EventTime::Min()) return "none yet";
  if (watermark == EventTime::Max()) return "end";
  return TimeText(watermark.millis());
}

std::string JsonWatermark(EventTime watermark) {
  if (watermark == EventTime::Min()) return "null";
  if (watermark == EventTime::Max()) return "\"end\"";
  return JsonTime(watermark.millis());
}

int64_t SegmentsOf(const Manifest& manifest) {
  int64_t segments = 0;
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      segments += static_cast<int64_t>(snapshot.segments.size());
    }
  }
  return segments;
}

std::string RetainedText(const std::optional<bool>& retained) {
  if (!retained.has_value()) return "?";
  return *retained ? "yes" : "no";
}

// What the manifest's own graph calls a stage and an operator; empty if it does not know them.
std::string StageName(const JobGraph& graph, StageId stage) {
  const auto index = static_cast<size_t>(stage.value());
  return index < graph.stages.size() ? graph.stages[index].name : "";
}

std::string OperatorName(const JobGraph& graph, StageId stage, const std::string& state_id) {
  const auto index = static_cast<size_t>(stage.value());
  if (index >= graph.stages.size()) return "";
  for (const OperatorNode& node : graph.stages[index].operators) {
    if (node.state_id == state_id) return node.name;
  }
  return "";
}

std::string FileText(const FileRef& file) {
  return absl::StrFormat("%s  %d bytes at %d", file.path, file.bytes, file.offset);
}

JsonObject JsonFile(const FileRef& file) {
  JsonObject json;
  json.Text("path", file.path)
      .Number("offset", file.offset)
      .Number("bytes", file.bytes)
      .Text("crc32c", absl::StrCat(absl::Hex(file.crc32c, absl::kZeroPad8)));
  return json;
}

std::string KeyedText(const KeyedStateSnapshot& keyed) {
  std::string text = absl::StrFormat("    key groups %d to %d, layout %d\n", keyed.key_groups.begin,
                                     keyed.key_groups.end - 1, keyed.schema_version);
  for (size_t i = 0; i < keyed.snapshot.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "      list     " : "      table    ",
                    FileText(keyed.snapshot[i]), "\n");
  }
  for (const FileRef& file : keyed.deltas) {
    absl::StrAppend(&text, "      section  ", FileText(file), "\n");
  }
  return text;
}

std::string OperatorText(const Manifest& manifest, StageId stage,
                         const OperatorSnapshot& snapshot) {
  std::string text = absl::StrCat("  ", OperatorName(manifest.graph, stage, snapshot.state_id),
                                  "  [", snapshot.state_id, "]\n");
  for (const auto& [name, value] : snapshot.values) {
    absl::StrAppendFormat(&text, "    value %s  %d bytes\n", name, value.size());
  }
  for (const KeyedStateSnapshot& keyed : snapshot.keyed) absl::StrAppend(&text, KeyedText(keyed));
  for (const SegmentRef& segment : snapshot.segments) {
    absl::StrAppendFormat(&text, "    segment of epoch %d, %d records  %s\n", segment.epoch.value(),
                          segment.records, FileText(segment.file));
  }
  return text;
}

std::string KeyedJson(const KeyedStateSnapshot& keyed) {
  const auto files = [](const std::vector<FileRef>& refs) {
    std::vector<std::string> each;
    for (const FileRef& ref : refs) each.push_back(JsonFile(ref).End());
    return JsonArray(each);
  };
  return JsonObject()
      .Number("key_group_begin", keyed.key_groups.begin)
      .Number("key_group_end", keyed.key_groups.end)
      .Number("schema_version", keyed.schema_version)
      .Raw("tables", files(keyed.snapshot))
      .Raw("sections", files(keyed.deltas))
      .End();
}

std::string OperatorJson(const Manifest& manifest, StageId stage,
                         const OperatorSnapshot& snapshot) {
  std::vector<std::string> values;
  for (const auto& [name, value] : snapshot.values) {
    values.push_back(
        JsonObject().Text("name", name).Number("bytes", static_cast<int64_t>(value.size())).End());
  }
  std::vector<std::string> keyed;
  for (const KeyedStateSnapshot& each : snapshot.keyed) keyed.push_back(KeyedJson(each));
  std::vector<std::string> segments;
  for (const SegmentRef& segment : snapshot.segments) {
    segments.push_back(JsonFile(segment.file)
                           .Number("epoch", segment.epoch.value())
                           .Number("records", segment.records)
                           .End());
  }
  return JsonObject()
      .Text("state_id", snapshot.state_id)
      .Text("name", OperatorName(manifest.graph, stage, snapshot.state_id))
      .Raw("values", JsonArray(values))
      .Raw("keyed", JsonArray(keyed))
      .Raw("segments", JsonArray(segments))
      .End();
}

std::string TaskText(const Manifest& manifest, const TaskSnapshot& task) {
  std::string text = absl::StrFormat("\ntask %d/%d  %s%s\n", task.task.stage.value(),
                                     task.task.index, StageName(manifest.graph, task.task.stage),
                                     task.finished ? "  finished" : "");
  if (!task.input_watermarks.empty()) {
    absl::StrAppend(&text, "  watermarks ",
                    absl::StrJoin(task.input_watermarks, ", ",
                                  [](std::string* out, EventTime watermark) {
                                    out->append(WatermarkText(watermark));
                                  }),
                    "\n");
  }
  for (const OperatorSnapshot& snapshot : task.operators) {
    absl::StrAppend(&text, OperatorText(manifest, task.task.stage, snapshot));
  }
  return text;
}

std::string TaskJson(const Manifest& manifest, const TaskSnapshot& task) {
  std::vector<std::string> watermarks;
  for (const EventTime watermark : task.input_watermarks) {
    watermarks.push_back(JsonWatermark(watermark));
  }
  std::vector<std::string> operators;
  for (const OperatorSnapshot& snapshot : task.operators) {
    operators.push_back(OperatorJson(manifest, task.task.stage, snapshot));
  }
  return JsonObject()
      .Number("stage", task.task.stage.value())
      .Number("index", task.task.index)
      .Text("stage_name", StageName(manifest.graph, task.task.stage))
      .Raw("finished", task.finished ? "true" : "false")
      .Raw("watermarks", JsonArray(watermarks))
      .Raw("operators", JsonArray(operators))
      .End();
}

JsonObject JsonHead(const ManifestFile& file) {
  JsonObject json;
  json.Number("epoch", file.epoch.value()).Number("term", file.term.value());
  if (file.manifest.ok()) {
    const Manifest& manifest = *file.manifest;
    json.Number("attempt", manifest.attempt.value())
        .Number("parent", manifest.parent.value())
        .Raw("time", JsonTime(manifest.created_unix_ms))
        .Number("state_bytes", BytesOf(manifest))
        .Number("tasks", static_cast<int64_t>(manifest.tasks.size()))
        .Number("segments", SegmentsOf(manifest));
  }
  const char* const retained = file.retained.value_or(false) ? "true" : "false";
  return json.Raw("retained", file.retained.has_value() ? retained : "null")
      .Text("manifest", file.path)
      .Text("error", file.manifest.ok() ? "" : std::string(file.manifest.status().message()));
}

}  // namespace

std::string CheckpointTable(const std::vector<ManifestFile>& manifests) {
  std::string text = absl::StrFormat("%7s  %4s  %7s  %7s  %-23s  %13s  %5s  %8s  %8s  %s\n",
                                     "EPOCH", "TERM", "ATTEMPT", "PARENT", "TAKEN (UTC)",
                                     "STATE BYTES", "TASKS", "SEGMENTS", "RETAINED", "MANIFEST");
  for (const ManifestFile& file : manifests) {
    const std::string retained = RetainedText(file.retained);
    if (!file.manifest.ok()) {
      absl::StrAppendFormat(&text, "%7d  %4d  %-73s  %8s  %s: %s\n", file.epoch.value(),
                            file.term.value(), "cannot be read", retained, file.path,
                            file.manifest.status().message());
      continue;
    }
    const Manifest& manifest = *file.manifest;
    absl::StrAppendFormat(&text, "%7d  %4d  %7d  %7d  %-23s  %13d  %5d  %8d  %8s  %s\n",
                          file.epoch.value(), file.term.value(), manifest.attempt.value(),
                          manifest.parent.value(), TimeText(manifest.created_unix_ms),
                          BytesOf(manifest), manifest.tasks.size(), SegmentsOf(manifest), retained,
                          file.path);
  }
  return text;
}

std::string CheckpointTableJson(const std::vector<ManifestFile>& manifests) {
  std::vector<std::string> checkpoints;
  for (const ManifestFile& file : manifests) checkpoints.push_back(JsonHead(file).End());
  return absl::StrCat("{\"checkpoints\": [\n", absl::StrJoin(checkpoints, ",\n"), "\n]}\n");
}

std::string CheckpointDetails(const ManifestFile& file) {
  const Manifest& manifest = *file.manifest;
  std::string text = absl::StrFormat(
      "epoch       %d of job %s, %s%s\n"
      "taken       %s UTC, in term %d, attempt %d, after epoch %d\n"
      "lineage     %s\n"
      "manifest    %s, %d bytes; retained: %s\n"
      "state       %d bytes in %d files; %d segments wait to be published\n",
      manifest.epoch.value(), manifest.job.value(), manifest.graph.name,
      manifest.savepoint ? "; a savepoint" : "", TimeText(manifest.created_unix_ms),
      manifest.term.value(), manifest.attempt.value(), manifest.parent.value(), manifest.lineage,
      file.path, file.bytes, RetainedText(file.retained), BytesOf(manifest),
      FilesOf(manifest).size(), SegmentsOf(manifest));
  for (const TaskSnapshot& task : manifest.tasks) absl::StrAppend(&text, TaskText(manifest, task));
  return text;
}

std::string CheckpointDetailsJson(const ManifestFile& file) {
  const Manifest& manifest = *file.manifest;
  std::vector<std::string> tasks;
  for (const TaskSnapshot& task : manifest.tasks) tasks.push_back(TaskJson(manifest, task));
  return absl::StrCat(
      JsonHead(file)
          .Text("job", manifest.job.value())
          .Text("name", manifest.graph.name)
          .Text("lineage", manifest.lineage)
          .Raw("savepoint", manifest.savepoint ? "true" : "false")
          .Raw("task_snapshots", absl::StrCat("[\n", absl::StrJoin(tasks, ",\n"), "\n]"))
          .End(),
      "\n");
}

}  // namespace millrace
