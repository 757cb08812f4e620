// Tables of files that are PARTITIONED BY, roll over, and say when a partition is complete.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/columnar/value_format.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/sink/file/file_sink.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema kBids{
    {"dt", DataType::String()}, {"price", DataType::String()}, {"hm", DataType::String()}};

// Writes the one column of the lines as it is.
class PriceEncoder final : public Encoder {
 public:
  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    CHECK(batch.columns()->num_columns() == 1);
    records = {};
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
      AppendValue(DataType::String(), *batch.column(0), row, records.bytes);
    }
    records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    return absl::OkStatus();
  }
};

class PartitionedFileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> Open(TableOptions options = {}, const StateReader* state = nullptr) {
    options.insert({{"connector", "filesystem"}, {"path", "/out"}, {"format", "csv"}});
    auto sink = NewFileSink({.table = {.name = "bids",
                                       .options = std::move(options),
                                       .schema = kBids,
                                       .partition_keys = {"dt", "hm"}}},
                            std::make_unique<PriceEncoder>(), files_);
    CHECK_OK(sink.status());
    CHECK_OK((*sink)->Open(world_.Context({}), state));
    return std::move(*sink);
  }

  void Append(Sink& sink, const std::vector<RowValues>& rows) {
    CHECK_OK(sink.Append(MakeBatch(kBids, rows)).status());
  }

  TaskStateOfTest Barrier(Sink& sink, int64_t epoch) {
    CHECK_OK(sink.Seal(Epoch(epoch)));
    world_.io.RunReady();
    auto flushed = sink.Flushed(Epoch(epoch));
    CHECK_OK(flushed.status());
    CHECK(*flushed);
    return SnapshotOf(sink);
  }

  void Checkpoint(Sink& sink, int64_t epoch) {
    Barrier(sink, epoch);
    Durable(sink, epoch);
  }

  void Durable(Sink& sink, int64_t epoch) {
    CHECK_OK(sink.OnDurable(Epoch(epoch), Term(1)));
    world_.io.RunReady();
  }

  // "path: content" of what a reader sees, line feeds as blanks.
  std::vector<std::string> Visible() {
    std::vector<std::string> seen;
    for (const std::string& path : files_.paths()) {
      if (path.find("/.") != std::string::npos) continue;
      std::string bytes = files_.bytes(path);
      for (char& c : bytes) {
        if (c == '\n') c = ' ';
      }
      seen.push_back(absl::StrCat(path.substr(5), ": ", bytes));
    }
    return seen;
  }

  static EventTime At(const char* text) {
    const Batch batch = MakeBatch({{"at", DataType::Timestamp(3)}}, {{text}});
    return EventTime(batch.column(0)->data()->GetValues<int64_t>(1)[0]);
  }

  const TableOptions commit_{{"sink.partition-commit.policy.kind", "success-file"},
                             {"sink.partition-commit.trigger", "partition-time"},
                             {"sink.partition-commit.delay", "1 min"},
                             {"partition.time-extractor.timestamp-pattern", "$dt $hm:00"}};
  MemoryFiles files_;
  ConnectorWorld world_;
};

TEST_F(PartitionedFileSinkTest, RowsAreInTheFoldersOfTheirKeysWithoutTheKeys) {
  auto sink = Open();
  Append(
      *sink,
      {{"2024-01-31", "1", "12:05"}, {"2024-01-31", "2", "12:06"}, {"2024-01-31", "3", "12:05"}});
  EXPECT_THAT(Visible(), IsEmpty());
  Checkpoint(*sink, 5);
  EXPECT_THAT(Visible(), ElementsAre("dt=2024-01-31/hm=12%3A05/part-job-1-0-0-5.csv: 1 3 ",
                                     "dt=2024-01-31/hm=12%3A06/part-job-1-0-0-5.csv: 2 "));
}

TEST_F(PartitionedFileSinkTest, FoldersOfTimesAreNamedAsJavaPrintsThem) {
  const Schema schema{{"at", DataType::Timestamp(3)}, {"price", DataType::String()}};
  auto sink = NewFileSink(
      {.table = {.name = "bids",
                 .options = {{"connector", "filesystem"}, {"path", "/out"}, {"format", "csv"}},
                 .schema = schema,
                 .partition_keys = {"at"}}},
      std::make_unique<PriceEncoder>(), files_);
  ASSERT_OK(sink);
  ASSERT_OK((*sink)->Open(world_.Context({}), nullptr));
  ASSERT_OK((*sink)->Append(MakeBatch(
      schema, {{"2024-01-31 12:05:00", "1"}, {"2024-01-31 12:05:06.12", "2"}, {nullptr, "3"}})));
  Checkpoint(**sink, 1);
  EXPECT_THAT(Visible(), ElementsAre("at=2024-01-31T12%3A05%3A06.120/part-job-1-0-0-1.csv: 2 ",
                                     "at=2024-01-31T12%3A05/part-job-1-0-0-1.csv: 1 ",
                                     "at=__DEFAULT_PARTITION__/part-job-1-0-0-1.csv: 3 "));
}

TEST_F(PartitionedFileSinkTest, NullAndNothingAreTheDefaultPartition) {
  auto sink = Open();
  Append(*sink, {{nullptr, "1", ""}});
  Checkpoint(*sink, 1);
  EXPECT_THAT(
      Visible(),
      ElementsAre("dt=__DEFAULT_PARTITION__/hm=__DEFAULT_PARTITION__/part-job-1-0-0-1.csv: 1 "));
  auto hive = Open({{"partition.default-name", "__HIVE_DEFAULT_PARTITION__"}});
  Append(*hive, {{"a/b", "2", nullptr}});
  Checkpoint(*hive, 2);
  EXPECT_EQ(Visible()[1], "dt=a%2Fb/hm=__HIVE_DEFAULT_PARTITION__/part-job-1-0-0-2.csv: 2 ");
}

