#include "worker/source/kafka/kafka_source.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/reader.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KafkaSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA to "
                                      "its host:port, or run them with deploy/dev test";
    broker_.emplace();
  }

  static TableDescription Table(const std::string& topic, TableOptions options = {}) {
    options.emplace("topic", topic);
    options.emplace("properties.bootstrap.servers", BrokerAddress());
    options.emplace("scan.startup.mode", "earliest-offset");
    return {.name = "t", .options = std::move(options)};
  }
  static TableDescription BoundedTable(const std::string& topic, TableOptions options = {}) {
    options.emplace("scan.bounded.mode", "latest-offset");
    return Table(topic, std::move(options));
  }

  std::optional<Broker> broker_;
};

std::vector<std::string> Values(const std::string& prefix, int from, int to) {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat(prefix, i));
  return values;
}

TEST_F(KafkaSourceTest, TwoTasksReadFourPartitionsOnceAndInOrder) {
  constexpr int kRecords = 5000;
  const std::string topic = broker_->CreateTopic("four", 4);
  for (int p = 0; p < 4; ++p) {
    broker_->Produce(topic, p, Values(absl::StrCat("p", p, "-"), 0, kRecords));
  }
  std::map<std::string, std::vector<std::string>> read;
  for (int32_t task = 0; task < 2; ++task) {
    Reader reader(BoundedTable(topic), {.index = task, .parallelism = 2});
    ASSERT_OK(reader.Open());
    EXPECT_EQ(reader.source().split_names().size(), 2u);
    ASSERT_TRUE(reader.ReadUntil([] { return false; }));
    ASSERT_OK(reader.status);
    EXPECT_TRUE(reader.finished);
    read.merge(reader.read);
  }
  ASSERT_EQ(read.size(), 4u);
  for (int p = 0; p < 4; ++p) {
    EXPECT_EQ(read[absl::StrCat(topic, "-", p)], Values(absl::StrCat("p", p, "-"), 0, kRecords));
  }
}

TEST_F(KafkaSourceTest, ARestartGoesOnWhereTheSnapshotStandsWhateverTheParallelism) {
  const std::string topic = broker_->CreateTopic("restart", 4);
  for (int p = 0; p < 4; ++p) broker_->Produce(topic, p, Values("", 0, 1000));
  std::vector<TaskStateOfTest> states;
  std::map<std::string, std::vector<std::string>> read;
  for (int32_t task = 0; task < 2; ++task) {
    Reader before(Table(topic), {.index = task, .parallelism = 2});
    ASSERT_OK(before.Open());
    ASSERT_TRUE(before.ReadCount(700));
    states.push_back(SnapshotOf(before.source()));
    read.merge(before.read);
  }
  for (int32_t task = 0; task < 3; ++task) {
    Reader after(BoundedTable(topic), {.index = task, .parallelism = 3});
    ASSERT_OK(after.Restore(states));
    ASSERT_TRUE(after.ReadUntil([] { return false; }));
    ASSERT_OK(after.status);
    for (auto& [split, values] : after.read) {
      read[split].insert(read[split].end(), values.begin(), values.end());
    }
  }
  for (int p = 0; p < 4; ++p) {
    EXPECT_EQ(read[absl::StrCat(topic, "-", p)], Values("", 0, 1000));
  }
}

TEST_F(KafkaSourceTest, ABoundedTableEndsWhereItEndedAtItsFirstStart) {
  const std::string topic = broker_->CreateTopic("bounded", 1);
  broker_->Produce(topic, 0, Values("", 0, 100));
  Reader before(BoundedTable(topic));
  ASSERT_OK(before.Open());
  const TaskStateOfTest state = SnapshotOf(before.source());
  broker_->Produce(topic, 0, Values("late-", 0, 50));
  Reader after(BoundedTable(topic));
  ASSERT_OK(after.Restore({state}));
  ASSERT_TRUE(after.ReadUntil([] { return false; }));
  EXPECT_EQ(after.read[topic + "-0"], Values("", 0, 100));
  EXPECT_TRUE(after.source().split_status(0).finished);
}

