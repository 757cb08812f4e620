// Names of the files that a file sink writes. Pure.
//
//   part-job-3f9c0a12-2-0-57.json      what readers see: job, stage, task, epoch
//   part-job-3f9c0a12-2-0-57-1.json    the same, the second file of the epoch in its folder
//   .part-job-3f9c0a12-2-0-1-4         not yet: job, stage, task, attempt, number
//
// Names are never used twice: epochs of a job are not, and every attempt has names of its own, so
// that a task that was given up cannot write over what its successor wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/ids.h"

namespace millrace {

struct PartOwner {
  JobId job;
  TaskId task;
};

struct PartNumber {
  Epoch epoch;
  int64_t number = 0;  // Among the files of the epoch in one folder.
};

// `extension` begins with its dot, or is empty.
std::string VisiblePartName(const PartOwner& owner, PartNumber number,
                            const std::string& extension);
std::string HiddenPartName(const PartOwner& owner, Attempt attempt, int64_t number);

// The task whose hidden file `name` is (also one that was left half-written), if it is one of
// `owner`'s job and stage.
std::optional<int32_t> TaskOfHiddenPart(const std::string& name, const PartOwner& owner);

}  // namespace millrace
