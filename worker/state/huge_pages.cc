#include "worker/state/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "common/base/check.h"

namespace millrace {

void HugePagesDeleter::operator()(char* bytes) const { std::free(bytes); }

HugePages AllocateHugePages(size_t bytes) {
  bytes = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  HugePages pages(static_cast<char*>(std::aligned_alloc(kHugePageBytes, bytes)));
  CHECK(pages != nullptr);
  // Advice only: a kernel without huge pages says no, and all works as well.
  madvise(pages.get(), bytes, MADV_HUGEPAGE);
  return pages;
}

char* BlockPool::Take() {
  absl::MutexLock lock(&mutex_);
  if (with_room_.empty()) {
    Page page{.memory = AllocateHugePages(kHugePageBytes)};
    char* const begin = page.memory.get();
    for (size_t i = kBlocksPerPage; i > 0; --i) page.free.push_back(begin + (i - 1) * kBytes);
    free_blocks_ += kBlocksPerPage;
    pages_.emplace(begin, std::move(page));
    with_room_.insert(begin);
  }
  // The first in memory, so that the last ones become free.
  const auto page = pages_.find(*with_room_.begin());
  char* const block = page->second.free.back();
  page->second.free.pop_back();
  --free_blocks_;
  if (page->second.free.empty()) with_room_.erase(with_room_.begin());
  return block;
}

void BlockPool::GiveBack(char* block) {
  absl::MutexLock lock(&mutex_);
  const auto page = std::prev(pages_.upper_bound(block));
  page->second.free.push_back(block);
  with_room_.insert(page->first);
  ++free_blocks_;
  if (page->second.free.size() == kBlocksPerPage) {
    free_blocks_ -= kBlocksPerPage;
    with_room_.erase(page->first);
    pages_.erase(page);
  } else if (free_blocks_ * 8 > pages_.size() * kBlocksPerPage) {
    // This takes the page apart, but memory that is said to be free must be.
    madvise(block, kBytes, MADV_DONTNEED);
  }
}

size_t BlockPool::bytes() const {
  absl::MutexLock lock(&mutex_);
  return pages_.size() * kHugePageBytes;
}

}  // namespace millrace