TEST_F(KafkaSourceTest, TransactionsLeaveGapsThatAreNoGaps) {
  const std::string topic = broker_->CreateTopic("transactions", 1);
  broker_->ProduceInTransaction(topic, 0, {"a", "b"}, /*commit=*/true);
  broker_->ProduceInTransaction(topic, 0, {"x", "y"}, /*commit=*/false);
  broker_->ProduceInTransaction(topic, 0, {"c"}, /*commit=*/true);
  broker_->ProduceInTransaction(topic, 0, {"z"}, /*commit=*/false);
  Reader reader(BoundedTable(topic));
  ASSERT_OK(reader.Open());
  ASSERT_TRUE(reader.ReadUntil([] { return false; }));
  ASSERT_OK(reader.status);
  EXPECT_TRUE(reader.finished);
  EXPECT_THAT(reader.read[topic + "-0"], ElementsAre("a", "b", "c"));
  EXPECT_THAT(reader.task().Metrics(),
              HasSubstr("millrace_source_rewound_records_total{job=\"j\",job_name=\"test\",stage="
                        "\"0\",table=\"t\",task=\"0\"} 0"));
}

TEST_F(KafkaSourceTest, TheEndOfAPartitionIsProvenAndUnprovenByRecords) {
  const std::string topic = broker_->CreateTopic("idle", 1);
  broker_->Produce(topic, 0, {"1"});
  Reader reader(Table(topic));
  ASSERT_OK(reader.Open());
  EXPECT_FALSE(reader.source().split_status(0).caught_up);
  const auto caught_up = [&] { return reader.source().split_status(0).caught_up; };
  ASSERT_TRUE(reader.ReadUntil(caught_up));
  EXPECT_EQ(reader.count(), 1u);
  EXPECT_EQ(reader.source().split_status(0).lag_records, 0);
  broker_->Produce(topic, 0, {"2"});
  ASSERT_TRUE(reader.ReadCount(2));
  EXPECT_FALSE(caught_up());
  ASSERT_TRUE(reader.ReadUntil(caught_up));
}

TEST_F(KafkaSourceTest, ARecordWakesATaskThatWaits) {
  const std::string topic = broker_->CreateTopic("wake", 1);
  Reader reader(Table(topic));
  ASSERT_OK(reader.Open());
  ASSERT_TRUE(reader.ReadUntil([&] { return reader.source().split_status(0).caught_up; }));
  reader.task().tick = absl::Seconds(60);  // Only the wake-up is left.
  broker_->Produce(topic, 0, {"1"});
  EXPECT_TRUE(reader.ReadCount(1));
}

TEST_F(KafkaSourceTest, StartsWhereTheOptionsSay) {
  const std::string topic = broker_->CreateTopic("starts", 1);
  broker_->Produce(topic, 0, Values("", 0, 10));
  const std::pair<TableOptions, std::vector<std::string>> starts[] = {
      {{{"scan.startup.mode", "latest-offset"}}, {}},
      {{{"scan.startup.mode", "specific-offsets"},
        {"scan.startup.specific-offsets", "partition:0,offset:7"}},
       Values("", 7, 10)},
      {{{"scan.startup.mode", "timestamp"}, {"scan.startup.timestamp-millis", "1"}},
       Values("", 0, 10)},
      {{{"scan.startup.mode", "timestamp"}, {"scan.startup.timestamp-millis", "99999999999999"}},
       {}},
      {{{"scan.startup.mode", "group-offsets"},
        {"properties.group.id", topic + "-new"},
        {"properties.auto.offset.reset", "earliest"}},
       Values("", 0, 10)},
      {{{"scan.bounded.mode", "specific-offsets"},
        {"scan.bounded.specific-offsets", "partition:0,offset:4"}},
       Values("", 0, 4)},
  };
  for (const auto& [options, expected] : starts) {
    Reader reader(BoundedTable(topic, options));
    ASSERT_OK(reader.Open());
    ASSERT_TRUE(reader.ReadUntil([] { return false; }));
    ASSERT_OK(reader.status);
    EXPECT_EQ(reader.read[topic + "-0"], expected);
  }
}

