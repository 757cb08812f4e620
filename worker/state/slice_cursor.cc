#include "worker/state/slice_cursor.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/plan/key_groups.h"

namespace millrace {
namespace {

// Entries whose memory is asked for ahead of their turn: their order is not that of memory.
constexpr size_t kLookAhead = 8;

}  // namespace

SliceCursor::SliceCursor(const StateSlice* slice, const EntryLayout& layout, TableSpill& spill,
                         int& open_cursors)
    : layout_(layout),
      spill_(spill),
      open_cursors_(open_cursors),
      groups_(spill.context().task.key_groups),
      group_(groups_.begin) {
  ++open_cursors_;
  if (slice == nullptr) {
    group_ = groups_.end;
    return;
  }
  namespace_ = slice->state_namespace;
  born_ = slice->born;
  SortByGroup(*slice);
  if (slice->spilled) spilled_ = spill_.NewIterator();
}

SliceCursor::~SliceCursor() { --open_cursors_; }

// A counting sort that does not look at the entries: the index knows their hashes.
void SliceCursor::SortByGroup(const StateSlice& slice) {
  const int32_t max_parallelism = spill_.context().task.max_parallelism;
  const auto group_of = [&](uint64_t hash) {
    return static_cast<size_t>(KeyGroupOfHash(hash, max_parallelism).value() - groups_.begin);
  };
  std::vector<size_t> next(static_cast<size_t>(groups_.end - groups_.begin) + 1);
  slice.index.ForEach([&](const SliceIndex::Slot& slot) { ++next[group_of(slot.hash) + 1]; });
  for (size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  ram_.resize(slice.index.size());
  slice.index.ForEach(
      [&](const SliceIndex::Slot& slot) { ram_[next[group_of(slot.hash)]++] = slot.entry; });
  next.pop_back();  // Each is now where its group ends.
  group_ends_ = std::move(next);
}

absl::Status SliceCursor::Next(int64_t limit, std::vector<Entry>& entries) {
  entries.clear();
  copies_.clear();
  if (spilled_ != nullptr) return NextMerged(static_cast<size_t>(limit), entries);
  NextInRam(static_cast<size_t>(limit), entries);
  return absl::OkStatus();
}

void SliceCursor::NextInRam(size_t limit, std::vector<Entry>& entries) {
  const size_t end = std::min(ram_.size(), at_ + limit);
  for (; at_ < end; ++at_) {
    if (at_ + kLookAhead < ram_.size()) __builtin_prefetch(ram_[at_ + kLookAhead]);
    entries.push_back(InRam(at_));
  }
}

absl::Status SliceCursor::NextMerged(size_t limit, std::vector<Entry>& entries) {
  while (entries.size() < limit && group_ < groups_.end) {
    if (!in_group_) BeginGroup();
    ASSIGN_OR_RETURN(const bool is_spilled, FindSpilled());
    const bool is_in_ram = at_ < group_ends_[static_cast<size_t>(group_ - groups_.begin)];
    if (!is_spilled && !is_in_ram) {
      ++group_;
      in_group_ = false;
      continue;
    }
    const std::string_view spilled_key =
        is_spilled ? spilled_->key().substr(prefix_.size()) : std::string_view();
    const int order = !is_in_ram    ? 1
                      : !is_spilled ? -1
                                    : layout_.key(ram_[at_]).compare(spilled_key);
    if (order <= 0) {
      entries.push_back(InRam(at_++));
    } else {
      ASSIGN_OR_RETURN(const Entry entry, CopySpilled());
      entries.push_back(entry);
    }
    if (order >= 0) spilled_->Next();
  }
  return absl::OkStatus();
}

void SliceCursor::BeginGroup() {
  const size_t end = group_ends_[static_cast<size_t>(group_ - groups_.begin)];
  const auto begin = ram_.begin() + static_cast<ptrdiff_t>(at_);
  std::sort(begin, ram_.begin() + static_cast<ptrdiff_t>(end),
            [this](const auto* a, const auto* b) { return layout_.key(a) < layout_.key(b); });
  prefix_ = spill_.format().Prefix(static_cast<uint16_t>(group_), namespace_);
  spilled_->Seek(prefix_);
  in_group_ = true;
}

// Moves to the next spilled entry of the group that lives.
absl::StatusOr<bool> SliceCursor::FindSpilled() {
  for (; spilled_->Valid(); spilled_->Next()) {
    if (spilled_->key().substr(0, prefix_.size()) != prefix_) return false;
    ASSIGN_OR_RETURN(const SpillFormat::Value value, spill_.format().ParseValue(spilled_->value()));
    if (value.version >= born_) return true;
  }
  RETURN_IF_ERROR(spilled_->status());
  return false;
}

NamespaceCursor::Entry SliceCursor::InRam(size_t i) const {
  const millrace::Entry* const entry = ram_[i];
  return {.key = layout_.key(entry),
          .fixed = layout_.fixed(entry),
          .tail = layout_.has_tail() ? std::string_view(*layout_.tail(entry)) : ""};
}

// A string's bytes are 8-byte aligned, and so is the fixed part behind the value's header.
absl::StatusOr<NamespaceCursor::Entry> SliceCursor::CopySpilled() {
  copies_.push_back({.key = std::string(spilled_->key().substr(prefix_.size())),
                     .value = std::string(spilled_->value())});
  const Spilled& copy = copies_.back();
  ASSIGN_OR_RETURN(const SpillFormat::Value value, spill_.format().ParseValue(copy.value));
  return NamespaceCursor::Entry{.key = copy.key, .fixed = value.fixed, .tail = value.tail};
}

}  // namespace millrace
