// Reads a sealed segment back from the checkpoint folder, checking every byte on the way.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"
#include "worker/sink/staged/segment_format.h"

namespace millrace {

// Calls `take` with every record, in order; an error of it ends the reading and is returned.
// kDataLoss, naming the file, if the file is missing, not what `ref` says or damaged: records that
// were taken until then must be given up. A record's views are valid during the call. Blocks.
absl::StatusOr<SegmentFooter> ReadSegment(
    FileSystem& files, const std::string& checkpoint_folder, const SegmentRef& ref,
    std::string_view slot, std::string_view target,
    const std::function<absl::Status(const StagedRecord&)>& take);

}  // namespace millrace