TEST_F(KafkaSourceTest, TheGroupShowsWhatIsDurableAndMayBeStartedFrom) {
  const std::string topic = broker_->CreateTopic("group", 1);
  const std::string group = topic + "-group";
  broker_->Produce(topic, 0, Values("", 0, 10));
  {
    Reader reader(Table(topic, {{"properties.group.id", group}}));
    ASSERT_OK(reader.Open());
    ASSERT_TRUE(reader.ReadCount(10));
    SnapshotOf(reader.source());
    EXPECT_EQ(broker_->Committed(group, topic, 0), std::nullopt);
    reader.source().OnDurable(Epoch(1));
    ASSERT_TRUE(
        reader.task().Until([&] { return broker_->Committed(group, topic, 0).has_value(); }));
    EXPECT_EQ(broker_->Committed(group, topic, 0), 10);
  }
  broker_->Produce(topic, 0, {"10"});
  Reader next(BoundedTable(
      topic, {{"properties.group.id", group}, {"scan.startup.mode", "group-offsets"}}));
  ASSERT_OK(next.Open());
  ASSERT_TRUE(next.ReadUntil([] { return false; }));
  EXPECT_THAT(next.read[topic + "-0"], ElementsAre("10"));
}

TEST_F(KafkaSourceTest, RetentionThatPassedTheCheckpointStopsWithTheExactGap) {
  const std::string topic = broker_->CreateTopic("retention", 1);
  broker_->Produce(topic, 0, Values("", 0, 10));
  Reader before(Table(topic, {{"scan.startup.mode", "specific-offsets"},
                              {"scan.startup.specific-offsets", "partition:0,offset:3"}}));
  ASSERT_OK(before.Open());
  const TaskStateOfTest state = SnapshotOf(before.source());
  broker_->DeleteRecords(topic, 0, 8);
  Reader after(Table(topic));
  EXPECT_THAT(after.Restore({state}),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("table t"), HasSubstr("offsets 3 to 7 of partition 0"),
                             HasSubstr(topic))));
}

TEST_F(KafkaSourceTest, ATopicThatWasMadeAnewStopsTheJob) {
  const std::string topic = broker_->CreateTopic("anew", 1);
  broker_->Produce(topic, 0, Values("", 0, 10));
  Reader before(Table(topic));
  ASSERT_OK(before.Open());
  ASSERT_TRUE(before.ReadCount(10));
  const std::string other = broker_->CreateTopic("anew", 1);
  TaskStateOfTest state;
  state.Put("kafka.positions", absl::StrCat("10 -1 0 ", other, "\n"));
  Reader after(Table(other));
  EXPECT_THAT(after.Restore({state}),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("behind its end, 0")));
}

