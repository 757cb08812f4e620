// The metadata store of a single coordinator: RocksDB in a local folder, every change synced to the
// disk.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/metadata_store.h"

namespace millrace {

// Opens the folder, makes it if it is not there, and takes the next term. kFailedPrecondition if
// another coordinator has the folder open; other errors name the folder and the system's reason.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenRocksDbStore(const std::string& folder);

// The store as it is now, to look at: also while a coordinator has it open, whose later changes are
// not seen. No term is taken, and every change fails. kNotFound if the folder holds no store.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenRocksDbStoreForReading(
    const std::string& folder);

}  // namespace millrace
