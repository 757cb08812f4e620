// What `millrace checkpoint verify` found, over all manifests that it was given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/checkpoint/manifest_listing.h"
#include "common/io/file_system.h"
#include "worker/task/checkpoint_verification.h"

namespace millrace {

struct NamedFault {
  FileFault fault;
  std::vector<Epoch> epochs;  // Whose checkpoints cannot be restored for it, newest first.
};

struct VerificationReport {
  int64_t manifests = 0;
  int64_t files = 0;  // That the manifests name, and bytes in them.
  int64_t bytes = 0;
  std::vector<NamedFault> faults;  // One a file, in the order of their paths.
  // Manifests that garbage collection took while they were verified: nothing is said of them.
  std::vector<std::string> collected;

  int64_t damaged() const;
  int64_t missing() const;
};

// Reads everything. Blocks.
VerificationReport VerifyCheckpoints(FileSystem& files, const std::string& folder,
                                     const std::vector<ManifestFile>& manifests);

// A line for each fault, and the summary. For people and for scripts.
std::string VerificationText(const VerificationReport& report);

}  // namespace millrace
