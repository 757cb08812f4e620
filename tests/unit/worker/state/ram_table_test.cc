#include "worker/state/ram_table.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "common/base/hash.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class RamTableTest : public testing::Test {
 protected:
  static StateKey Key(int64_t state_namespace, const std::string& key) {
    return {.state_namespace = state_namespace, .key = key, .hash = HashKey(key)};
  }
  int64_t& Value(Entry* entry) { return *reinterpret_cast<int64_t*>(layout_.fixed(entry)); }
  Entry* Put(int64_t state_namespace, const std::string& key, int64_t value) {
    bool created = false;
    Entry* const entry = table_.Upsert(Key(state_namespace, key), &created);
    Value(entry) = value;
    return entry;
  }
  // The frozen entries, in order, as the writer sees them.
  std::vector<std::pair<std::string, int64_t>> Read(const ChangeSegment& segment) {
    std::vector<std::pair<std::string, int64_t>> entries;
    for (const SliceChanges& changes : segment.slices) {
      for (Entry* entry : changes.entries) {
        entries.emplace_back(layout_.key(entry), Value(entry));
      }
    }
    return entries;
  }
  // What a materialisation would take up.
  std::map<std::string, int64_t> Read(const AgingEntries& aging) {
    std::map<std::string, int64_t> entries;
    for (const AgingSlice& slice : aging.slices) {
      for (const auto& chunk : slice.chunks) {
        chunk->ForEach([&](Entry* entry) {
          const StateVersion superseded = entry->superseded;
          if (superseded != 0 && superseded <= aging.version) return;
          if (entry->version <= aging.after) return;
          EXPECT_TRUE(entries.emplace(layout_.key(entry), Value(entry)).second);
        });
      }
    }
    return entries;
  }

  void MaterializeWhileShort() {
    table_.Separate(true);
    table_.StartAging();
    table_.FinishAging();
  }

  // `entries` entries, three quarters of which have been copied out of their chunks, which are
  // young and to be cleaned.
  void MakeSparse(int entries) {
    for (int i = 0; i < entries; ++i) Put(0, std::to_string(i), 0);
    table_.TakeChanges();
    table_.SetFrozenThrough(table_.StartAging().version);
    for (int i = 0; i < entries; ++i) {
      if (i % 4 != 0) Put(0, std::to_string(i), 0);
    }
    table_.TakeChanges();
    table_.AbandonAging();
    table_.SetFrozenThrough(0);
  }

  const EntryLayout layout_{8, false};
  StateMemory memory_{0};
  RamTable table_{layout_, memory_};
};

TEST_F(RamTableTest, ANewEntryIsZeroAndAnOldOneIsFound) {
  bool created = false;
  EXPECT_EQ(Value(table_.Upsert(Key(1, "a"), &created)), 0);
  EXPECT_TRUE(created);
  Put(1, "a", 5);
  EXPECT_EQ(Value(table_.Upsert(Key(1, "a"), &created)), 5);
  EXPECT_FALSE(created);
  EXPECT_EQ(Value(table_.Upsert(Key(2, "a"), &created)), 0);
  EXPECT_TRUE(created);
}

TEST_F(RamTableTest, AVersionHoldsWhatChangedInItOnce) {
  Put(0, "a", 1);
  Put(0, "b", 2);
  Put(0, "a", 3);
  EXPECT_THAT(Read(*table_.TakeChanges()), UnorderedElementsAre(Pair("a", 3), Pair("b", 2)));
  EXPECT_TRUE(table_.TakeChanges()->empty());
  Put(0, "b", 4);
  EXPECT_THAT(Read(*table_.TakeChanges()), ElementsAre(Pair("b", 4)));
}

TEST_F(RamTableTest, WritesAfterAFreezeAreNotInIt) {
  Put(0, "a", 1);
  const auto frozen = table_.TakeChanges();
  table_.SetFrozenThrough(frozen->version);
  Put(0, "a", 2);
  Put(0, "b", 2);
  table_.Drop(0);
  EXPECT_THAT(Read(*frozen), ElementsAre(Pair("a", 1)));
}

TEST_F(RamTableTest, AnEntryThatIsNotFrozenIsWrittenInPlace) {
  Entry* const before = Put(0, "a", 1);
  table_.TakeChanges();
  EXPECT_EQ(Put(0, "a", 2), before);
  table_.SetFrozenThrough(table_.TakeChanges()->version);
  EXPECT_NE(Put(0, "a", 3), before);
}

TEST_F(RamTableTest, ADropIsAChangeUnlessNobodyKnewTheNamespace) {
  Put(1, "a", 1);
  table_.TakeChanges();
  Put(2, "a", 1);
  table_.Drop(1);
  table_.Drop(2);
  table_.Drop(3);
  const auto changes = table_.TakeChanges();
  EXPECT_THAT(changes->dropped, ElementsAre(1));
  EXPECT_THAT(changes->slices, IsEmpty());
}

