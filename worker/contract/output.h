// Where an operator puts its rows: the next operator of the chain, or the edges that leave the
// task.
#pragma once

#include "common/columnar/batch.h"

namespace millrace {

// Driven by the task's thread only.
class Output {
 public:
  virtual ~Output() = default;

  // Takes `batch`, whatever its state: an operator that has begun a batch may finish it. Empty
  // batches are dropped.
  virtual void Emit(Batch batch) = 0;

  // True if downstream has no room. An operator that can stop half-way (a window that fires, a join
  // that fans out) then returns kBlockedOutput and goes on in Resume().
  virtual bool full() const = 0;

  // Whether somebody wants the rows of input `input` that the operator drops because they come too
  // late, and where they go.
  virtual bool takes_late(int input) const { return false; }
  virtual void EmitLate(int input, Batch rows) {}
};

}  // namespace millrace
