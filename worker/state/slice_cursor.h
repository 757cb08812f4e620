// Walks one namespace, key group by key group: what is in RAM merged with what is spilled.
//
// An entry in RAM hides the spilled one of its key. Reads the spill store in key order, and so
// blocks for what is not in RAM.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "worker/contract/keyed_state.h"
#include "worker/state/ram_table.h"
#include "worker/state/table_spill.h"

namespace millrace {

class SliceCursor final : public NamespaceCursor {
 public:
  // `slice` may be null: nothing to walk. `open_cursors` counts those that exist; while it is not 0
  // entries stay where they are.
  SliceCursor(const StateSlice* slice, const EntryLayout& layout, TableSpill& spill,
              int& open_cursors);
  ~SliceCursor() override;

  absl::Status Next(int64_t limit, std::vector<Entry>& entries) override;

 private:
  struct Spilled {
    std::string key;
    std::string value;
  };

  void SortByGroup(const StateSlice& slice);
  void NextInRam(size_t limit, std::vector<Entry>& entries);
  absl::Status NextMerged(size_t limit, std::vector<Entry>& entries);
  void BeginGroup();
  absl::StatusOr<bool> FindSpilled();
  NamespaceCursor::Entry InRam(size_t i) const;
  absl::StatusOr<NamespaceCursor::Entry> CopySpilled();

  const EntryLayout layout_;
  TableSpill& spill_;
  int& open_cursors_;
  const KeyGroupRange groups_;
  int64_t namespace_ = 0;
  StateVersion born_ = 0;

  std::vector<const millrace::Entry*> ram_;  // By key group.
  std::vector<size_t> group_ends_;           // In ram_, per key group of the task.
  size_t at_ = 0;                            // In ram_.

  std::unique_ptr<SpillIterator> spilled_;  // Null: everything is in RAM.
  int32_t group_ = 0;
  bool in_group_ = false;
  std::string prefix_;          // Of the spilled keys of the group.
  std::deque<Spilled> copies_;  // What the entries of the last call point to.
};

}  // namespace millrace
