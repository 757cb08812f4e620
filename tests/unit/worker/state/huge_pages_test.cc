#include "worker/state/huge_pages.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

namespace millrace {
namespace {

TEST(HugePagesTest, AVectorKeepsItsValuesWhenItGrowsIntoThem) {
  HugeVector<uint64_t> numbers;
  constexpr uint64_t kCount = 3 * kHugePageBytes / sizeof(uint64_t);
  for (uint64_t i = 0; i < kCount; ++i) numbers.push_back(i);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(numbers.data()) % kHugePageBytes, 0u);
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(numbers[i], i);
}

TEST(BlockPoolTest, BlocksDoNotOverlap) {
  BlockPool pool;
  std::vector<char*> blocks;
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(pool.Take());
    std::memset(blocks.back(), i, BlockPool::kBytes);
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(blocks[i][0], i);
    EXPECT_EQ(blocks[i][BlockPool::kBytes - 1], i);
  }
  for (char* block : blocks) pool.GiveBack(block);
}

TEST(BlockPoolTest, WhatWasGivenBackIsHandedOutAgainBeforeThereIsMore) {
  BlockPool pool;
  std::vector<char*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(pool.Take());
  const size_t bytes = pool.bytes();
  EXPECT_LE(bytes, 20 * BlockPool::kBytes + kHugePageBytes);
  std::set<char*> given_back;
  for (const int i : {3, 8, 13}) {
    pool.GiveBack(blocks[i]);
    given_back.insert(blocks[i]);
  }
  std::set<char*> again;
  for (int i = 0; i < 3; ++i) {
    again.insert(pool.Take());
    std::memset(*again.rbegin(), 1, BlockPool::kBytes);
  }
  EXPECT_EQ(pool.bytes(), bytes);
  for (int i = 0; i < 20; ++i) {
    if (!given_back.contains(blocks[i])) pool.GiveBack(blocks[i]);
  }
  for (char* block : again) pool.GiveBack(block);
  EXPECT_EQ(pool.bytes(), 0u);
}

}  // namespace
}  // namespace millrace
