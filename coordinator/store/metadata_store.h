// What a coordinator must not forget: small values under names, changed only by compare-and-set.
//
// The store is the one arbiter of the cluster: a job exists, an epoch is used up, a checkpoint is
// complete because a change here has succeeded. A change is durable when the call returns.
// Thread-safe; calls block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"

namespace millrace {

struct StoredValue {
  std::string bytes;
  int64_t version = 0;  // From 1; every change of the key adds one.
};

struct StoredEntry {
  std::string key;
  StoredValue value;
};

class MetadataStore {
 public:
  static constexpr int64_t kAbsent = 0;  // The version of a key that is not there.

  virtual ~MetadataStore() = default;

  // The generation of this coordinator: greater than that of everyone who had the store before.
  virtual Term term() const = 0;

  virtual absl::StatusOr<std::optional<StoredValue>> Get(const std::string& key) = 0;
  // In the order of keys.
  virtual absl::StatusOr<std::vector<StoredEntry>> List(const std::string& prefix) = 0;

  // The new version. kAborted if the key's version is not `expected` (kAbsent: it must not be
  // there); nothing has changed then. After any other error the outcome is unknown: read the key
  // again.
  virtual absl::StatusOr<int64_t> Put(const std::string& key, int64_t expected,
                                      std::string bytes) = 0;
  virtual absl::Status Delete(const std::string& key, int64_t expected) = 0;
};

}  // namespace millrace
