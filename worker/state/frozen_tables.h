// What a task froze at a barrier, as the io executor writes it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "worker/contract/frozen_state.h"
#include "worker/state/ram_table.h"
#include "worker/state/table_spill.h"

namespace millrace {

// How the write of a frozen version ended, told from the io executor to the task's thread.
class WriteOutcome {
 public:
  struct Files {
    std::vector<FileRef> tables;     // Published with it; empty unless it had to.
    std::optional<FileRef> section;  // Nothing: there were no changes.
    int64_t entries = 0;
    int64_t tail_bytes = 0;  // Of these entries.
  };

  enum class State : uint8_t { kPending, kWritten, kLost };

  // Once one of these is called the frozen entries are not read any more.
  void SetWritten(Files files) {
    files_ = std::move(files);
    state_.store(State::kWritten, std::memory_order_release);
  }
  void SetLost() { state_.store(State::kLost, std::memory_order_release); }

  State state() const { return state_.load(std::memory_order_acquire); }
  // REQUIRES: state() is kWritten.
  const Files& files() const { return files_; }

 private:
  Files files_;
  std::atomic<State> state_ = State::kPending;
};

// One table.
struct FrozenTable {
  std::shared_ptr<TableSpill> spill;
  Epoch epoch;
  KeyedStateSnapshot base;                                     // What `segments` come on top of.
  std::vector<std::shared_ptr<const ChangeSegment>> segments;  // Oldest first.
  bool publish = false;                   // The tables of the spill store are the base.
  std::shared_ptr<WriteOutcome> outcome;  // Null: there is nothing to write.
};

class FrozenTables final : public FrozenState {
 public:
  explicit FrozenTables(std::vector<FrozenTable> tables) : tables_(std::move(tables)) {}
  ~FrozenTables() override;

  absl::StatusOr<std::vector<OperatorState>> Write(SectionWriter& file) override;
  void OnWritten() override;

 private:
  std::vector<FrozenTable> tables_;
  std::vector<WriteOutcome::Files> files_;  // Of `tables_`, as far as they are written.
  bool written_ = false;
};

}  // namespace millrace