TEST_F(RamTableTest, ANamespaceMadeAnewFollowsItsDrop) {
  Put(1, "a", 1);
  table_.TakeChanges();
  table_.Drop(1);
  Put(1, "b", 2);
  const auto changes = table_.TakeChanges();
  EXPECT_THAT(changes->dropped, ElementsAre(1));
  EXPECT_THAT(Read(*changes), ElementsAre(Pair("b", 2)));
}

TEST_F(RamTableTest, WhatWasLostChangesAgainWithItsPresentValue) {
  Put(0, "a", 1);
  Put(0, "b", 1);
  Put(1, "c", 1);
  Put(2, "d", 1);
  table_.TakeChanges();
  Put(0, "a", 2);
  table_.Drop(2);
  const auto lost = table_.TakeChanges();
  Put(0, "a", 3);
  table_.ChangeAgain(*lost);
  const auto changes = table_.TakeChanges();
  EXPECT_THAT(changes->dropped, ElementsAre(2));
  EXPECT_THAT(Read(*changes), ElementsAre(Pair("a", 3)));
}

TEST_F(RamTableTest, AMaterialisationHoldsEachEntryOnceAsItWas) {
  Put(0, "a", 1);
  Put(0, "b", 1);
  const auto frozen = table_.TakeChanges();
  table_.SetFrozenThrough(frozen->version);
  Put(0, "a", 2);  // A copy; the first is superseded.
  table_.TakeChanges();
  const AgingEntries aging = table_.StartAging();
  table_.SetFrozenThrough(aging.version);
  Put(0, "a", 3);
  Put(0, "c", 3);
  EXPECT_THAT(Read(aging), ElementsAre(Pair("a", 2), Pair("b", 1)));
}

TEST_F(RamTableTest, AFailedMaterialisationIsPartOfTheNext) {
  Put(0, "a", 1);
  Put(0, "b", 1);
  table_.TakeChanges();
  table_.SetFrozenThrough(table_.StartAging().version);
  Put(0, "a", 2);
  table_.AbandonAging();
  table_.SetFrozenThrough(0);
  table_.TakeChanges();
  EXPECT_THAT(Read(table_.StartAging()), ElementsAre(Pair("a", 2), Pair("b", 1)));
  table_.FinishAging();
  Put(0, "c", 3);
  table_.TakeChanges();
  EXPECT_THAT(Read(table_.StartAging()), ElementsAre(Pair("c", 3)));
}

TEST_F(RamTableTest, WhatChangedInAYoungChunkBeforeItIsCleanedIsStillAChange) {
  constexpr int kEntries = 1000;
  MakeSparse(kEntries);
  for (int i = 0; i < kEntries; i += 4) Put(0, std::to_string(i), 1);  // In place.
  for (int i = 0; i < 10; ++i) table_.CleanChunk();
  for (int i = 0; i < kEntries; i += 8) Put(0, std::to_string(i), 2);
  const auto changes = table_.TakeChanges();
  table_.SetFrozenThrough(changes->version);
  for (int i = 0; i < kEntries; i += 4) Put(0, std::to_string(i), 3);
  table_.Drop(0);
  std::map<std::string, int64_t> last;
  for (const auto& [key, value] : Read(*changes)) last[key] = value;
  EXPECT_THAT(last, SizeIs(kEntries / 4));
  for (int i = 0; i < kEntries; i += 4) {
    EXPECT_EQ(last[std::to_string(i)], i % 8 == 0 ? 2 : 1) << i;
  }
}

TEST_F(RamTableTest, WhatWasLostChangesAgainWhereverItHasMoved) {
  constexpr int kEntries = 1000;
  MakeSparse(kEntries);
  for (int i = 0; i < kEntries; i += 4) Put(0, std::to_string(i), 1);
  const auto lost = table_.TakeChanges();
  table_.SetFrozenThrough(lost->version);
  for (int i = 0; i < 10; ++i) table_.CleanChunk();
  table_.SetFrozenThrough(0);
  table_.ChangeAgain(*lost);
  EXPECT_THAT(Read(*table_.TakeChanges()), SizeIs(kEntries / 4));
}

TEST_F(RamTableTest, MaterialisationsThatKeepFailingTakeNoMoreMemory) {
  int64_t before = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) Put(0, std::to_string(i), round);
    table_.TakeChanges();
    table_.SetFrozenThrough(table_.StartAging().version);
    for (int i = 0; i < 1000; ++i) Put(0, std::to_string(i), round);  // Copies.
    table_.AbandonAging();
    table_.SetFrozenThrough(0);
    if (round == 2) before = table_.bytes();
  }
  EXPECT_LE(table_.bytes(), before);
}

TEST_F(RamTableTest, OnlyWhatIsMaterialisedAndUntouchedIsEvicted) {
  for (int i = 0; i < 100; ++i) Put(0, std::to_string(i), i);
  table_.TakeChanges();
  EXPECT_EQ(table_.Evict(1 << 20), 0);
  table_.Separate(true);
  table_.SetFrozenThrough(table_.StartAging().version);
  Put(0, "7", 70);
  table_.TakeChanges();
  EXPECT_EQ(table_.Evict(1 << 20), 0);
  table_.FinishAging();
  EXPECT_EQ(table_.Evict(1 << 20), 99);
  EXPECT_EQ(table_.entries(), 1);
  EXPECT_TRUE(table_.Contains(Key(0, "7")));
  EXPECT_TRUE(table_.any_spilled());
  table_.Drop(0);
  EXPECT_FALSE(table_.any_spilled());
}

TEST_F(RamTableTest, TheOldestChunkIsEvictedFirst) {
  for (int i = 0; i < 100; ++i) Put(0, "old" + std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  for (int i = 0; i < 100; ++i) Put(0, "new" + std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  EXPECT_GT(table_.Evict(1), 0);
  EXPECT_FALSE(table_.Contains(Key(0, "old0")));
  EXPECT_TRUE(table_.Contains(Key(0, "new99")));
}

TEST_F(RamTableTest, WhatIsMaterialisedChangesInPlaceAndItsChunkIsNotEvicted) {
  Entry* const before = Put(0, "a", 1);
  for (int i = 0; i < 1000; ++i) Put(0, std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  table_.Separate(false);
  EXPECT_EQ(Put(0, "a", 2), before);
  table_.Evict(1 << 20);
  EXPECT_GT(table_.entries(), 1);  // What lies beside it stays.
  EXPECT_LT(table_.entries(), 1001);
  EXPECT_TRUE(table_.Contains(Key(0, "a")));
  EXPECT_THAT(Read(*table_.TakeChanges()), ElementsAre(Pair("a", 2)));
}

TEST_F(RamTableTest, WhileMemoryIsPlentifulEverythingChangesInPlaceAndNothingIsEvicted) {
  std::vector<Entry*> entries;
  for (int i = 0; i < 1000; ++i) entries.push_back(Put(0, std::to_string(i), i));
  table_.TakeChanges();
  table_.StartAging();
  table_.FinishAging();
  EXPECT_EQ(table_.evictable_bytes(), 0);
  EXPECT_EQ(table_.Evict(1 << 20), 0);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Put(0, std::to_string(i), i + 1), entries[i]);
  EXPECT_EQ(table_.TakeChanges()->slices[0].entries.size(), 1000u);
  EXPECT_EQ(Read(table_.StartAging()).size(), 1000u);
}

TEST_F(RamTableTest, ChunksThatCopiesEmptiedAreGivenBackWhileMemoryIsPlentiful) {
  constexpr int kEntries = 20000;
  for (int i = 0; i < kEntries; ++i) Put(0, std::to_string(i), i);
  table_.TakeChanges();
  const int64_t before = table_.bytes();
  table_.SetFrozenThrough(table_.StartAging().version);
  for (int i = 0; i < kEntries; ++i) {
    if (i % 4 != 0) Put(0, std::to_string(i), i);
  }
  EXPECT_GT(table_.bytes(), before * 3 / 2);
  table_.TakeChanges();
  table_.FinishAging();
  table_.SetFrozenThrough(0);
  for (int i = 0; i < 100; ++i) table_.CleanChunk();
  EXPECT_LT(table_.bytes(), before * 5 / 4);
  EXPECT_EQ(table_.evictable_bytes(), 0);
  EXPECT_THAT(Read(table_.StartAging()), SizeIs(kEntries * 3 / 4));
  bool created = false;
  for (int i = 0; i < kEntries; ++i) {
    ASSERT_EQ(Value(table_.Upsert(Key(0, std::to_string(i)), &created)), i);
  }
}

TEST_F(RamTableTest, AMaterialisationHoldsNothingThatTheOneBeforeHeld) {
  Put(0, "a", 1);
  Put(0, "b", 1);
  table_.TakeChanges();
  MaterializeWhileShort();
  table_.Separate(false);
  Put(0, "a", 2);  // In the chunk that b is in too.
  table_.TakeChanges();
  EXPECT_THAT(Read(table_.StartAging()), ElementsAre(Pair("a", 2)));
  table_.Separate(true);
  table_.FinishAging();
  EXPECT_EQ(table_.Evict(1 << 20), 2);
}

TEST_F(RamTableTest, AChunkHasItsTurnToBeEvictedAfterItsLastChange) {
  for (int i = 0; i < 100; ++i) Put(0, "first" + std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  table_.Separate(false);
  for (int i = 0; i < 100; ++i) Put(0, "second" + std::to_string(i), i);
  for (int i = 0; i < 100; ++i) Put(0, "first" + std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  table_.Separate(false);
  for (int i = 0; i < 100; ++i) Put(0, "third" + std::to_string(i), i);
  for (int i = 0; i < 100; ++i) Put(0, "first" + std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  EXPECT_GT(table_.Evict(1), 0);
  EXPECT_FALSE(table_.Contains(Key(0, "second0")));
  EXPECT_TRUE(table_.Contains(Key(0, "first0")));
}

TEST_F(RamTableTest, WhatIsFetchedDoesNotGoWhereSomethingHasChanged) {
  Put(0, "a", 1);
  table_.TakeChanges();
  MaterializeWhileShort();
  table_.Evict(1 << 20);
  table_.Separate(true);
  Value(table_.InsertSpilled(Key(0, "a"), 1)) = 1;
  Put(0, "a", 2);
  table_.TakeChanges();
  const AgingEntries aging = table_.StartAging();
  Value(table_.InsertSpilled(Key(0, "b"), 1)) = 5;
  EXPECT_THAT(Read(aging), ElementsAre(Pair("a", 2)));
  EXPECT_GT(table_.Evict(1), 0);
  EXPECT_FALSE(table_.Contains(Key(0, "b")));
}

TEST_F(RamTableTest, SparseChunksAreCleanedWithoutLosingEntries) {
  constexpr int kEntries = 20000;
  table_.Separate(true);
  for (int i = 0; i < kEntries; ++i) Put(0, std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  const int64_t before = table_.evictable_bytes();
  for (int i = 0; i < kEntries; ++i) {
    if (i % 4 != 0) Put(0, std::to_string(i), i);
  }
  EXPECT_EQ(table_.evictable_bytes(), before);
  for (int i = 0; i < 100; ++i) table_.CleanChunk();
  EXPECT_LT(table_.evictable_bytes(), before / 2);
  EXPECT_EQ(table_.entries(), kEntries);
  bool created = false;
  for (int i = 0; i < kEntries; ++i) {
    ASSERT_EQ(Value(table_.Upsert(Key(0, std::to_string(i)), &created)), i);
  }
}

TEST_F(RamTableTest, AChunkThatHoldsNothingCurrentIsGivenBack) {
  table_.Separate(true);
  for (int i = 0; i < 1000; ++i) Put(0, std::to_string(i), i);
  table_.TakeChanges();
  MaterializeWhileShort();
  for (int i = 0; i < 1000; ++i) Put(0, std::to_string(i), i);
  EXPECT_EQ(table_.evictable_bytes(), 0);
}

TEST_F(RamTableTest, ExpectedKeysMayComeInAnotherOrderOrNotAtAll) {
  constexpr int kEntries = 20000;  // More than a processor's cache takes.
  for (int i = 0; i < kEntries; ++i) Put(i % 2, std::to_string(i), i);
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(std::to_string(i * 77));
  std::vector<StateKey> keys;
  for (int i = 0; i < 200; ++i) keys.push_back(Key(i * 77 % 2, names[i]));
  keys.push_back(Key(5, "of no namespace"));
  table_.Expect(keys);
  bool created = false;
  for (int i = 199; i >= 0; i -= 2) {
    table_.Used(keys[i]);
    EXPECT_EQ(Value(table_.Upsert(keys[i], &created)), i * 77);
    table_.Used(keys[i]);
    EXPECT_TRUE(table_.Contains(keys[i]));
  }
  table_.Drop(0);
  table_.Drop(1);
  for (const StateKey& key : keys) {
    table_.Used(key);
    EXPECT_FALSE(table_.Contains(key));
  }
}

TEST_F(RamTableTest, AllMemoryIsGivenBack) {
  {
    const EntryLayout tails{8, true};
    RamTable table(tails, memory_);
    bool created = false;
    for (int i = 0; i < 5000; ++i) {
      Entry* const entry = table.Upsert(Key(i % 3, std::to_string(i)), &created);
      tails.tail(entry)->assign(100, 'x');
    }
    const auto frozen = table.TakeChanges();
    EXPECT_GE(memory_.used_bytes(), table.bytes());
    table.Drop(0);
    table.StartAging();
    table.FinishAging();
    table.Evict(1 << 20);
  }
  EXPECT_EQ(memory_.used_bytes(), 0);
}

}  // namespace
}  // namespace millrace
