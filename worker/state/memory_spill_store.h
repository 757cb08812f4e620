// Spill stores without RocksDB: a map in memory whose tables are files of the FileSystem it is
// given.
//
// The deterministic twin of rocksdb_spill_store.h, for simulations and tests: no threads, and the
// same calls give the same bytes. Each batch becomes a table; a few of them are merged into one,
// which is when entries that have died go.
#pragma once

#include <memory>

#include "worker/state/spill_store.h"

namespace millrace {

std::unique_ptr<SpillStoreFactory> NewMemorySpillStores();

}  // namespace millrace
