#include "worker/sink/file/file_sink.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/columnar/value_format.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Schema kRows{{"text", DataType::String()}};

// Writes a row's only value, as it is.
class PlainEncoder final : public Encoder {
 public:
  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records = {};
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
      AppendValue(kRows.field(0).type, *batch.column(0), row, records.bytes);
    }
    records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    return absl::OkStatus();
  }
};

class FileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> Open(ConnectorWorld::Place place = {}, const StateReader* state = nullptr) {
    auto sink = NewFileSink({.table = {.name = "result",
                                       .options = {{"connector", "filesystem"}, {"path", "/out"}},
                                       .schema = kRows}},
                            std::make_unique<PlainEncoder>(), files_);
    CHECK_OK(sink.status());
    CHECK_OK((*sink)->Open(world_.Context(place), state));
    return std::move(*sink);
  }

  void Append(Sink& sink, const std::string& text) {
    auto progress = sink.Append(MakeBatch(kRows, {{text}}));
    CHECK_OK(progress.status());
    CHECK(*progress == Progress::kDone);
  }

  // The barrier of `epoch`, up to the state that the acknowledgement carries.
  TaskStateOfTest Barrier(Sink& sink, int64_t epoch) {
    CHECK_OK(sink.Seal(Epoch(epoch)));
    world_.io.RunReady();
    auto flushed = sink.Flushed(Epoch(epoch));
    CHECK_OK(flushed.status());
    CHECK(*flushed);
    return SnapshotOf(sink);
  }

  void Durable(Sink& sink, int64_t epoch) {
    CHECK_OK(sink.OnDurable(Epoch(epoch), Term(1)));
    world_.io.RunReady();
  }

  // The lines that a reader sees, sorted.
  std::vector<std::string> Visible() {
    std::vector<std::string> lines;
    for (const std::string& path : files_.paths()) {
      if (path.starts_with("/out/.")) continue;
      std::string line;
      for (const char c : files_.bytes(path)) {
        if (c == '\n') {
          lines.push_back(std::exchange(line, ""));
        } else {
          line += c;
        }
      }
      EXPECT_TRUE(line.empty()) << path << " ends within a line";
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  MemoryFiles files_;
  ConnectorWorld world_;
};

TEST_F(FileSinkTest, RowsAreVisibleOnceTheirCheckpointIsDurableAndNotBefore) {
  auto sink = Open();
  Append(*sink, "a");
  Append(*sink, "b");
  EXPECT_THAT(Visible(), IsEmpty());
  Barrier(*sink, 5);
  EXPECT_THAT(Visible(), IsEmpty());
  Durable(*sink, 5);
  EXPECT_THAT(Visible(), ElementsAre("a", "b"));
  EXPECT_THAT(files_.paths(), ElementsAre("/out/part-job-1-0-0-5.json"));
}

TEST_F(FileSinkTest, ABarrierIsAcknowledgedOnlyWhenTheFileIsDurable) {
  auto sink = Open();
  Append(*sink, "a");
  ASSERT_OK(sink->Seal(Epoch(1)));
  EXPECT_THAT(sink->Flushed(Epoch(1)), IsOkAndHolds(false));
  world_.io.RunReady();
  EXPECT_THAT(sink->Flushed(Epoch(1)), IsOkAndHolds(true));
  EXPECT_GT(world_.wakes, 0);
}

TEST_F(FileSinkTest, AnEpochWithoutRowsMakesNoFile) {
  auto sink = Open();
  Barrier(*sink, 1);
  Durable(*sink, 1);
  EXPECT_THAT(files_.paths(), IsEmpty());
}

TEST_F(FileSinkTest, AFailureBeforeTheCheckpointIsDurableTakesTheRowsBack) {
  auto before = Open();
  Append(*before, "a");
  const TaskStateOfTest first = Barrier(*before, 1);
  Durable(*before, 1);
  Append(*before, "b");
  Barrier(*before, 2);

  world_.attempt = Attempt(2);
  const RestoredOfTest state({first});
  auto after = Open({}, &state);
  EXPECT_THAT(files_.paths(), SizeIs(1)) << "what epoch 2 had staged is removed";
  Append(*after, "b");
  Barrier(*after, 3);
  Durable(*after, 3);
  EXPECT_THAT(Visible(), ElementsAre("a", "b"));
}

TEST_F(FileSinkTest, AFailureAfterTheCheckpointIsDurablePublishesAtTheRestore) {
  auto before = Open();
  Append(*before, "a");
  const RestoredOfTest state({Barrier(*before, 1)});
  world_.attempt = Attempt(2);
  auto after = Open({}, &state);
  EXPECT_THAT(Visible(), ElementsAre("a"));
}

TEST_F(FileSinkTest, RestoringTwiceFromOneCheckpointPublishesOnce) {
  auto before = Open();
  Append(*before, "a");
  const RestoredOfTest state({Barrier(*before, 1)});
  Durable(*before, 1);
  for (int attempt = 2; attempt < 4; ++attempt) {
    world_.attempt = Attempt(attempt);
    Open({}, &state);
    EXPECT_THAT(Visible(), ElementsAre("a"));
  }
}

TEST_F(FileSinkTest, APublicationUnderWayIsPartOfTheNextCheckpoint) {
  auto before = Open();
  Append(*before, "a");
  Barrier(*before, 1);
  ASSERT_OK(before->OnDurable(Epoch(1), Term(1)));  // The work has not run when epoch 2 is sealed.
  ASSERT_OK(before->Seal(Epoch(2)));
  const RestoredOfTest state({SnapshotOf(*before)});
  world_.attempt = Attempt(2);
  Open({}, &state);
  EXPECT_THAT(Visible(), ElementsAre("a"));
}

TEST_F(FileSinkTest, APublicationThatFailsAfterTheFlushIsStillPartOfTheNextCheckpoint) {
  auto before = Open();
  Append(*before, "a");
  Barrier(*before, 1);
  ASSERT_OK(before->OnDurable(Epoch(1), Term(1)));
  ASSERT_OK(before->Seal(Epoch(2)));
  EXPECT_THAT(before->Flushed(Epoch(2)), IsOkAndHolds(true));
  files_.FailWrites(absl::UnavailableError("the disk is gone"));
  world_.io.RunReady();
  const RestoredOfTest state({SnapshotOf(*before)});
  files_.FailWrites(absl::OkStatus());
  world_.attempt = Attempt(2);
  Open({}, &state);
  EXPECT_THAT(Visible(), ElementsAre("a"));
}

TEST_F(FileSinkTest, RowsOfAnAbortedCheckpointBecomeVisibleWithALaterOne) {
  auto sink = Open();
  Append(*sink, "a");
  Barrier(*sink, 1);
  Append(*sink, "b");
  Barrier(*sink, 2);
  Durable(*sink, 2);
  EXPECT_THAT(Visible(), ElementsAre("a", "b"));
}

TEST_F(FileSinkTest, AfterARescaleEveryFormerTaskIsTakenCareOf) {
  for (const int32_t parallelism : {1, 2, 4}) {
    files_ = MemoryFiles();
    world_.attempt = Attempt(1);
    std::vector<TaskStateOfTest> states;
    for (int32_t index = 0; index < 3; ++index) {
      auto sink = Open({index, 3});
      Append(*sink, absl::StrCat("durable ", index));
      states.push_back(Barrier(*sink, 1));
      Append(*sink, "not durable");
      Barrier(*sink, 2);
    }
    world_.attempt = Attempt(2);
    const RestoredOfTest state(states);
    for (int32_t index = 0; index < parallelism; ++index) Open({index, parallelism}, &state);
    EXPECT_THAT(Visible(), ElementsAre("durable 0", "durable 1", "durable 2")) << parallelism;
    EXPECT_THAT(files_.paths(), SizeIs(3)) << parallelism;
  }
}

TEST_F(FileSinkTest, AJobThatBeginsAnewRemovesWhatItsFirstAttemptLeft) {
  auto before = Open();
  Append(*before, "a");
  Barrier(*before, 1);
  EXPECT_THAT(files_.paths(), SizeIs(1));
  world_.attempt = Attempt(2);
  Open();
  EXPECT_THAT(files_.paths(), IsEmpty());
}

TEST_F(FileSinkTest, AFullDiskFailsTheTaskBeforeAnythingIsAcknowledged) {
  auto sink = Open();
  Append(*sink, "a");
  files_.FailWrites(absl::ResourceExhaustedError("disk full"));
  ASSERT_OK(sink->Seal(Epoch(1)));
  world_.io.RunReady();
  EXPECT_THAT(sink->Flushed(Epoch(1)),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("table result")));
}

