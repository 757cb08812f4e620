// Dead letters against a real broker: what is in the topic, and after which failures.
#include "worker/sink/kafka/dead_letter_sink.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/io/file_system.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/task_stand_in.h"
#include "worker/contract/dead_letters.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// What a checkpoint holds of the dead letters of all tasks.
struct Taken final : public StateReader {
  Epoch epoch;
  std::vector<TaskStateOfTest> states;
  std::vector<std::vector<SegmentRef>> segments;

  std::vector<std::string> Get(std::string_view name) const override {
    return RestoredOfTest(states).Get(name);
  }
  std::vector<std::vector<SegmentRef>> Segments() const override { return segments; }
};

// The dead-letter sinks of a source's tasks, in a job that dies and comes back.
class DeadLetterSinkTest : public testing::Test {
 protected:
  struct OneTask {
    std::unique_ptr<TaskStandIn> around;
    std::unique_ptr<Sink> sink;
  };

  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA to "
                                      "its host:port, or run them with deploy/dev test";
    broker_.emplace();
  }
  void TearDown() override {
    tasks_.clear();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void MakeTopic(int partitions, const std::map<std::string, std::string>& configs = {}) {
    partitions_ = partitions;
    UseTopic(broker_->CreateTopic("letters", partitions, configs));
  }
  void UseTopic(std::string topic) {
    topic_ = std::move(topic);
    folder_ = testing::TempDir() + "/" + topic_;
  }

  // A new attempt of so many tasks, from `taken` or from nothing.
  void Start(int32_t parallelism, const Taken* taken = nullptr) {
    tasks_.clear();
    ++attempt_;
    for (int32_t index = 0; index < parallelism; ++index) {
      OneTask& task = tasks_.emplace_back();
      const TaskStandIn::Place place{.index = index, .parallelism = parallelism};
      task.around = std::make_unique<TaskStandIn>(place);
      const TableDescription table{.name = "t",
                                   .options = {{"topic", "clicks"},
                                               {"dead-letter.topic", topic_},
                                               {"properties.bootstrap.servers", BrokerAddress()},
                                               {"properties.group.id", "g"},
                                               {"properties.fetch.max.bytes", "1000000"}}};
      auto sink = NewKafkaDeadLetterSink(table, PosixFileSystem());
      ASSERT_OK(sink.status());
      task.sink = *std::move(sink);
      TaskContext context = task.around->context();
      context.attempt = Attempt(attempt_);
      context.state_id = "source.dead-letters." + topic_;
      context.checkpoint = {.cluster_id = "test-" + topic_,
                            .lineage = "l1",
                            .folder = folder_,
                            .worker = WorkerId("w"),
                            .term = Term(1),
                            .restored = taken == nullptr ? Epoch(0) : taken->epoch};
      ASSERT_OK(task.sink->Open(context, taken));
    }
  }

  void Add(int32_t task, const std::vector<RowValues>& letters) {
    ASSERT_OK(tasks_[task].sink->Append(MakeBatch(DeadLetterSchema(), letters)).status());
  }
  void Add(int32_t task, const std::string& value) { Add(task, {{value, "clicks-0", 1, 2, "e"}}); }

  Taken Checkpoint(int64_t epoch) {
    Taken taken;
    taken.epoch = Epoch(epoch);
    for (OneTask& task : tasks_) {
      EXPECT_OK(task.sink->Seal(Epoch(epoch)));
      EXPECT_TRUE(task.around->Until([&] {
        const absl::StatusOr<bool> flushed = task.sink->Flushed(Epoch(epoch));
        EXPECT_OK(flushed.status());
        return !flushed.ok() || *flushed;
      }));
      taken.segments.push_back(task.sink->Segments());
      taken.states.push_back(SnapshotOf(*task.sink));
    }
    return taken;
  }

  void OnDurable(int64_t epoch) {
    for (OneTask& task : tasks_) ASSERT_OK(task.sink->OnDurable(Epoch(epoch), Term(1)));
  }

  absl::Status WaitUntilPublished() {
    for (OneTask& task : tasks_) {
      absl::StatusOr<bool> published = false;
      const auto over = [&] {
        published = task.sink->Published();
        return !published.ok() || *published;
      };
      if (!task.around->Until(over, absl::Seconds(60))) {
        return absl::DeadlineExceededError("letters stay unpublished");
      }
      RETURN_IF_ERROR(published.status());
    }
    return absl::OkStatus();
  }

  // Committed; waits for so many: a commit is answered before its markers are in the topic.
  std::vector<ReceivedRecord> Visible(size_t expected = 0) {
    std::vector<ReceivedRecord> records;
    TaskStandIn().Until([&] {
      records = broker_->ReadAll(topic_, partitions_);
      return records.size() >= expected;
    });
    return records;
  }
  std::vector<std::string> Values(size_t expected) {
    std::vector<std::string> values;
    for (const ReceivedRecord& record : Visible(expected)) values.push_back(record.value);
    return values;
  }

  std::optional<Broker> broker_;
  int partitions_ = 1;
  std::string topic_;
  std::string folder_;
  int32_t attempt_ = 0;
  std::vector<OneTask> tasks_;
};

