// What every metadata store does, run against each implementation; then what only the durable one
// does.

#include "coordinator/store/metadata_store.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "coordinator/store/memory_store.h"
#include "coordinator/store/rocksdb_store.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string FreshFolder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name();
  for (char& c : name) c = c == '/' ? '-' : c;
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

std::unique_ptr<MetadataStore> Open(const std::string& folder) {
  auto store = OpenRocksDbStore(folder);
  EXPECT_OK(store);
  return *std::move(store);
}

std::vector<std::string> Keys(MetadataStore& store, const std::string& prefix) {
  std::vector<std::string> keys;
  const auto entries = store.List(prefix);
  EXPECT_OK(entries);
  for (const StoredEntry& entry : entries.value()) keys.push_back(entry.key);
  return keys;
}

class MetadataStoreTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "memory") {
      store_ = std::make_unique<MemoryStore>();
    } else {
      store_ = Open(FreshFolder());
    }
  }
  std::unique_ptr<MetadataStore> store_;
};

TEST_P(MetadataStoreTest, AKeyThatWasNeverPutIsNotThere) {
  EXPECT_FALSE(store_->Get("jobs/1")->has_value());
  EXPECT_THAT(Keys(*store_, ""), ElementsAre());
}

TEST_P(MetadataStoreTest, EveryChangeAddsOneToTheVersion) {
  EXPECT_THAT(store_->Put("k", MetadataStore::kAbsent, "a"), IsOkAndHolds(1));
  EXPECT_THAT(store_->Put("k", 1, "b"), IsOkAndHolds(2));
  ASSERT_OK_AND_ASSIGN(const auto value, store_->Get("k"));
  EXPECT_EQ(value->bytes, "b");
  EXPECT_EQ(value->version, 2);
}

TEST_P(MetadataStoreTest, OnlyOneOfTwoWritersOfAVersionWins) {
  ASSERT_OK(store_->Put("latest", MetadataStore::kAbsent, "epoch 1"));
  EXPECT_OK(store_->Put("latest", 1, "epoch 2 of the leader"));
  EXPECT_THAT(store_->Put("latest", 1, "epoch 2 of a zombie"),
              StatusIs(absl::StatusCode::kAborted, AllOf(HasSubstr("latest"), HasSubstr("2"))));
  EXPECT_EQ((*store_->Get("latest"))->bytes, "epoch 2 of the leader");
}

TEST_P(MetadataStoreTest, CreatingWhatIsThereFails) {
  ASSERT_OK(store_->Put("k", MetadataStore::kAbsent, "a"));
  EXPECT_THAT(store_->Put("k", MetadataStore::kAbsent, "b"),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("k")));
}

TEST_P(MetadataStoreTest, DeleteComparesToo) {
  ASSERT_OK(store_->Put("k", MetadataStore::kAbsent, "a"));
  EXPECT_THAT(store_->Delete("k", 2), StatusIs(absl::StatusCode::kAborted, HasSubstr("k")));
  EXPECT_OK(store_->Delete("k", 1));
  EXPECT_FALSE(store_->Get("k")->has_value());
  EXPECT_THAT(store_->Delete("k", 1), StatusIs(absl::StatusCode::kAborted, HasSubstr("k")));
}

TEST_P(MetadataStoreTest, ListsAPrefixInOrder) {
  for (const char* key : {"jobs/2", "jobs/10", "job", "jobs/1", "jobz"}) {
    ASSERT_OK(store_->Put(key, MetadataStore::kAbsent, "x"));
  }
  EXPECT_THAT(Keys(*store_, "jobs/"), ElementsAre("jobs/1", "jobs/10", "jobs/2"));
}

TEST_P(MetadataStoreTest, AnyBytesAreAValue) {
  const std::string bytes("\0\xff\n\0", 4);
  ASSERT_OK(store_->Put("k", MetadataStore::kAbsent, bytes));
  EXPECT_EQ((*store_->Get("k"))->bytes, bytes);
  ASSERT_OK(store_->Put("empty", MetadataStore::kAbsent, ""));
  EXPECT_EQ((*store_->Get("empty"))->bytes, "");
}

INSTANTIATE_TEST_SUITE_P(Stores, MetadataStoreTest, testing::Values("memory", "rocksdb"),
                         [](const auto& info) { return std::string(info.param); });

TEST(RocksDbStoreTest, EverythingIsThereAfterReopening) {
  const std::string folder = FreshFolder();
  ASSERT_OK(Open(folder)->Put("jobs/1", MetadataStore::kAbsent, "a job"));
  const auto store = Open(folder);
  EXPECT_EQ((*store->Get("jobs/1"))->bytes, "a job");
  EXPECT_THAT(store->Put("jobs/1", 1, "changed"), IsOkAndHolds(2));
}

TEST(RocksDbStoreTest, EveryOpeningIsANewTerm) {
  const std::string folder = FreshFolder();
  EXPECT_EQ(Open(folder)->term(), Term(1));
  EXPECT_EQ(Open(folder)->term(), Term(2));
  EXPECT_EQ(Open(folder)->term(), Term(3));
}

TEST(RocksDbStoreTest, TheTermIsNoKeyOfTheUser) {
  const auto store = Open(FreshFolder());
  EXPECT_THAT(Keys(*store, ""), ElementsAre());
  EXPECT_OK(store->Put("meta/term", MetadataStore::kAbsent, "mine"));
}

TEST(RocksDbStoreTest, ASecondCoordinatorOnTheFolderIsToldSo) {
  const std::string folder = FreshFolder();
  const auto first = Open(folder);
  EXPECT_THAT(OpenRocksDbStore(folder),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("another coordinator"), HasSubstr(folder))));
}

TEST(RocksDbStoreTest, ItIsReadBesideItsCoordinatorAndAfterIt) {
  const std::string folder = FreshFolder();
  auto store = Open(folder);
  ASSERT_OK(store->Put("k", MetadataStore::kAbsent, "v"));
  for (const bool coordinator_runs : {true, false}) {
    if (!coordinator_runs) store.reset();
    ASSERT_OK_AND_ASSIGN(const auto reader, OpenRocksDbStoreForReading(folder));
    EXPECT_EQ(reader->term(), Term(1));
    ASSERT_OK_AND_ASSIGN(const auto value, reader->Get("k"));
    EXPECT_EQ(value->bytes, "v");
    EXPECT_FALSE(reader->Put("k", value->version, "w").ok());
  }
  EXPECT_EQ(Open(folder)->term(), Term(2));  // Reading took none.
}

TEST(RocksDbStoreTest, ReadingAFolderWithoutAStoreMakesNone) {
  const std::string folder = FreshFolder() + "/none";
  EXPECT_THAT(OpenRocksDbStoreForReading(folder),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(folder)));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(RocksDbStoreTest, AFolderThatCannotBeMadeIsNamed) {
  EXPECT_THAT(OpenRocksDbStore("/dev/null/metadata"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("/dev/null/metadata")));
}

TEST(MemoryStoreTest, ReopeningKeepsTheValuesAndTakesTheNextTerm) {
  MemoryStore first;
  ASSERT_OK(first.Put("k", MetadataStore::kAbsent, "v"));
  const auto second = first.Reopen();
  EXPECT_EQ(second->term(), Term(2));
  EXPECT_EQ((*second->Get("k"))->bytes, "v");
}

}  // namespace
}  // namespace millrace
