#include "worker/operator/window_aggregate/window_scan.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "worker/operator/window_aggregate/merged_values.h"

namespace millrace {
namespace {

using Entry = NamespaceCursor::Entry;

constexpr int64_t kChunkEntries = 1024;

class SliceScan final : public WindowScan {
 public:
  SliceScan(KeyedState& state, int64_t slice) : cursor_(state.Scan(slice)) {}

  absl::StatusOr<Progress> Next(int64_t limit, std::vector<Entry>& entries) override {
    RETURN_IF_ERROR(cursor_->Next(limit, entries));
    return Progress::kDone;
  }

 private:
  const std::unique_ptr<NamespaceCursor> cursor_;
};

class MergingScan final : public WindowScan {
 public:
  MergingScan(KeyedState& state, const AccumulatorLayout& layout, std::vector<int64_t> slices,
              MergeLimits limits)
      : state_(state), slices_(std::move(slices)), limits_(limits), merged_(layout) {}

  absl::StatusOr<Progress> Next(int64_t limit, std::vector<Entry>& entries) override {
    entries.clear();
    for (;;) {
      ASSIGN_OR_RETURN(const Progress progress, Gather());
      if (progress != Progress::kDone) return progress;
      for (; next_ < merged_.size() && limit > 0; ++next_, --limit) {
        entries.push_back(merged_.entry(next_));
      }
      if (!entries.empty() || last_hash_ == kLastHash) return Progress::kDone;
      Begin(last_hash_ + 1, kLastHash);
    }
  }

 private:
  static constexpr uint64_t kLastHash = std::numeric_limits<uint64_t>::max();

  void Begin(uint64_t first_hash, uint64_t last_hash) {
    first_hash_ = first_hash;
    last_hash_ = last_hash;
    cursor_.reset();
    slice_ = 0;
    next_ = 0;
    merged_.Clear();
  }

  // Merges what is left of the slices, as far as its hashes are in range.
  absl::StatusOr<Progress> Gather() {
    int64_t entries = 0;
    while (slice_ < slices_.size()) {
      if (entries >= limits_.entries_in_turn) return Progress::kYield;
      if (cursor_ == nullptr) cursor_ = state_.Scan(slices_[slice_]);
      RETURN_IF_ERROR(cursor_->Next(kChunkEntries, chunk_));
      entries += static_cast<int64_t>(chunk_.size());
      if (chunk_.empty()) {
        cursor_.reset();
        ++slice_;
      }
      for (const Entry& entry : chunk_) {
        const uint64_t hash = HashKey(entry.key);
        if (hash >= first_hash_ && hash <= last_hash_) merged_.Add(entry, hash);
      }
      if (merged_.size() > limits_.keys && last_hash_ > first_hash_) {
        Begin(first_hash_, first_hash_ + (last_hash_ - first_hash_) / 2);
      }
    }
    return Progress::kDone;
  }

  KeyedState& state_;
  const std::vector<int64_t> slices_;
  const MergeLimits limits_;

  MergedValues merged_;
  uint64_t first_hash_ = 0;  // Of the keys being merged.
  uint64_t last_hash_ = kLastHash;
  size_t slice_ = 0;
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<Entry> chunk_;
  int64_t next_ = 0;  // To be read, of merged_.
};

class MovingScan final : public WindowScan {
 public:
  MovingScan(KeyedState& state, const AccumulatorLayout& layout, std::vector<int64_t> slices,
             int64_t base)
      : state_(state),
        layout_(layout),
        slices_(std::move(slices)),
        base_(base),
        tail_parts_(static_cast<size_t>(layout.parts())) {
    std::reverse(slices_.begin(), slices_.end());  // The first is taken off the back.
  }

  absl::StatusOr<Progress> Next(int64_t limit, std::vector<Entry>& entries) override {
    entries.clear();
    while (!slices_.empty()) {
      ASSIGN_OR_RETURN(const Progress progress, MoveChunk());
      if (progress != Progress::kDone) return progress;
    }
    if (cursor_ == nullptr) cursor_ = state_.Scan(base_);
    RETURN_IF_ERROR(cursor_->Next(limit, entries));
    return Progress::kDone;
  }

 private:
  absl::StatusOr<Progress> MoveChunk() {
    if (keys_.empty()) {
      if (cursor_ == nullptr) cursor_ = state_.Scan(slices_.back());
      RETURN_IF_ERROR(cursor_->Next(kChunkEntries, chunk_));
      for (const Entry& entry : chunk_) {
        keys_.push_back({.state_namespace = base_, .key = entry.key, .hash = HashKey(entry.key)});
      }
    }
    if (keys_.empty()) {
      cursor_.reset();
      state_.DropNamespace(slices_.back());
      slices_.pop_back();
      return Progress::kDone;
    }
    ASSIGN_OR_RETURN(const Progress progress, state_.Prefetch(keys_));
    if (progress != Progress::kDone) return progress;
    for (size_t i = 0; i < keys_.size(); ++i) {
      bool created = false;
      const StateValue value = state_.Upsert(keys_[i], &created);
      layout_.SplitTail(chunk_[i].fixed, chunk_[i].tail, tail_parts_.data());
      layout_.Merge(chunk_[i].fixed, tail_parts_.data(), value);
    }
    keys_.clear();
    return Progress::kDone;
  }

  KeyedState& state_;
  const AccumulatorLayout& layout_;
  std::vector<int64_t> slices_;
  const int64_t base_;

  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<Entry> chunk_;
  std::vector<StateKey> keys_;  // Of the chunk on its way.
  std::vector<std::string_view> tail_parts_;
};

}  // namespace

std::unique_ptr<WindowScan> NewSliceScan(KeyedState& state, int64_t slice) {
  return std::make_unique<SliceScan>(state, slice);
}

std::unique_ptr<WindowScan> NewMergingScan(KeyedState& state, const AccumulatorLayout& layout,
                                           std::vector<int64_t> slices, MergeLimits limits) {
  return std::make_unique<MergingScan>(state, layout, std::move(slices), limits);
}

std::unique_ptr<WindowScan> NewMovingScan(KeyedState& state, const AccumulatorLayout& layout,
                                          std::vector<int64_t> slices, int64_t base) {
  return std::make_unique<MovingScan>(state, layout, std::move(slices), base);
}

}  // namespace millrace
