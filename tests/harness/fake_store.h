// A MemoryStore with faults on demand. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/status_macros.h"
#include "coordinator/store/memory_store.h"

namespace millrace {

class FakeStore final : public MetadataStore {
 public:
  FakeStore() : memory_(std::make_unique<MemoryStore>()) {}

  // Every change fails with this from now on; OK ends it. `applied`: it takes place all the same.
  void FailWrites(absl::Status status, bool applied = false) {
    write_fault_ = std::move(status);
    applied_ = applied;
  }
  void FailReads(absl::Status status) { read_fault_ = std::move(status); }
  // The next change takes place, but nobody learns of it: its answer is lost, and everything after
  // it fails, until Recover.
  void LoseNextAnswer() { lose_next_answer_ = true; }
  void Recover() {
    write_fault_ = read_fault_ = absl::OkStatus();
    applied_ = lose_next_answer_ = false;
  }

  // What a coordinator finds that opens the store after this one.
  void Reopen() { memory_ = memory_->Reopen(); }
  // A change behind the back of whoever believes to own the key.
  void Overwrite(const std::string& key, std::string bytes) {
    const auto value = memory_->Get(key);
    const int64_t version = value.value().has_value() ? (*value)->version : kAbsent;
    (void)memory_->Put(key, version, std::move(bytes));
  }

  Term term() const override { return memory_->term(); }
  absl::StatusOr<std::optional<StoredValue>> Get(const std::string& key) override {
    RETURN_IF_ERROR(read_fault_);
    return memory_->Get(key);
  }
  absl::StatusOr<std::vector<StoredEntry>> List(const std::string& prefix) override {
    RETURN_IF_ERROR(read_fault_);
    return memory_->List(prefix);
  }
  absl::StatusOr<int64_t> Put(const std::string& key, int64_t expected,
                              std::string bytes) override {
    if (lose_next_answer_) {
      lose_next_answer_ = false;
      (void)memory_->Put(key, expected, std::move(bytes));
      return write_fault_ = read_fault_ = absl::UnavailableError("the store does not answer");
    }
    if (write_fault_.ok()) return memory_->Put(key, expected, std::move(bytes));
    if (applied_) (void)memory_->Put(key, expected, std::move(bytes));
    return write_fault_;
  }
  absl::Status Delete(const std::string& key, int64_t expected) override {
    RETURN_IF_ERROR(write_fault_);
    return memory_->Delete(key, expected);
  }

 private:
  std::unique_ptr<MemoryStore> memory_;
  absl::Status write_fault_;
  absl::Status read_fault_;
  bool applied_ = false;
  bool lose_next_answer_ = false;
};

}  // namespace millrace
