// Spill stores in RocksDB: one database per table of keyed state.
//
// Entries get in as sorted table files (SstFileWriter, then ingestion): no write-ahead log and no
// memtable. The databases of a process share one block cache and one WriteBufferManager.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "worker/state/spill_store.h"

namespace millrace {

// `cache_bytes` bounds what all stores of the factory keep in RAM together.
std::unique_ptr<SpillStoreFactory> NewRocksDbSpillStores(int64_t cache_bytes);

// Reads every block of a table file and checks RocksDB's own checksums: kDataLoss, with RocksDB's
// words, if one does not match or it is no table file. The file belongs to no open store.
absl::Status VerifyRocksDbTable(const std::string& path);

}  // namespace millrace
