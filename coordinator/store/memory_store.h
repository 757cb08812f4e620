// A metadata store for clusters that live as long as their process: `millrace run` without a state
// folder, simulation.
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/store/metadata_store.h"

namespace millrace {

class MemoryStore final : public MetadataStore {
 public:
  explicit MemoryStore(Term term = Term(1)) : term_(term) {}

  // What a coordinator finds that opens the store after this one.
  std::unique_ptr<MemoryStore> Reopen() const;

  Term term() const override { return term_; }
  absl::StatusOr<std::optional<StoredValue>> Get(const std::string& key) override;
  absl::StatusOr<std::vector<StoredEntry>> List(const std::string& prefix) override;
  absl::StatusOr<int64_t> Put(const std::string& key, int64_t expected, std::string bytes) override;
  absl::Status Delete(const std::string& key, int64_t expected) override;

 private:
  absl::Status CheckVersion(const std::string& key, int64_t expected) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Term term_;
  mutable absl::Mutex mutex_;
  std::map<std::string, StoredValue> values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
