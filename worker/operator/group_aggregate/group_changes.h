// What a batch has changed: the values of its groups before and after it.
//
// Copies of what results are made of, since a value in the state moves when the next one is made.
// Kept from batch to batch to
// save allocations; not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/aggregate/accumulators.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class GroupChanges {
 public:
  // `layout` outlives this.
  explicit GroupChanges(const AccumulatorLayout& layout) : layout_(layout) {}

  void Clear();

  // Begins the next group. `before`: its value before; null if nobody will ask for it. `key` must
  // live until Clear.
  struct Start {
    bool is_new = false;
    const StateValue* before = nullptr;
  };
  void Begin(std::string_view key, const Start& start);
  // Ends it with its value after.
  void End(const StateValue& after);

  int64_t size() const { return static_cast<int64_t>(groups_.size()); }
  bool is_new(int64_t group) const { return groups_[group].is_new; }
  // Valid until the next call of Begin, End or Clear. REQUIRES: before() of a group that had a
  // value.
  NamespaceCursor::Entry before(int64_t group) const {
    return EntryAt(groups_[group].key, groups_[group].before);
  }
  NamespaceCursor::Entry after(int64_t group) const {
    return EntryAt(groups_[group].key, groups_[group].after);
  }

 private:
  struct Group {
    std::string_view key;
    bool is_new = false;
    int64_t before = 0;  // Places among the values.
    int64_t after = 0;
  };

  int64_t Keep(const StateValue& value);
  NamespaceCursor::Entry EntryAt(std::string_view key, int64_t place) const;

  const AccumulatorLayout& layout_;
  std::vector<Group> groups_;
  std::vector<int64_t> words_;  // The fixed parts of the values; 8-byte aligned.
  std::string tails_;
  std::vector<size_t> tail_ends_ = {
      0};  // Of each value, behind a 0; empty tails if there are none.
};

}  // namespace millrace
