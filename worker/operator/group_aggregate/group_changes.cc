#include "worker/operator/group_aggregate/group_changes.h"

namespace millrace {

void GroupChanges::Clear() {
  groups_.clear();
  words_.clear();
  tails_.clear();
  tail_ends_.assign(1, 0);
}

void GroupChanges::Begin(std::string_view key, const Start& start) {
  Group group{.key = key, .is_new = start.is_new};
  if (!start.is_new && start.before != nullptr) group.before = Keep(*start.before);
  groups_.push_back(group);
}

void GroupChanges::End(const StateValue& after) { groups_.back().after = Keep(after); }

int64_t GroupChanges::Keep(const StateValue& value) {
  const auto bytes = static_cast<size_t>(layout_.value_bytes());
  const size_t at = words_.size();
  words_.resize(at + bytes / sizeof(int64_t));
  layout_.CopyForResults(value, reinterpret_cast<char*>(words_.data() + at), tails_);
  tail_ends_.push_back(tails_.size());
  return static_cast<int64_t>(tail_ends_.size()) - 2;
}

NamespaceCursor::Entry GroupChanges::EntryAt(std::string_view key, int64_t place) const {
  const size_t begin = tail_ends_[place];
  return {
      .key = key,
      .fixed = reinterpret_cast<const char*>(words_.data()) + place * layout_.value_bytes(),
      .tail = std::string_view(tails_).substr(begin, tail_ends_[place + 1] - begin),
  };
}

}  // namespace millrace
