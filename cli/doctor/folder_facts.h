// What a folder is good for, found out by writing a file as checkpoints are written, and removing
// it again.
#pragma once

#include <string>

#include "cli/doctor/facts.h"
#include "common/io/file_system.h"

namespace millrace {

// Sets all but `setting` and `must_outlive`. Makes no folder: of one that is not there, the nearest
// parent that is there is looked at.
FolderFacts GatherFolderFacts(FileSystem& files, const std::string& path);

}  // namespace millrace
