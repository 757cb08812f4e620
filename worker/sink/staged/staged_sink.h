// A sink whose rows are visible exactly once, whatever crashes (README.md).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "common/io/file_system.h"
#include "worker/contract/sink.h"
#include "worker/sink/staged/segment_format.h"
#include "worker/sink/staged/transactional_output.h"

namespace millrace {

// A batch as records for the outside.
class RecordMaker {
 public:
  virtual ~RecordMaker() = default;
  virtual absl::Status Make(const Batch& batch, const TaskContext& context,
                            const std::function<absl::Status(const StagedRecord&)>& take) = 0;
};

struct StagedSinkParts {
  std::string table;        // For errors.
  std::string target;       // The topic.
  std::string slot_prefix;  // Begins the slot's name; empty: the cluster's id does.
  std::string output;       // In the names of segments (SegmentPath): if it is not the task's only.
  std::unique_ptr<RecordMaker> records;
  // Makes the outside of the slot named; called once for the sink's own, and for each foreign one
  // that the restored checkpoint names.
  std::function<absl::StatusOr<std::unique_ptr<TransactionalOutput>>(const std::string& slot,
                                                                     const TaskContext& context)>
      open_output;
  FileSystem* files = nullptr;
};

std::unique_ptr<Sink> NewStagedSink(StagedSinkParts parts);

}  // namespace millrace