TEST_F(FileSinkTest, ASlowDiskBlocksTheTaskInsteadOfFillingItsMemory) {
  auto sink = Open();
  const std::string megabyte(1 << 20, 'x');
  Progress progress = Progress::kDone;
  int appended = 0;
  for (; progress == Progress::kDone && appended < 100; ++appended) {
    ASSERT_OK_AND_ASSIGN(progress, sink->Append(MakeBatch(kRows, {{megabyte}})));
  }
  EXPECT_EQ(progress, Progress::kBlockedIo);
  EXPECT_LE(appended, 10);
  world_.io.RunReady();
  EXPECT_THAT(sink->Resume(), IsOkAndHolds(Progress::kDone));
  Barrier(*sink, 1);
  Durable(*sink, 1);
  EXPECT_THAT(Visible(), SizeIs(appended));
}

TEST_F(FileSinkTest, CloseWaitsForThePublication) {
  auto sink = Open();
  Append(*sink, "a");
  Barrier(*sink, 1);
  ASSERT_OK(sink->OnDurable(Epoch(1), Term(1)));
  ASSERT_OK(sink->Close());
  EXPECT_THAT(Visible(), ElementsAre("a"));
}

TEST_F(FileSinkTest, OptionsThatAreNotBuiltAreRefusedByName) {
  const auto made = [&](const TableOptions& more) {
    TableOptions options{{"path", "/out"}};
    options.insert(more.begin(), more.end());
    return NewFileSink({.table = {.name = "result", .options = options, .schema = kRows}},
                       std::make_unique<PlainEncoder>(), files_)
        .status();
  };
  EXPECT_THAT(made({{"auto-compaction", "true"}}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("'auto-compaction'")));
  EXPECT_THAT(made({{"sink.partition-commit.policy.kind", "metastore"}}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("'metastore'")));
  EXPECT_THAT(made({{"sink.partition-commit.policy.kind", "success-file"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not PARTITIONED BY")));
}

}  // namespace
}  // namespace millrace
