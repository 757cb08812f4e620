// Keyed state of one operator in one task: a table from (namespace, key) to a value of fixed
// layout.
//
// RAM is the truth between barriers, RocksDB is spill and checkpoint (README.md of worker/state). A
// namespace is a slice or window; an operator without windows uses namespace 0. Access is by batch:
// Prefetch what the batch touches, then read and write in RAM. Only the task's thread calls these.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/contract/progress.h"

namespace millrace {

struct StateKey {
  int64_t state_namespace = 0;
  std::string_view key;  // Canonical bytes (common/columnar/key_codec.h).
  uint64_t hash = 0;     // HashKey(key)
};

// A value: `fixed` has the table's value_bytes, `tail` any number (nullptr unless the table has
// tails).
struct StateValue {
  char* fixed = nullptr;
  std::string* tail = nullptr;
};

struct StateTableOptions {
  std::string state_id;  // Of the operator (common/plan/operators.h).
  int32_t schema_version = 1;
  int32_t value_bytes = 0;  // Width of the fixed part; values are 8-byte aligned.
  bool has_tail = false;    // For values with variable parts, e.g. MIN(name).
};

// Walks the entries of one namespace, key group by key group. Stays valid while entries of that
// namespace are read, not while any are made or written; those of others may be.
class NamespaceCursor {
 public:
  struct Entry {
    std::string_view key;
    const char* fixed = nullptr;
    std::string_view tail;
  };

  virtual ~NamespaceCursor() = default;

  // Replaces `entries` by the next at most `limit`; empty at the end. They are valid until the next
  // call.
  virtual absl::Status Next(int64_t limit, std::vector<Entry>& entries) = 0;
};

class KeyedState {
 public:
  virtual ~KeyedState() = default;

  // Brings the entries of `keys` into RAM, where they stay until the next Prefetch. kBlockedIo:
  // being fetched; call again with the same keys once the operator's waker was called.
  virtual absl::StatusOr<Progress> Prefetch(absl::Span<const StateKey> keys) = 0;

  // The entry of `key` for writing, made (all bytes zero, `*created` true) if there is none. Valid
  // until the next call of Upsert, Prefetch or DropNamespace. REQUIRES: `key` was in the last
  // Prefetch.
  virtual StateValue Upsert(const StateKey& key, bool* created) = 0;

  // The entry of `key` for reading only; `fixed` is null if there is none. Valid and required as of
  // Upsert.
  virtual StateValue Find(const StateKey& key) = 0;

  // The namespaces that have entries, in RAM or spilled, ascending.
  virtual std::vector<int64_t> Namespaces() const = 0;

  virtual std::unique_ptr<NamespaceCursor> Scan(int64_t state_namespace) = 0;

  // Forgets every entry of a namespace.
  virtual void DropNamespace(int64_t state_namespace) = 0;
};

}  // namespace millrace
