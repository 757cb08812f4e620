#include "coordinator/store/memory_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {

std::unique_ptr<MemoryStore> MemoryStore::Reopen() const {
  auto next = std::make_unique<MemoryStore>(Term(term_.value() + 1));
  absl::MutexLock lock(&mutex_);
  absl::MutexLock next_lock(&next->mutex_);
  next->values_ = values_;
  return next;
}

absl::StatusOr<std::optional<StoredValue>> MemoryStore::Get(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::vector<StoredEntry>> MemoryStore::List(const std::string& prefix) {
  absl::MutexLock lock(&mutex_);
  std::vector<StoredEntry> entries;
  for (auto it = values_.lower_bound(prefix);
       it != values_.end() && absl::StartsWith(it->first, prefix); ++it) {
    entries.push_back({.key = it->first, .value = it->second});
  }
  return entries;
}

absl::StatusOr<int64_t> MemoryStore::Put(const std::string& key, int64_t expected,
                                         std::string bytes) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckVersion(key, expected));
  values_[key] = {.bytes = std::move(bytes), .version = expected + 1};
  return expected + 1;
}

absl::Status MemoryStore::Delete(const std::string& key, int64_t expected) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckVersion(key, expected));
  values_.erase(key);
  return absl::OkStatus();
}

absl::Status MemoryStore::CheckVersion(const std::string& key, int64_t expected) const {
  const auto found = values_.find(key);
  const int64_t version = found == values_.end() ? kAbsent : found->second.version;
  if (version == expected) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("metadata store: ", key, " is at version ", version, ", not ", expected));
}

}  // namespace millrace
