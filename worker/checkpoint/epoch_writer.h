// Collects the parts that a worker's tasks contribute to an epoch and makes them durable with one
// file and one fsync.
//
//   Add from every local task -> delta file written on the io executor -> done
//
// An epoch that is aborted, or overtaken by a later one, is let go without a word; what its tasks
// had frozen is released on the io executor. A write that fails is told to `done`; the job goes on.
// Epochs are written one after the other. Thread-safe; what is on the io executor outlives this
// object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"
#include "worker/contract/frozen_state.h"

namespace millrace {

class EpochWriter {
 public:
  struct Options {
    FileSystem* files = nullptr;
    Executor* io = nullptr;
    std::string checkpoint_dir;  // The job's folder.
    WorkerId worker;
    Term term;
    Attempt attempt;
    std::vector<TaskId> tasks;  // The local ones: each contributes to every epoch.
    // Called once per epoch that is not aborted, on the io executor: the snapshots in the order of
    // task ids, with the keyed state filled in.
    std::function<void(Epoch, absl::StatusOr<std::vector<TaskSnapshot>>)> done;
  };

  explicit EpochWriter(Options options);
  ~EpochWriter();  // Nothing is told to `done` any more.
  EpochWriter(const EpochWriter&) = delete;
  EpochWriter& operator=(const EpochWriter&) = delete;

  // A task's part. `frozen` is null for a task without keyed state. A part of an epoch that is over
  // is dropped; the first part of a later epoch aborts those before it.
  void Add(Epoch epoch, TaskSnapshot snapshot, std::unique_ptr<FrozenState> frozen);

  // Lets go of `epoch` and all before it.
  void Abort(Epoch epoch);

 private:
  class Core;

  const std::shared_ptr<Core> core_;
};

}  // namespace millrace
