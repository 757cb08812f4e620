// Checkpoints as people read them: a table and details on a terminal, JSON for programs. Pure.
// Times are UTC.
#pragma once

#include <string>
#include <vector>

#include "cli/checkpoint/manifest_listing.h"

namespace millrace {

// A line for each, with a heading.
std::string CheckpointTable(const std::vector<ManifestFile>& manifests);
std::string CheckpointTableJson(const std::vector<ManifestFile>& manifests);

// Everything in one: tasks, their operators, state and files. REQUIRES: the manifest is whole.
std::string CheckpointDetails(const ManifestFile& file);
std::string CheckpointDetailsJson(const ManifestFile& file);

}  // namespace millrace
