// The two kinds of spill store, each with the file system it works on: tests run on both.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "common/io/file_system.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"
#include "worker/state/memory_spill_store.h"
#include "worker/state/rocksdb_spill_store.h"

namespace millrace {

enum class SpillKind { kMemory, kRocksDb };

inline std::string SpillKindName(const testing::TestParamInfo<SpillKind>& info) {
  return info.param == SpillKind::kMemory ? "Memory" : "RocksDb";
}

// A folder of the test's own on files of the given kind, removed at the end.
class SpillWorld {
 public:
  explicit SpillWorld(SpillKind kind)
      : files_(kind == SpillKind::kMemory ? static_cast<FileSystem*>(&memory_files_)
                                          : &PosixFileSystem()),
        stores_(kind == SpillKind::kMemory ? NewMemorySpillStores()
                                           : NewRocksDbSpillStores(8 << 20)) {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : test) {
      if (c == '/') c = '-';
    }
    root_ = testing::TempDir() + "millrace-" + test;
    EXPECT_OK(files_->RemoveTree(root_));
    EXPECT_OK(files_->CreateDirectories(root_));
  }
  ~SpillWorld() { EXPECT_OK(files_->RemoveTree(root_)); }

  FileSystem& files() { return *files_; }
  SpillStoreFactory& stores() { return *stores_; }
  const std::string& root() const { return root_; }

  // Puts `bytes` under `path` with one bit changed.
  void WriteDamaged(const std::string& path, std::string bytes, size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    ASSERT_OK(WriteFile(*files_, path, bytes));
  }

 private:
  MemoryFiles memory_files_;
  FileSystem* const files_;
  const std::unique_ptr<SpillStoreFactory> stores_;
  std::string root_;
};

}  // namespace millrace
