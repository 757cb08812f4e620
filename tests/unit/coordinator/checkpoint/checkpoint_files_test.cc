// The adapters: manifests as files, and the commit point in the metadata store.

#include <gmock/gmock.h>

#include <functional>

#include "common/checkpoint/paths.h"
#include "coordinator/checkpoint/checkpoint_journal.h"
#include "coordinator/checkpoint/manifest_folder.h"
#include "coordinator/store/memory_store.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/plain_codec.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Manifest Of(int64_t epoch, std::vector<std::string> files = {}) {
  Manifest manifest{.epoch = Epoch(epoch), .term = Term(1), .attempt = Attempt(1), .uuid = "u"};
  manifest.graph.stages.push_back({.id = StageId(0), .parallelism = 1});
  TaskSnapshot task{.task = {StageId(0), 0}};
  OperatorSnapshot snapshot{.state_id = "s"};
  snapshot.keyed.push_back({.key_groups = {0, 1024}});
  for (std::string& file : files) snapshot.keyed[0].deltas.push_back({.path = std::move(file)});
  task.operators.push_back(snapshot);
  manifest.tasks.push_back(task);
  return manifest;
}

class ManifestFolderTest : public testing::Test {
 protected:
  MemoryFiles files_;
  PlainCodec codec_;
  ManifestFolder folder_{files_, codec_, "/c/job-1"};
};

TEST_F(ManifestFolderTest, AManifestIsWrittenUnderANameOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(const StoredManifest stored, folder_.Write(Of(7, {"state/d"})));
  EXPECT_EQ(stored.ref.path, "manifests/7-1-u.manifest");
  EXPECT_THAT(stored.files, ElementsAre("state/d"));
  EXPECT_TRUE(files_.contains("/c/job-1/manifests/7-1-u.manifest"));
}

TEST_F(ManifestFolderTest, AFullDiskIsTheErrorOfTheFileSystem) {
  files_.FailWrites(absl::ResourceExhaustedError("/c: no space left on device"));
  EXPECT_THAT(folder_.Write(Of(7)),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("no space left")));
}

TEST_F(ManifestFolderTest, TheLatestIsRestored) {
  ASSERT_OK_AND_ASSIGN(const StoredManifest six, folder_.Write(Of(6)));
  ASSERT_OK_AND_ASSIGN(const StoredManifest seven, folder_.Write(Of(7, {"state/d"})));
  ASSERT_OK_AND_ASSIGN(const RestorePoint point, folder_.Load({six.ref, seven.ref}, Of(0).graph));
  EXPECT_EQ(point.manifest->epoch, Epoch(7));
  EXPECT_EQ(point.retained.size(), 2u);
  EXPECT_THAT(*point.retained[1].files, ElementsAre("state/d"));
  EXPECT_EQ(point.warning, "");
}

TEST_F(ManifestFolderTest, ADamagedLatestIsPassedOverWithAWarning) {
  ASSERT_OK_AND_ASSIGN(const StoredManifest six, folder_.Write(Of(6)));
  ASSERT_OK_AND_ASSIGN(const StoredManifest seven, folder_.Write(Of(7)));
  files_.bytes("/c/job-1/" + seven.ref.path)[0] ^= 1;
  ASSERT_OK_AND_ASSIGN(const RestorePoint point, folder_.Load({six.ref, seven.ref}, Of(0).graph));
  EXPECT_EQ(point.manifest->epoch, Epoch(6));
  EXPECT_EQ(point.retained.size(), 1u);
  EXPECT_THAT(point.warning, HasSubstr(seven.ref.path));
}

TEST_F(ManifestFolderTest, ADeletedLatestOfAnExactlyOnceJobStopsTheJob) {
  ASSERT_OK_AND_ASSIGN(const StoredManifest six, folder_.Write(Of(6)));
  ASSERT_OK_AND_ASSIGN(const StoredManifest seven, folder_.Write(Of(7)));
  ASSERT_OK(files_.Remove("/c/job-1/" + seven.ref.path));
  JobGraph graph = Of(0).graph;
  graph.stages[0].operators.push_back(
      {.spec = SinkSpec{{.options = {{"sink.delivery-guarantee", "exactly-once"}}}}});
  EXPECT_THAT(folder_.Load({six.ref, seven.ref}, graph),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("write output twice")));
}

