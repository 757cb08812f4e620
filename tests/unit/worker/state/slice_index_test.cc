#include "worker/state/slice_index.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "worker/state/state_memory.h"

namespace millrace {
namespace {

class SliceIndexTest : public testing::Test {
 protected:
  Entry* Make(const std::string& key, uint64_t hash) {
    Entry* const entry = chunk_.Allocate(key, hash);
    EXPECT_NE(entry, nullptr);
    return entry;
  }
  Entry* Find(const std::string& key, uint64_t hash) {
    SliceIndex::Slot* const slot = index_.Find(hash, key, layout_);
    return slot == nullptr ? nullptr : slot->entry;
  }

  const EntryLayout layout_{8, false};
  StateMemory memory_{0};
  EntryChunk chunk_{layout_, memory_, 8 << 20};
  SliceIndex index_;
};

TEST_F(SliceIndexTest, FindsWhatWasInsertedAndNothingElse) {
  Entry* const a = Make("a", 7);
  index_.Insert(a);
  EXPECT_EQ(Find("a", 7), a);
  EXPECT_EQ(Find("b", 7), nullptr);
  EXPECT_EQ(Find("a", 8), nullptr);
  EXPECT_EQ(Find("", 7), nullptr);
}

TEST_F(SliceIndexTest, KeysOfOneHashAreToldApart) {
  std::vector<Entry*> entries;
  for (int i = 0; i < 100; ++i) {
    entries.push_back(Make(std::to_string(i), ~uint64_t{0}));
    index_.Insert(entries.back());
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Find(std::to_string(i), ~uint64_t{0}), entries[i]);
  index_.Erase(index_.FindEntry(entries[50]));
  EXPECT_EQ(Find("50", ~uint64_t{0}), nullptr);
  EXPECT_EQ(Find("99", ~uint64_t{0}), entries[99]);
}

TEST_F(SliceIndexTest, AnEntryIsFoundByItselfOnly) {
  Entry* const current = Make("a", 1);
  Entry* const other = Make("a", 1);
  index_.Insert(current);
  EXPECT_EQ(index_.FindEntry(current)->entry, current);
  EXPECT_EQ(index_.FindEntry(other), nullptr);
}

// Few distinct high bits: long runs that wrap around the end of the table.
TEST_F(SliceIndexTest, InsertAndEraseInAnyOrderEqualAMap) {
  Random random(20261124);
  std::map<std::string, Entry*> oracle;
  for (int step = 0; step < 20000; ++step) {
    const std::string key = std::to_string(random.Below(700));
    const uint64_t hash = (HashKey(key) % 5) << 62 | (HashKey(key) % 3);
    if (oracle.contains(key)) {
      index_.Erase(index_.Find(hash, key, layout_));
      oracle.erase(key);
    } else {
      oracle[key] = Make(key, hash);
      index_.Insert(oracle[key]);
    }
    if (step % 1000 == 0) index_.Shrink();
    ASSERT_EQ(index_.size(), oracle.size());
  }
  for (int i = 0; i < 700; ++i) {
    const std::string key = std::to_string(i);
    const uint64_t hash = (HashKey(key) % 5) << 62 | (HashKey(key) % 3);
    const auto expected = oracle.find(key);
    EXPECT_EQ(Find(key, hash), expected == oracle.end() ? nullptr : expected->second) << key;
  }
}

TEST_F(SliceIndexTest, ShrinkingGivesBackMemoryAndKeepsEntries) {
  std::vector<Entry*> entries;
  for (int i = 0; i < 10000; ++i) {
    entries.push_back(Make(std::to_string(i), HashKey(std::to_string(i))));
    index_.Insert(entries.back());
  }
  const int64_t before = index_.bytes();
  for (int i = 10; i < 10000; ++i) index_.Erase(index_.FindEntry(entries[i]));
  index_.Shrink();
  EXPECT_LT(index_.bytes(), before / 100);
  for (int i = 0; i < 10; ++i) EXPECT_NE(index_.FindEntry(entries[i]), nullptr);
}

}  // namespace
}  // namespace millrace
