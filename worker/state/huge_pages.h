// Memory for what is large and looked at in no order.
//
// A processor remembers where some thousands of pages are. With pages of 4 KiB that is a few
// megabytes: in a table of a gigabyte nearly every access asks for its page first, through several
// levels of tables, twice as many in a virtual machine. Pages of 2 MiB end that. The kernel is
// asked for them (madvise); where it has none the memory is as any other.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace millrace {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

struct HugePagesDeleter {
  void operator()(char* bytes) const;
};
using HugePages = std::unique_ptr<char[], HugePagesDeleter>;

// At least `bytes`, a whole number of huge pages, undefined.
HugePages AllocateHugePages(size_t bytes);

// For vectors: from a huge page on, their memory is made of such.
template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename U>
  explicit HugePageAllocator(const HugePageAllocator<U>& /*other*/) {}

  T* allocate(size_t count) {
    if (count * sizeof(T) < kHugePageBytes) return std::allocator<T>().allocate(count);
    return reinterpret_cast<T*>(AllocateHugePages(count * sizeof(T)).release());
  }
  void deallocate(T* values, size_t count) {
    if (count * sizeof(T) < kHugePageBytes) {
      std::allocator<T>().deallocate(values, count);
    } else {
      HugePagesDeleter()(reinterpret_cast<char*>(values));
    }
  }
  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }
};

template <typename T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

// Blocks of kBytes, cut from huge pages. Blocks that are given back are handed out again or, if
// there are many of them, go back to the kernel. Thread-safe; outlives its blocks.
class BlockPool {
 public:
  static constexpr size_t kBytes = size_t{256} << 10;

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // Undefined bytes.
  char* Take();
  void GiveBack(char* block);

  // Of blocks handed out or kept.
  size_t bytes() const;

 private:
  static constexpr size_t kBlocksPerPage = kHugePageBytes / kBytes;

  struct Page {
    HugePages memory;
    std::vector<char*> free;
  };

  mutable absl::Mutex mutex_;
  std::map<const char*, Page> pages_ ABSL_GUARDED_BY(mutex_);  // By the address of the memory.
  std::set<const char*> with_room_ ABSL_GUARDED_BY(mutex_);    // Pages with free blocks.
  size_t free_blocks_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace
