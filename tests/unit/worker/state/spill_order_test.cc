#include "worker/state/spill_order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>
#include <tuple>

#include "common/base/hash.h"
#include "common/plan/key_groups.h"

namespace millrace {
namespace {

using testing::ElementsAre;

constexpr int32_t kMaxParallelism = 4;

// A table whose entries are put and touched by (namespace, key), and what ages of it, in order.
class Entries {
 public:
  void Put(int64_t state_namespace, const std::string& key) {
    bool created = false;
    table_.Upsert({.state_namespace = state_namespace, .key = key, .hash = HashKey(key)}, &created);
  }
  void Freeze() { frozen_.push_back(table_.TakeChanges()); }

  // (key group, namespace, key)
  using Place = std::tuple<int, int64_t, std::string>;
  std::vector<Place> Ordered() {
    Freeze();
    aging_ = table_.StartAging();
    std::vector<Place> places;
    for (const OrderedEntry& each : InSpillOrder(aging_, layout_, kMaxParallelism)) {
      places.emplace_back(each.key_group(), aging_.slices[each.slice()].state_namespace,
                          std::string(layout_.key(each.entry)));
    }
    return places;
  }

 private:
  const EntryLayout layout_{8, /*has_tail=*/false};
  StateMemory memory_{0};
  RamTable table_{layout_, memory_};
  std::vector<std::shared_ptr<const ChangeSegment>> frozen_;
  AgingEntries aging_;
};

int GroupOf(const std::string& key) {
  return KeyGroupOfHash(HashKey(key), kMaxParallelism).value();
}

Entries::Place At(int64_t state_namespace, const std::string& key) {
  return {GroupOf(key), state_namespace, key};
}

TEST(SpillOrderTest, GoesByKeyGroupThenNamespaceThenKey) {
  Entries entries;
  std::vector<Entries::Place> expected;
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const int64_t state_namespace = static_cast<int64_t>(random() % 3) - 1;
    const std::string key = "account-" + std::to_string(random() % 100'000);
    entries.Put(state_namespace, key);
    expected.push_back(At(state_namespace, key));
  }
  std::sort(expected.begin(), expected.end());
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
  EXPECT_EQ(entries.Ordered(), expected);
}

TEST(SpillOrderTest, KeysThatDifferLateOrNotAtAllInTheirHeadAreInOrderToo) {
  Entries entries;
  std::vector<Entries::Place> expected;
  // No byte in common; the eight bytes of the head are not enough; a key is another's beginning.
  for (const std::string& key :
       {std::string(), std::string("\0", 1), std::string("\0\0", 2), std::string("a"),
        std::string("aaaaaaaaaaaaaaaab"), std::string("aaaaaaaaaaaaaaaaa"), std::string("aaaaaaaa"),
        std::string("\xff\xff", 2)}) {
    entries.Put(0, key);
    expected.push_back(At(0, key));
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(entries.Ordered(), expected);
}

TEST(SpillOrderTest, AnEntryThatWasCopiedSinceComesOnce) {
  Entries entries;
  entries.Put(0, "a");
  entries.Ordered();
  entries.Put(0, "a");  // Its chunk ages: a copy takes its place.
  EXPECT_THAT(entries.Ordered(), ElementsAre(At(0, "a")));
}

TEST(SpillOrderTest, NothingIsInOrder) {
  Entries entries;
  EXPECT_THAT(entries.Ordered(), ElementsAre());
}

}  // namespace
}  // namespace millrace