TEST_F(DeadLetterSinkTest, ALetterIsVisibleWithItsHeadersOnceItsCheckpointIsDurable) {
  MakeTopic(2);
  Start(1);
  const std::string bytes("\x00\xff{\n", 4);
  Add(0, {{bytes, "clicks-5", 17, 1700, "field 'id': expected BIGINT"}});
  Checkpoint(1);
  EXPECT_THAT(Visible(), IsEmpty());
  OnDurable(1);
  ASSERT_OK(WaitUntilPublished());
  const std::vector<ReceivedRecord> visible = Visible(1);
  ASSERT_EQ(visible.size(), 1u);
  EXPECT_EQ(visible[0].value, bytes);
  EXPECT_EQ(visible[0].partition, 5 % 2);
  EXPECT_THAT(visible[0].headers,
              UnorderedElementsAre(Pair("millrace.table", "t"), Pair("millrace.topic", "clicks"),
                                   Pair("millrace.partition", "5"), Pair("millrace.offset", "17"),
                                   Pair("millrace.timestamp", "1700"), Pair("millrace.job", "j"),
                                   Pair("millrace.error", "field 'id': expected BIGINT"),
                                   Pair("millrace.job.name", "test")));
}

TEST_F(DeadLetterSinkTest, RecordsOfTenMegabytesGoThrough) {
  MakeTopic(1, {{"max.message.bytes", "20000000"}});
  Start(1);
  const std::string large(10'000'000, '\xfe');
  for (int i = 0; i < 3; ++i) Add(0, large);
  Checkpoint(1);
  OnDurable(1);
  ASSERT_OK(WaitUntilPublished());
  const std::vector<ReceivedRecord> visible = Visible(3);
  ASSERT_EQ(visible.size(), 3u);
  for (const ReceivedRecord& record : visible) EXPECT_TRUE(record.value == large);
}

TEST_F(DeadLetterSinkTest, ALetterThatIsTooLargeForItsTopicStopsTheJobWithARemedy) {
  MakeTopic(1, {{"max.message.bytes", "1000"}});
  Start(1);
  Add(0, std::string(5000, 'x'));
  Checkpoint(1);
  OnDurable(1);
  EXPECT_THAT(WaitUntilPublished(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("table t (dead letters)"), HasSubstr("max.message.bytes"))));
}

TEST_F(DeadLetterSinkTest, ATopicThatDoesNotExistIsNamed) {
  UseTopic("no-such-letters");
  Start(1);
  EXPECT_THAT(WaitUntilPublished(),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("table t (dead letters)"), HasSubstr("no-such-letters"))));
}

TEST_F(DeadLetterSinkTest, WhatAnAttemptLeavesUnpublishedTheNextOnePublishesOnce) {
  MakeTopic(1);
  Start(2);
  Add(0, "a");
  Add(1, "b");
  const Taken first = Checkpoint(1);  // It died before it heard of it.
  Start(2, &first);
  ASSERT_OK(WaitUntilPublished());
  Add(0, "c");
  const Taken second = Checkpoint(2);
  OnDurable(2);
  ASSERT_OK(WaitUntilPublished());
  Start(2, &second);  // It died after it was published.
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Values(3), UnorderedElementsAre("a", "b", "c"));
}

TEST_F(DeadLetterSinkTest, AnotherParallelismTakesOverWhatTheFormerTasksLeft) {
  MakeTopic(1);
  Start(3);
  for (int i = 0; i < 3; ++i) Add(i, absl::StrCat("first ", i));
  const Taken first = Checkpoint(1);
  Start(1, &first);
  Add(0, "second");
  const Taken second = Checkpoint(2);
  Start(2, &second);
  Add(1, "third");
  Checkpoint(3);
  OnDurable(3);
  ASSERT_OK(WaitUntilPublished());
  EXPECT_THAT(Values(5), UnorderedElementsAre("first 0", "first 1", "first 2", "second", "third"));
}

}  // namespace
}  // namespace millrace
