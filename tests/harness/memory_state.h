// Keyed state in a map, for tests of operators. It is strict: keys must be prefetched before they
// are written, and memory that a caller must not hold any longer is freed at once, for ASan to see.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class MemoryState final : public KeyedState {
 public:
  explicit MemoryState(StateTableOptions options) : options_(std::move(options)) {}

  // The next `calls` Prefetches are under way instead of done.
  void BlockPrefetch(int calls) { blocked_calls_ = calls; }
  // Distinct keys of all Prefetches that were done, each time counted.
  int64_t prefetched_keys() const { return prefetched_keys_; }
  const StateTableOptions& options() const { return options_; }

  absl::StatusOr<Progress> Prefetch(absl::Span<const StateKey> keys) override {
    if (blocked_calls_ > 0) {
      --blocked_calls_;
      return Progress::kBlockedIo;
    }
    in_ram_.clear();
    for (const StateKey& key : keys) {
      CHECK_EQ(key.hash, HashKey(key.key));
      CHECK(in_ram_.emplace(key.state_namespace, key.key).second);
    }
    prefetched_keys_ += static_cast<int64_t>(keys.size());
    return Progress::kDone;
  }

  StateValue Upsert(const StateKey& key, bool* created) override {
    CHECK(in_ram_.contains({key.state_namespace, std::string(key.key)}));
    std::unique_ptr<Entry>& entry = namespaces_[key.state_namespace][std::string(key.key)];
    *created = entry == nullptr;
    Entry moved;
    moved.words.resize((static_cast<size_t>(options_.value_bytes) + 7) / 8);
    if (entry != nullptr) moved = *entry;
    entry = std::make_unique<Entry>(std::move(moved));
    return {.fixed = reinterpret_cast<char*>(entry->words.data()),
            .tail = options_.has_tail ? &entry->tail : nullptr};
  }

  StateValue Find(const StateKey& key) override {
    CHECK(in_ram_.contains({key.state_namespace, std::string(key.key)}));
    const auto entries = namespaces_.find(key.state_namespace);
    if (entries == namespaces_.end()) return {};
    const auto entry = entries->second.find(std::string(key.key));
    if (entry == entries->second.end()) return {};
    return {.fixed = reinterpret_cast<char*>(entry->second->words.data()),
            .tail = options_.has_tail ? &entry->second->tail : nullptr};
  }

  std::vector<int64_t> Namespaces() const override {
    std::vector<int64_t> ids;
    for (const auto& [id, entries] : namespaces_) ids.push_back(id);
    return ids;
  }

  std::unique_ptr<NamespaceCursor> Scan(int64_t state_namespace) override {
    return std::make_unique<Cursor>(namespaces_[state_namespace]);
  }

  void DropNamespace(int64_t state_namespace) override { namespaces_.erase(state_namespace); }

 private:
  struct Entry {
    std::vector<int64_t> words;
    std::string tail;
  };
  using Entries = std::map<std::string, std::unique_ptr<Entry>>;

  class Cursor final : public NamespaceCursor {
   public:
    explicit Cursor(const Entries& entries) : next_(entries.begin()), end_(entries.end()) {}
    absl::Status Next(int64_t limit, std::vector<NamespaceCursor::Entry>& entries) override {
      entries.clear();
      copies_.clear();
      for (; limit > 0 && next_ != end_; ++next_, --limit) {
        const Copy& copy = *copies_.emplace_back(
            std::make_unique<Copy>(Copy{.key = next_->first, .entry = *next_->second}));
        entries.push_back({.key = copy.key,
                           .fixed = reinterpret_cast<const char*>(copy.entry.words.data()),
                           .tail = copy.entry.tail});
      }
      return absl::OkStatus();
    }

   private:
    struct Copy {
      std::string key;
      MemoryState::Entry entry;
    };
    std::vector<std::unique_ptr<Copy>> copies_;  // What the caller may look at.
    Entries::const_iterator next_;
    Entries::const_iterator end_;
  };

  const StateTableOptions options_;
  std::map<int64_t, Entries> namespaces_;
  std::set<std::pair<int64_t, std::string>> in_ram_;
  int blocked_calls_ = 0;
  int64_t prefetched_keys_ = 0;
};

}  // namespace millrace
