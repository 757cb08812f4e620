// Spill stores in RocksDB: one database per table of keyed state.
//
// Entries get in as sorted table files (SstFileWriter, then ingestion): no write-ahead log and no
// memtable. The databases of a process share one block cache and one WriteBufferManager.
#pragma once

#include <cstdint>
#include <memory>

#include "worker/state/spill_store.h"

namespace millrace {

// `cache_bytes` bounds what all stores of the factory keep in RAM together.
std::unique_ptr<SpillStoreFactory> NewRocksDbSpillStores(int64_t cache_bytes);

}  // namespace millrace