TEST_F(PartitionedFileSinkTest, AFileThatIsLargeEnoughIsNotWrittenOn) {
  auto sink = Open({{"sink.rolling-policy.file-size", "4 b"}});
  Append(*sink, {{"d", "aa", "h"}, {"d", "bb", "h"}, {"d", "cc", "h"}});
  Checkpoint(*sink, 1);
  EXPECT_THAT(Visible(), ElementsAre("dt=d/hm=h/part-job-1-0-0-1-1.csv: cc ",
                                     "dt=d/hm=h/part-job-1-0-0-1.csv: aa bb "));
}

TEST_F(PartitionedFileSinkTest, WithoutAPolicyNothingSaysThatAPartitionIsComplete) {
  auto sink = Open();
  Append(*sink, {{"2024-01-31", "1", "12:05"}});
  sink->OnWatermark(EventTime::Max());
  Checkpoint(*sink, 1);
  ASSERT_EQ(Visible().size(), 1u);
}

TEST_F(PartitionedFileSinkTest, APartitionIsCompleteOnceTheWatermarkHasPassedItsTimeAndTheDelay) {
  auto sink = Open(commit_);
  Append(*sink, {{"2024-01-31", "1", "12:05"}, {"2024-01-31", "2", "12:06"}});
  sink->OnWatermark(At("2024-01-31 12:06:00"));
  Checkpoint(*sink, 1);
  ASSERT_EQ(Visible().size(), 2u);
  sink->OnWatermark(At("2024-01-31 12:06:00.001"));
  Barrier(*sink, 2);
  EXPECT_EQ(Visible().size(), 2u);
  Durable(*sink, 2);
  EXPECT_THAT(Visible(), ElementsAre("dt=2024-01-31/hm=12%3A05/_SUCCESS: ",
                                     "dt=2024-01-31/hm=12%3A05/part-job-1-0-0-1.csv: 1 ",
                                     "dt=2024-01-31/hm=12%3A06/part-job-1-0-0-1.csv: 2 "));
  sink->OnWatermark(EventTime::Max());
  Checkpoint(*sink, 3);
  EXPECT_TRUE(files_.contains("/out/dt=2024-01-31/hm=12%3A06/_SUCCESS"));
}

TEST_F(PartitionedFileSinkTest, ByProcessTimeAPartitionIsCompleteSoMuchTimeAfterItsFirstRow) {
  auto sink = Open({{"sink.partition-commit.policy.kind", "success-file"},
                    {"sink.partition-commit.delay", "1 h"},
                    {"sink.partition-commit.success-file.name", "DONE"}});
  Append(*sink, {{"d", "1", "h"}});
  Checkpoint(*sink, 1);
  EXPECT_FALSE(files_.contains("/out/dt=d/hm=h/DONE"));
  world_.clock.Advance(absl::Hours(1));
  Checkpoint(*sink, 2);
  EXPECT_TRUE(files_.contains("/out/dt=d/hm=h/DONE"));
}

TEST_F(PartitionedFileSinkTest,
       WhatACheckpointHadSealedIsPublishedAndItsSuccessWrittenAfterARestart) {
  const TableOptions by_clock{{"sink.partition-commit.policy.kind", "success-file"}};
  auto sink = Open(by_clock);
  Append(*sink, {{"2024-01-31", "1", "12 05"}});
  const TaskStateOfTest state = Barrier(*sink, 1);
  sink.reset();
  const RestoredOfTest restored({state});
  sink = Open(by_clock, &restored);
  world_.io.RunReady();
  EXPECT_THAT(Visible(), ElementsAre("dt=2024-01-31/hm=12 05/_SUCCESS: ",
                                     "dt=2024-01-31/hm=12 05/part-job-1-0-0-1.csv: 1 "));
}

TEST_F(PartitionedFileSinkTest, APartitionThatIsNotCompleteIsRememberedAcrossARestart) {
  auto sink = Open(commit_);
  Append(*sink, {{"2024-01-31", "1", "12:05"}});
  const TaskStateOfTest state = Barrier(*sink, 1);
  sink.reset();
  const RestoredOfTest restored({state});
  sink = Open(commit_, &restored);
  sink->OnWatermark(EventTime::Max());
  Checkpoint(*sink, 2);
  EXPECT_TRUE(files_.contains("/out/dt=2024-01-31/hm=12%3A05/_SUCCESS"));
}

TEST_F(PartitionedFileSinkTest, HiddenFilesOfAPartitionThatNoCheckpointKnowsAreRemoved) {
  auto sink = Open();
  Append(*sink, {{"d", "1", "h"}});
  Barrier(*sink, 1);
  sink.reset();
  Open();
  EXPECT_THAT(files_.paths(), IsEmpty());
}

TEST_F(PartitionedFileSinkTest, APartitionWhoseTimeCannotBeToldFailsByName) {
  auto sink = Open(commit_);
  EXPECT_THAT(sink->Append(MakeBatch(kBids, {{"monday", "1", "noon"}})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("table bids: the partition's time 'monday noon:00'")));
}

}  // namespace
}  // namespace millrace