TEST_F(KafkaSourceTest, RecordsRemovedBeforeTheClientFetchedThemStopTheReader) {
  const std::string topic = broker_->CreateTopic("removed", 1);
  broker_->Produce(topic, 0, std::vector<std::string>(100, std::string(100'000, 'x')));
  Reader reader(Table(topic, {{"properties.queued.max.messages.kbytes", "1"},
                              {"properties.fetch.message.max.bytes", "100000"}}));
  ASSERT_OK(reader.Open());
  ASSERT_TRUE(reader.ReadCount(1));  // The client's queue is full now: it does not fetch on.
  broker_->DeleteRecords(topic, 0, 100);
  ASSERT_TRUE(reader.ReadUntil([] { return false; }));
  EXPECT_LT(reader.count(), 100u);
  EXPECT_THAT(reader.status, StatusIs(absl::StatusCode::kOutOfRange,
                                      AllOf(HasSubstr("table t"), HasSubstr(topic + "-0"),
                                            HasSubstr(absl::StrCat("at offset ", reader.count())),
                                            HasSubstr("retention"))));
}

TEST_F(KafkaSourceTest, ATopicDeletedUnderTheReaderStopsIt) {
  const std::string topic = broker_->CreateTopic("deleted", 1);
  Reader reader(Table(topic, {{"properties.topic.metadata.refresh.interval.ms", "200"}}));
  ASSERT_OK(reader.Open());
  ASSERT_TRUE(reader.ReadUntil([&] { return reader.source().split_status(0).caught_up; }));
  broker_->DeleteTopic(topic);
  ASSERT_TRUE(reader.ReadUntil([] { return false; }));
  EXPECT_THAT(reader.status, StatusIs(absl::StatusCode::kNotFound,
                                      AllOf(HasSubstr("table t"), HasSubstr("Create the topic"))));
}

TEST_F(KafkaSourceTest, NewPartitionsRestartTheJobAndAreReadFromTheirBeginning) {
  const std::string topic = broker_->CreateTopic("grows", 1);
  broker_->Produce(topic, 0, {"old"});
  const TableOptions often = {{"scan.topic-partition-discovery.interval", "100 ms"},
                              {"scan.startup.mode", "latest-offset"}};
  Reader before(Table(topic, often));
  ASSERT_OK(before.Open());
  const TaskStateOfTest state = SnapshotOf(before.source());
  before.source().OnDurable(Epoch(1));
  broker_->AddPartitions(topic, 2);
  ASSERT_TRUE(before.ReadUntil([] { return false; }));
  EXPECT_THAT(before.status, StatusIs(absl::StatusCode::kUnavailable,
                                      HasSubstr("has grown from 1 to 2 partitions")));
  Broker().Produce(topic, 1, {"new"});  // The other client does not know of the partition.
  Reader after(Table(topic, often));
  ASSERT_OK(after.Restore({state}));
  ASSERT_TRUE(after.ReadCount(1));
  EXPECT_THAT(after.read[topic + "-1"], ElementsAre("new"));
  EXPECT_THAT(after.read[topic + "-0"], IsEmpty());
}

TEST_F(KafkaSourceTest, ATaskWithoutPartitionsIsFinished) {
  const std::string topic = broker_->CreateTopic("one", 1);
  size_t splits = 0;
  for (int32_t task = 0; task < 2; ++task) {
    Reader reader(Table(topic), {.index = task, .parallelism = 2});
    ASSERT_OK(reader.Open());
    const size_t mine = reader.source().split_names().size();
    splits += mine;
    ASSERT_OK_AND_ASSIGN(const SourcePoll poll, reader.source().Poll(100));
    EXPECT_EQ(poll.wait == SourceWait::kFinished, mine == 0);
  }
  EXPECT_EQ(splits, 1u);
}

TEST_F(KafkaSourceTest, AMissingTopicIsNamed) {
  Reader reader(Table("no-such-topic"));
  EXPECT_THAT(reader.Open(), StatusIs(absl::StatusCode::kNotFound,
                                      AllOf(HasSubstr("table t"), HasSubstr("'no-such-topic'"),
                                            HasSubstr("Create the topic"))));
}

TEST_F(KafkaSourceTest, ABrokerThatDoesNotAnswerIsNamedWithTheCause) {
  Reader reader(Table("clicks", {{"properties.bootstrap.servers", "127.0.0.1:1"}}));
  EXPECT_THAT(reader.Open(),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("table t"), HasSubstr("127.0.0.1:1"),
                             HasSubstr("Connection refused"), HasSubstr("bootstrap.servers"))));
}

}  // namespace
}  // namespace millrace