TEST_F(ManifestFolderTest, OnlyWhatNobodyCanNeedIsDeleted) {
  const FileOrigin old_one{Epoch(3), Term(1), Attempt(1), WorkerId("w")};
  const FileOrigin own{Epoch(9), Term(1), Attempt(2), WorkerId("w")};
  for (const std::string& path :
       {DeltaPath(old_one), DeltaPath(own), std::string("state/1-1-1-w-0-0-1.sst"),
        std::string("manifests/2-1-u.manifest"), std::string("state/notes.txt")}) {
    files_.bytes("/c/job-1/" + path) = "x";
  }
  ASSERT_OK_AND_ASSIGN(const GarbageCollected collected,
                       folder_.Collect({.retained = {"state/1-1-1-w-0-0-1.sst"},
                                        .latest = Epoch(8),
                                        .term = Term(1),
                                        .attempt = Attempt(2)}));
  EXPECT_EQ(collected.deleted, 2);
  EXPECT_THAT(files_.paths(),
              UnorderedElementsAre("/c/job-1/" + DeltaPath(own), "/c/job-1/state/1-1-1-w-0-0-1.sst",
                                   "/c/job-1/state/notes.txt"));
}

// A store whose next Put does what the test says.
class DoubtfulStore final : public MetadataStore {
 public:
  std::function<absl::Status(MetadataStore&, const std::string&, int64_t, std::string)> next_put;
  bool unreadable = false;

  Term term() const override { return Term(1); }
  absl::StatusOr<std::optional<StoredValue>> Get(const std::string& key) override {
    if (unreadable) return absl::UnavailableError("gone");
    return memory_.Get(key);
  }
  absl::StatusOr<std::vector<StoredEntry>> List(const std::string& prefix) override {
    return memory_.List(prefix);
  }
  absl::StatusOr<int64_t> Put(const std::string& key, int64_t expected,
                              std::string bytes) override {
    if (!next_put) return memory_.Put(key, expected, std::move(bytes));
    const absl::Status status =
        std::exchange(next_put, nullptr)(memory_, key, expected, std::move(bytes));
    if (!status.ok()) return status;
    return expected + 1;
  }
  absl::Status Delete(const std::string& key, int64_t expected) override {
    return memory_.Delete(key, expected);
  }

 private:
  MemoryStore memory_;
};

class CheckpointJournalTest : public testing::Test {
 protected:
  static CheckpointRecord Latest(int64_t epoch) { return {.retained = {{.epoch = Epoch(epoch)}}}; }
  DoubtfulStore store_;
  PlainCodec codec_;
  CheckpointJournal journal_{store_, codec_, JobId("job-1")};
};

TEST_F(CheckpointJournalTest, ANewJobHasNoCheckpoint) {
  EXPECT_TRUE(journal_.Load()->retained.empty());
}

TEST_F(CheckpointJournalTest, ACommitIsReadBack) {
  ASSERT_OK(journal_.Commit(Epoch(0), Latest(1)));
  ASSERT_OK(journal_.Commit(Epoch(1), Latest(2)));
  EXPECT_EQ(journal_.Load()->retained.back().epoch, Epoch(2));
}

TEST_F(CheckpointJournalTest, ACommitOntoAnotherParentIsRefused) {
  ASSERT_OK(journal_.Commit(Epoch(0), Latest(1)));
  EXPECT_THAT(journal_.Commit(Epoch(0), Latest(2)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("epoch 1, not 0")));
}

TEST_F(CheckpointJournalTest, AnErrorAfterTheWriteTookPlaceIsASuccess) {
  store_.next_put = [](MetadataStore& memory, const std::string& key, int64_t expected,
                       std::string bytes) {
    EXPECT_OK(memory.Put(key, expected, std::move(bytes)));
    return absl::UnavailableError("answer lost");
  };
  EXPECT_OK(journal_.Commit(Epoch(0), Latest(1)));
}

TEST_F(CheckpointJournalTest, AnErrorBeforeTheWriteIsAFailureAndTheNextCommitWorks) {
  store_.next_put = [](MetadataStore&, const std::string&, int64_t, std::string) {
    return absl::ResourceExhaustedError("disk full");
  };
  EXPECT_THAT(journal_.Commit(Epoch(0), Latest(1)),
              StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
  EXPECT_OK(journal_.Commit(Epoch(0), Latest(2)));
}

TEST_F(CheckpointJournalTest, AnOutcomeThatCannotBeReadIsUnknown) {
  store_.next_put = [this](MetadataStore&, const std::string&, int64_t, std::string) {
    store_.unreadable = true;
    return absl::UnavailableError("gone");
  };
  EXPECT_THAT(journal_.Commit(Epoch(0), Latest(1)),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("not known")));
}

TEST_F(CheckpointJournalTest, ReservedEpochsAreRemembered) {
  EXPECT_THAT(journal_.LoadReserved(), IsOkAndHolds(Epoch(0)));
  ASSERT_OK(journal_.Reserve(Epoch(100)));
  ASSERT_OK(journal_.Reserve(Epoch(200)));
  EXPECT_THAT(CheckpointJournal(store_, codec_, JobId("job-1")).LoadReserved(),
              IsOkAndHolds(Epoch(200)));
  EXPECT_THAT(CheckpointJournal(store_, codec_, JobId("job-2")).LoadReserved(),
              IsOkAndHolds(Epoch(0)));
}

}  // namespace
}  // namespace millrace
