// What every spill store does, on the real one and on its twin.

#include "worker/state/spill_store.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/absl_view.h"
#include "tests/unit/worker/state/spill_worlds.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

using Entries = std::map<std::string, std::string>;

class SpillStoreTest : public testing::TestWithParam<SpillKind> {
 protected:
  std::unique_ptr<SpillStore> Open(const std::string& name, SpillStoreOptions options = {}) {
    options.dir = absl::StrCat(world_.root(), "/", name);
    options.files = &world_.files();
    absl::StatusOr<std::unique_ptr<SpillStore>> store = world_.stores().Open(std::move(options));
    EXPECT_OK(store);
    return store.ok() ? *std::move(store) : nullptr;
  }

  static void Put(SpillStore& store, const Entries& entries) {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<SpillBatch> batch, store.NewBatch());
    for (const auto& [key, value] : entries) ASSERT_OK(batch->Put(key, value));
    ASSERT_OK(batch->Commit());
  }

  static Entries All(SpillStore& store) {
    Entries entries;
    const std::unique_ptr<SpillIterator> it = store.NewIterator();
    for (it->Seek(""); it->Valid(); it->Next()) {
      entries.emplace(std::string(it->key()), std::string(it->value()));
    }
    EXPECT_OK(it->status());
    return entries;
  }

  // Holds the tables of a snapshot under names of the test's.
  SpillStoreOptions Keep(SpillStore& store, const std::string& name) {
    SpillStoreOptions options;
    absl::StatusOr<std::string> catalog = store.Snapshot([&](const SpillTable& table) {
      options.tables.push_back({.number = table.number,
                                .path = absl::StrCat(world_.root(), "/", name, "-", table.number)});
      return world_.files().Link(table.path, options.tables.back().path);
    });
    EXPECT_OK(catalog);
    options.catalog = catalog.value_or("");
    return options;
  }

  SpillWorld world_{GetParam()};
};

TEST_P(SpillStoreTest, LaterEntriesTakeThePlaceOfEarlierOnes) {
  const auto store = Open("a");
  Put(*store, {{"k1", "v1"}, {"k2", "v1"}});
  Put(*store, {{"k2", "v2"}, {"k3", "v2"}});
  ASSERT_OK_AND_ASSIGN(const auto values, store->Get({"k3", "absent", "k2", "k1"}));
  EXPECT_THAT(values, ElementsAre(Optional(std::string("v2")), std::nullopt,
                                  Optional(std::string("v2")), Optional(std::string("v1"))));
  EXPECT_THAT(All(*store), ElementsAre(Pair("k1", "v1"), Pair("k2", "v2"), Pair("k3", "v2")));
}

TEST_P(SpillStoreTest, AnIteratorSeeksInByteOrderAndKeepsItsView) {
  const auto store = Open("a");
  Put(*store, {{std::string("\x00\x01", 2), "1"}, {"\x7f", "2"}, {"\xff\xff", "3"}});
  const std::unique_ptr<SpillIterator> it = store->NewIterator();
  it->Seek("\x80");
  Put(*store, {{"\x90", "later"}});
  ASSERT_TRUE(it->Valid());
  EXPECT_EQ(it->key(), "\xff\xff");
  it->Next();
  EXPECT_FALSE(it->Valid());
  EXPECT_OK(it->status());
}

TEST_P(SpillStoreTest, ABatchThatIsNotCommittedLeavesNothing) {
  const auto store = Open("a");
  Put(*store, {{"k", "v"}});
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<SpillBatch> batch, store->NewBatch());
    ASSERT_OK(batch->Put("k", "w"));
  }
  EXPECT_THAT(All(*store), ElementsAre(Pair("k", "v")));
}

TEST_P(SpillStoreTest, ASnapshotIsOpenedAsItWasThoughTheStoreWentOn) {
  SpillStoreOptions kept;
  {
    const auto store = Open("a");
    Put(*store, {{"k1", "v1"}, {"k2", "v1"}});
    Put(*store, {{"k2", "v2"}});
    kept = Keep(*store, "kept");
    for (int i = 0; i < 10; ++i) Put(*store, {{"k1", absl::StrCat("later", i)}});
  }
  const auto opened = Open("b", kept);
  EXPECT_THAT(All(*opened), ElementsAre(Pair("k1", "v1"), Pair("k2", "v2")));
  Put(*opened, {{"k3", "v3"}});
  const auto again = Open("c", Keep(*opened, "again"));
  EXPECT_THAT(All(*again), ElementsAre(Pair("k1", "v1"), Pair("k2", "v2"), Pair("k3", "v3")));
}

TEST_P(SpillStoreTest, WhatTheFilterCallsDeadGoesWithTimeAndTheRestStays) {
  SpillStoreOptions options;
  options.new_filter = [] {
    return [](std::string_view key, std::string_view) {
      return !absl::StartsWith(AbslView(key), "dead");
    };
  };
  const auto store = Open("a", std::move(options));
  for (int i = 0; i < 40; ++i) {
    Put(*store, {{absl::StrFormat("dead%02d", i), "x"}, {absl::StrFormat("live%02d", i % 7), "y"}});
  }
  EXPECT_EQ(All(*store).count("live06"), 1u);
  if (GetParam() == SpillKind::kMemory) {
    EXPECT_EQ(All(*store).count("dead00"), 0u);
  }
}

TEST_P(SpillStoreTest, ManyTablesMakeOneOrderedWhole) {
  const auto store = Open("a");
  Entries expected;
  for (int round = 0; round < 12; ++round) {
    Entries entries;
    for (int i = 0; i < 500; ++i) {
      entries[absl::StrFormat("%05d", (i * 37 + round * 11) % 3000)] = absl::StrCat(round);
    }
    for (const auto& [key, value] : entries) expected[key] = value;
    Put(*store, entries);
  }
  EXPECT_EQ(All(*store), expected);
}

TEST_P(SpillStoreTest, ADamagedCatalogIsDataLoss) {
  const auto store = Open("a");
  Put(*store, {{"k", "v"}});
  SpillStoreOptions kept = Keep(*store, "kept");
  kept.catalog = "\xff";
  kept.dir = world_.root() + "/b";
  kept.files = &world_.files();
  EXPECT_THAT(world_.stores().Open(kept), StatusIs(absl::StatusCode::kDataLoss, testing::_));
}

INSTANTIATE_TEST_SUITE_P(Both, SpillStoreTest,
                         testing::Values(SpillKind::kMemory, SpillKind::kRocksDb), SpillKindName);

}  // namespace
}  // namespace millrace
