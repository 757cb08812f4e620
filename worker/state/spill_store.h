// Where keyed state goes that is materialised: an ordered map of bytes kept in immutable table
// files.
//
// RocksDB in production (rocksdb_spill_store.h), a map in memory in simulations
// (memory_spill_store.h). Entries are only ever put, never deleted one by one: a filter says which
// have died. All calls may block; thread-safe, but for one Write at a time. Errors name the file or
// folder; kDataLoss is a damaged table, kResourceExhausted a full disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/io/file_system.h"

namespace millrace {

// An immutable file of a store. Numbers are the store's own and survive Snapshot and Open.
struct SpillTable {
  int64_t number = 0;
  std::string path;
};

// Walks entries in the order of their keys' bytes, as they were when it was made. Not thread-safe.
class SpillIterator {
 public:
  virtual ~SpillIterator() = default;
  virtual void Seek(std::string_view key) = 0;  // To the first entry at or after `key`.
  virtual bool Valid() const = 0;               // False at the end or after an error.
  virtual void Next() = 0;
  // Valid until the iterator moves.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual absl::Status status() const = 0;
};

// Entries that become visible together.
class SpillBatch {
 public:
  virtual ~SpillBatch() = default;
  // REQUIRES: keys in ascending order, each once.
  virtual absl::Status Put(std::string_view key, std::string_view value) = 0;
  // Once; no Put after it.
  virtual absl::Status Commit() = 0;
};

// How much a store holds and whether it keeps up.
struct SpillFigures {
  int64_t table_bytes = 0;
  int64_t pending_compaction_bytes = 0;
  bool write_stopped = false;  // Too much waits for compaction.
};

class SpillStore {
 public:
  virtual ~SpillStore() = default;

  virtual absl::StatusOr<std::unique_ptr<SpillBatch>> NewBatch() = 0;

  // The values of `keys`, in their order; nothing where there is none.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> Get(
      const std::vector<std::string>& keys) = 0;

  virtual std::unique_ptr<SpillIterator> NewIterator() = 0;

  // Calls `keep` for every table that the store consists of, durable and not deleted meanwhile, and
  // returns what Open needs beside them.
  virtual absl::StatusOr<std::string> Snapshot(
      absl::FunctionRef<absl::Status(const SpillTable&)> keep) = 0;

  virtual SpillFigures figures() const = 0;
};

// False for an entry that no one will ask for again. Once false, false for ever.
using SpillFilter = std::function<bool(std::string_view key, std::string_view value)>;

struct SpillStoreOptions {
  std::string dir;  // Made by the store, whose alone it is.
  FileSystem* files = nullptr;
  // Makes the filter for one rewriting of tables, on a thread of the store.
  std::function<SpillFilter()> new_filter;
  // To continue from a snapshot: what Snapshot returned, and where its tables are now.
  std::string catalog;
  std::vector<SpillTable> tables;
};

// Thread-safe.
class SpillStoreFactory {
 public:
  virtual ~SpillStoreFactory() = default;
  virtual absl::StatusOr<std::unique_ptr<SpillStore>> Open(SpillStoreOptions options) = 0;

  // RAM that the caches of all its stores take.
  virtual int64_t cache_bytes() const = 0;
};

}  // namespace millrace
