#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/io/file_system.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/writer.h"
#include "worker/sink/kafka/kafka_sink.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Schema kColumns{{"id", DataType::BigInt()}};

Batch Rows(int from, int to) {
  std::vector<RowValues> rows;
  for (int i = from; i < to; ++i) rows.push_back({i});
  return MakeBatch(kColumns, rows);
}

// What a checkpoint holds of the sink.
struct Taken {
  Epoch epoch;
  TaskStateOfTest state;
  std::vector<SegmentRef> segments;
};

class Restored final : public StateReader {
 public:
  explicit Restored(const Taken& taken) : taken_(taken) {}
  std::vector<std::string> Get(std::string_view name) const override {
    const auto found = taken_.state.values().find(name);
    if (found == taken_.state.values().end()) return {};
    return {found->second};
  }
  std::vector<std::vector<SegmentRef>> Segments() const override { return {taken_.segments}; }

 private:
  const Taken& taken_;
};

// The exactly-once sink, with a job around it that dies and comes back.
class StagedSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA to "
                                      "its host:port, or run them with deploy/dev test";
    broker_.emplace();
    topic_ = broker_->CreateTopic("staged", 1);
    folder_ = testing::TempDir() + "/" + topic_;
  }
  void TearDown() override {
    sink_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A new attempt, from `taken` or from nothing.
  absl::Status Start(const Taken* taken = nullptr, std::string lineage = "l1") {
    sink_.reset();
    const TableDescription table{
        .name = "t",
        .options = {{"topic", topic_}, {"properties.bootstrap.servers", BrokerAddress()}},
        .schema = kColumns};
    auto sink = NewKafkaSink({.table = table}, {.value = std::make_unique<PrintedRows>(kColumns)},
                             PosixFileSystem());
    RETURN_IF_ERROR(sink.status());
    sink_ = *std::move(sink);
    TaskContext context = task_.context();
    context.attempt = Attempt(++attempt_);
    context.state_id = "sink";
    context.checkpoint = {.cluster_id = "test-" + topic_,
                          .lineage = std::move(lineage),
                          .folder = folder_,
                          .worker = WorkerId("w"),
                          .term = Term(1),
                          .restored = taken == nullptr ? Epoch(0) : taken->epoch};
    if (taken == nullptr) return sink_->Open(context, nullptr);
    const Restored restored(*taken);
    return sink_->Open(context, &restored);
  }

  // Rows, a barrier, and all that an acknowledgement holds.
  Taken Checkpoint(int64_t epoch, int from, int to) {
    EXPECT_OK(sink_->Append(Rows(from, to)).status());
    EXPECT_OK(sink_->Seal(Epoch(epoch)));
    EXPECT_TRUE(task_.Until([&] {
      const absl::StatusOr<bool> flushed = sink_->Flushed(Epoch(epoch));
      EXPECT_OK(flushed.status());
      return !flushed.ok() || *flushed;
    }));
    return {.epoch = Epoch(epoch), .state = SnapshotOf(*sink_), .segments = sink_->Segments()};
  }

  absl::Status WaitUntilPublished() {
    absl::StatusOr<bool> published = false;
    const bool over = task_.Until(
        [&] {
          published = sink_->Published();
          return !published.ok() || *published;
        },
        absl::Seconds(60));
    if (!over) return absl::DeadlineExceededError("rows stay unpublished");
    return published.status();
  }

  // Committed values; waits for so many: a commit is answered before its markers are in the topic.
  std::vector<std::string> Visible(size_t expected = 0) {
    std::vector<std::string> values;
    task_.Until([&] {
      values.clear();
      for (const ReceivedRecord& record : broker_->ReadAll(topic_, 1)) {
        values.push_back(record.value);
      }
      return values.size() >= expected;
    });
    return values;
  }

  std::optional<Broker> broker_;
  std::string topic_;
  std::string folder_;
  TaskStandIn task_;
  int32_t attempt_ = 0;
  std::unique_ptr<Sink> sink_;
};

TEST_F(StagedSinkTest, RowsAreVisibleOnceTheirCheckpointIsDurableAndNotBefore) {
  ASSERT_OK(Start());
  Checkpoint(1, 0, 3);
  EXPECT_THAT(Visible(), IsEmpty());
  ASSERT_OK(sink_->OnDurable(Epoch(1), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Visible(3), ElementsAre("+I[0]", "+I[1]", "+I[2]"));
}

TEST_F(StagedSinkTest, AnAbortedEpochGoesOutWithTheNextOne) {
  ASSERT_OK(Start());
  Checkpoint(1, 0, 1);
  Checkpoint(2, 1, 2);
  ASSERT_OK(sink_->OnDurable(Epoch(2), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Visible(2), ElementsAre("+I[0]", "+I[1]"));
}

TEST_F(StagedSinkTest, DurableButUnpublishedRowsArePublishedByTheNextAttempt) {
  ASSERT_OK(Start());
  const Taken taken = Checkpoint(1, 0, 3);
  ASSERT_OK(Start(&taken));  // It died before it heard of it.
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Visible(3), ElementsAre("+I[0]", "+I[1]", "+I[2]"));
}

TEST_F(StagedSinkTest, WhatWasPublishedIsNotPublishedAgain) {
  ASSERT_OK(Start());
  const Taken taken = Checkpoint(1, 0, 3);
  ASSERT_OK(sink_->OnDurable(Epoch(1), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  ASSERT_OK(Start(&taken));
  ASSERT_OK(WaitUntilPublished());
  const Taken next = Checkpoint(2, 3, 4);
  EXPECT_THAT(next.segments, SizeIs(1));
  ASSERT_OK(sink_->OnDurable(Epoch(2), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Visible(4), ElementsAre("+I[0]", "+I[1]", "+I[2]", "+I[3]"));
}

TEST_F(StagedSinkTest, AnOlderCheckpointThanTheMarkerStopsTheJobWithARemedy) {
  ASSERT_OK(Start());
  const Taken old = Checkpoint(1, 0, 1);
  ASSERT_OK(sink_->OnDurable(Epoch(1), Term(1)));
  Checkpoint(2, 1, 2);
  ASSERT_OK(sink_->OnDurable(Epoch(2), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  ASSERT_OK(Start(&old));
  EXPECT_THAT(WaitUntilPublished(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("table t")));
  EXPECT_THAT(Visible(2), ElementsAre("+I[0]", "+I[1]"));
}

TEST_F(StagedSinkTest, ADamagedSegmentIsNotPublished) {
  ASSERT_OK(Start());
  const Taken taken = Checkpoint(1, 0, 100);
  const std::string path = folder_ + "/" + taken.segments.at(0).file.path;
  ASSERT_OK_AND_ASSIGN(std::string bytes, PosixFileSystem().Read(path));
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_OK(WriteFile(PosixFileSystem(), path, bytes));
  ASSERT_OK(Start(&taken));
  EXPECT_THAT(WaitUntilPublished(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
  EXPECT_THAT(Visible(), IsEmpty());
}

TEST_F(StagedSinkTest, WhatAnotherLineageHasLeftIsPublishedBeforeTheNewOneBegins) {
  ASSERT_OK(Start());
  const Taken taken = Checkpoint(1, 0, 2);
  ASSERT_OK(Start(&taken, "l2"));
  Checkpoint(2, 2, 3);
  ASSERT_OK(sink_->OnDurable(Epoch(2), Term(1)));
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Visible(3), ElementsAre("+I[0]", "+I[1]", "+I[2]"));
}

}  // namespace
}  // namespace millrace
