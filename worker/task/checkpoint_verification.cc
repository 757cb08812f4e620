#include "worker/task/checkpoint_verification.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/file_check.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/segment_reader.h"
#include "worker/state/rocksdb_spill_store.h"
#include "worker/state/section_format.h"
#include "worker/state/table_list.h"
#include "worker/task/dead_letters.h"

namespace millrace {
namespace {

absl::Status CheckSection(std::string_view bytes, const std::string& state_id,
                          int32_t schema_version) {
  ASSIGN_OR_RETURN(StateTableOptions table, ReadSectionHeader(bytes));
  table.state_id = state_id;
  table.schema_version = schema_version;
  return ReadSection(bytes, table,
                     {.drop = [](int64_t) {},
                      .entry = [](int64_t, std::string_view, const char*, std::string_view) {}});
}

absl::Status CheckTableList(std::string_view bytes, size_t tables) {
  ASSIGN_OR_RETURN(const TableList list, DecodeTableList(bytes));
  if (list.numbers.size() == tables) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("it lists ", list.numbers.size(), " tables, the manifest names ", tables));
}

// Where the rows of a sink go, as its segments must say.
absl::StatusOr<std::string> TargetOf(const JobGraph& graph, const std::string& state_id) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      if (std::holds_alternative<SourceSpec>(node.spec)) {
        const std::string prefix = DeadLetterStatePrefix(node);
        if (state_id.starts_with(prefix)) return state_id.substr(prefix.size());
      }
      const auto* const sink = std::get_if<SinkSpec>(&node.spec);
      if (sink == nullptr || node.state_id != state_id) continue;
      const auto topic = sink->table.options.find("topic");
      if (topic != sink->table.options.end()) return topic->second;
    }
  }
  return absl::DataLossError("the manifest does not say which topic its rows are for");
}

absl::StatusOr<std::string> SlotOf(const OperatorSnapshot& sink) {
  const auto state = sink.values.find(kSlotState);
  if (state == sink.values.end()) {
    return absl::DataLossError("the manifest does not say whose its rows are");
  }
  ASSIGN_OR_RETURN(SlotState slot, DecodeSlotState(state->second));
  return std::move(slot.slot);
}

}  // namespace

CheckpointVerifier::CheckpointVerifier(FileSystem& files, std::string folder)
    : files_(files), folder_(std::move(folder)) {}

std::vector<FileFault> CheckpointVerifier::Verify(const Manifest& manifest) {
  faults_.clear();
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) VerifyKeyed(snapshot.state_id, keyed);
      VerifySegments(manifest, snapshot);
    }
  }
  std::vector<FileFault> faults;
  for (const auto& [path, status] : faults_) {
    faults.push_back(
        {.path = path, .missing = absl::IsNotFound(status), .what = std::string(status.message())});
  }
  return faults;
}

// `kind` tells what `check` depends on beside the file.
template <typename Check>
void CheckpointVerifier::CheckOnce(const FileRef& ref, const std::string& kind,
                                   const Check& check) {
  const auto [known, is_new] =
      checked_.try_emplace(Part(ref.path, ref.offset, ref.bytes, ref.crc32c, kind));
  if (is_new) {
    names_.insert(ref.path);
    bytes_ += ref.bytes;
    known->second = check();
  }
  if (!known->second.ok()) faults_.try_emplace(ref.path, known->second);
}

void CheckpointVerifier::VerifyKeyed(const std::string& state_id, const KeyedStateSnapshot& keyed) {
  for (size_t i = 0; i < keyed.snapshot.size(); ++i) {
    const FileRef& ref = keyed.snapshot[i];
    if (i == 0) {
      const size_t tables = keyed.snapshot.size() - 1;
      CheckOnce(ref, absl::StrCat("list of ", tables), [&]() -> absl::Status {
        RETURN_IF_ERROR(CheckWhole(files_, folder_, ref));
        ASSIGN_OR_RETURN(const std::string bytes, ReadPart(files_, folder_, ref));
        return CheckTableList(bytes, tables);
      });
    } else {
      CheckOnce(ref, "table", [&]() -> absl::Status {
        RETURN_IF_ERROR(CheckWhole(files_, folder_, ref));
        return VerifyRocksDbTable(absl::StrCat(folder_, "/", ref.path));
      });
    }
  }
  for (const FileRef& ref : keyed.deltas) {
    const std::string kind = absl::StrCat("section ", keyed.schema_version, " of ", state_id);
    CheckOnce(ref, kind, [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string bytes, ReadPart(files_, folder_, ref));
      const absl::Status read = CheckSection(bytes, state_id, keyed.schema_version);
      if (read.ok()) return read;
      return absl::Status(read.code(),
                          absl::StrCat("the section at ", ref.offset, ": ", read.message()));
    });
  }
}

void CheckpointVerifier::VerifySegments(const Manifest& manifest, const OperatorSnapshot& sink) {
  for (const SegmentRef& segment : sink.segments) {
    const std::string kind = absl::StrCat("epoch ", segment.epoch.value(), " of ", sink.state_id,
                                          ", ", segment.records, " records");
    CheckOnce(segment.file, kind, [&]() -> absl::Status {
      RETURN_IF_ERROR(CheckWhole(files_, folder_, segment.file));
      ASSIGN_OR_RETURN(const std::string slot, SlotOf(sink));
      ASSIGN_OR_RETURN(const std::string target, TargetOf(manifest.graph, sink.state_id));
      return ReadSegment(files_, folder_, segment, slot, target,
                         [](const StagedRecord&) { return absl::OkStatus(); })
          .status();
    });
  }
}

}  // namespace millrace
