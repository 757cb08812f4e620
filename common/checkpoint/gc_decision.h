// Which files of a job's checkpoint folder may go. Pure: a listing and what is known in, paths out.
//
// There are no reference counts that could be wrong after a crash. A file stays if a retained
// manifest names it, and also if this very execution may still come to name it: it goes only once
//   - the execution that wrote it is over (an older term or attempt), or
//   - a manifest named it and no retained one does: what has left the chain of manifests never
//   comes back, or
//   - it is a manifest of an epoch older than the latest committed one.
// A file that was being written when its process was killed is no different: it goes once its
// execution is over. Files whose name is not of paths.h are never touched.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"

namespace millrace {

struct GcInput {
  std::vector<std::string> files;  // What the folder holds, relative to it.
  std::set<std::string> retained;  // The retained manifests and every file they name.
  std::set<std::string> let_go;    // Named by manifests that are no longer retained.
  Epoch latest;                    // The last committed epoch; 0: none.
  Term term;                       // Of the current execution.
  Attempt attempt;
};

// In the order of `files`.
std::vector<std::string> FilesToDelete(const GcInput& input);

}  // namespace millrace
