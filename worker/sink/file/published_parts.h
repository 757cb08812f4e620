// What a file sink has sealed and not given its name yet: part files, and the success files of
// partitions behind them. Its durable form, and carrying it out.
//
// Carrying it out twice is doing it once. Calls may block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/io/file_system.h"

namespace millrace {

// A sealed file that does not have its visible name yet. Names are relative to the table's folder.
struct PendingPart {
  std::string hidden;
  std::string visible;
  Epoch epoch;
  std::optional<int64_t> published_by;  // The piece of work that gives it the name.
};

// A partition that is complete with the parts of its epoch and those before.
struct PendingSuccess {
  std::string file;  // "dt=2024-01-31/_SUCCESS", relative to the table's folder.
  Epoch epoch;
  std::optional<int64_t> published_by;
};

// kFailedPrecondition if the visible name belongs to a file of other content.
absl::Status PublishPart(FileSystem& files, const std::string& folder, const PendingPart& part);
absl::Status PublishSuccess(FileSystem& files, const std::string& folder, const std::string& file);

// One part as a line of state, and back. Epochs are not part of it.
std::string PartLine(const PendingPart& part);
absl::StatusOr<PendingPart> ParsePartLine(std::string_view line);

// Paths of the files in `folder` and its folders, relative to it. Empty if it is not there.
absl::StatusOr<std::vector<std::string>> ListTree(FileSystem& files, const std::string& folder);

}  // namespace millrace
