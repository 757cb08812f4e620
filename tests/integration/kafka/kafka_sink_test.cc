#include "worker/sink/kafka/kafka_sink.h"

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/writer.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

const Schema kColumns{{"id", DataType::BigInt()}, {"name", DataType::String()}};

Batch Rows(int from, int to) {
  std::vector<RowValues> rows;
  for (int i = from; i < to; ++i) rows.push_back({i, absl::StrCat("n", i % 7)});
  return MakeBatch(kColumns, rows);
}

class KafkaSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA to "
                                      "its host:port, or run them with deploy/dev test";
    broker_.emplace();
  }

  static TableDescription Table(const std::string& topic, TableOptions options = {}) {
    options.emplace("topic", topic);
    options.emplace("properties.bootstrap.servers", BrokerAddress());
    options.emplace("sink.delivery-guarantee", "at-least-once");
    return {.name = "t", .options = std::move(options), .schema = kColumns};
  }

  std::optional<Broker> broker_;
};

TEST_F(KafkaSinkTest, WhatIsFlushedIsInTheTopic) {
  const std::string topic = broker_->CreateTopic("flush", 3);
  Writer writer(Table(topic));
  ASSERT_OK(writer.Open());
  ASSERT_OK(writer.Append(Rows(0, 1000)));
  ASSERT_OK(writer.Append(Rows(1000, 1500)));
  ASSERT_OK(writer.Flush(Epoch(1)));
  EXPECT_THAT(broker_->ReadAll(topic, 3), SizeIs(1500));
  ASSERT_OK(writer.sink().OnDurable(Epoch(1), Term(1)));
  EXPECT_THAT(writer.task().Metrics(),
              HasSubstr("millrace_sink_records_total{job=\"j\",job_name=\"test\","
                        "stage=\"0\",table=\"t\",task=\"0\"} 1500"));
}

TEST_F(KafkaSinkTest, AFlushWakesTheTaskWhenItIsDone) {
  const std::string topic = broker_->CreateTopic("wake", 1);
  Writer writer(Table(topic, {{"properties.linger.ms", "100"}}));
  ASSERT_OK(writer.Open());
  writer.task().tick = absl::Seconds(60);  // Only the wake-up is left.
  ASSERT_OK(writer.Append(Rows(0, 10)));
  EXPECT_OK(writer.Flush(Epoch(1)));
}

TEST_F(KafkaSinkTest, MoreRowsThanTheClientHoldsBlockAndGoOnInOrder) {
  const std::string topic = broker_->CreateTopic("full", 1);
  Writer writer(Table(topic, {{"properties.queue.buffering.max.messages", "100"}}));
  ASSERT_OK(writer.Open());
  ASSERT_OK_AND_ASSIGN(const Progress progress, writer.sink().Append(Rows(0, 4000)));
  EXPECT_EQ(progress, Progress::kBlockedIo);
  absl::StatusOr<Progress> resumed = progress;
  writer.task().tick = absl::Seconds(60);
  ASSERT_TRUE(writer.task().Until([&] {
    resumed = writer.sink().Resume();
    return !resumed.ok() || *resumed == Progress::kDone;
  }));
  ASSERT_OK(resumed);
  ASSERT_OK(writer.Flush(Epoch(1)));
  const std::vector<ReceivedRecord> written = broker_->ReadAll(topic, 1);
  ASSERT_THAT(written, SizeIs(4000));
  const std::vector<std::string> expected = RowStrings(kColumns, Rows(0, 4000));
  for (size_t i = 0; i < written.size(); ++i) EXPECT_EQ(written[i].value, expected[i]);
}

TEST_F(KafkaSinkTest, ACloseFlushes) {
  const std::string topic = broker_->CreateTopic("close", 1);
  Writer writer(Table(topic, {{"properties.linger.ms", "5000"}}));
  ASSERT_OK(writer.Open());
  ASSERT_OK(writer.Append(Rows(0, 10)));
  ASSERT_OK(writer.sink().Close());
  EXPECT_THAT(broker_->ReadAll(topic, 1), SizeIs(10));
}

TEST_F(KafkaSinkTest, RowsOfOneKeyGoWhereTheJavaClientPutsThem) {
  const std::string topic = broker_->CreateTopic("keys", 4);
  Writer writer(Table(topic, {{"key.format", "raw"}, {"key.fields", "name"}}));
  ASSERT_OK(writer.Open());
  ASSERT_OK(
      writer.Append(MakeBatch(kColumns, {{1, "kafka"}, {2, "giberish123456789"}, {3, "kafka"}})));
  ASSERT_OK(writer.Flush(Epoch(1)));
  // murmur2 of Kafka's Java client: 0xd067cf64 and 0x8f552b0c, without the sign, modulo four.
  const std::map<std::string, int32_t> partitions = {{"kafka", 0x5067cf64 % 4},
                                                     {"giberish123456789", 0x0f552b0c % 4}};
  const std::vector<ReceivedRecord> written = broker_->ReadAll(topic, 4);
  ASSERT_THAT(written, SizeIs(3));
  for (const ReceivedRecord& record : written) {
    ASSERT_TRUE(record.key.has_value());
    EXPECT_EQ(record.partition, partitions.at(*record.key)) << *record.key;
  }
}

TEST_F(KafkaSinkTest, RoundRobinGivesEachPartitionTheSameAcrossBatches) {
  const std::string topic = broker_->CreateTopic("turns", 4);
  Writer writer(Table(topic, {{"sink.partitioner", "round-robin"}}));
  ASSERT_OK(writer.Open());
  for (int i = 0; i < 4; ++i) ASSERT_OK(writer.Append(Rows(i * 10, i * 10 + 10)));
  ASSERT_OK(writer.Flush(Epoch(1)));
  std::map<int32_t, int> counts;
  for (const ReceivedRecord& record : broker_->ReadAll(topic, 4)) ++counts[record.partition];
  EXPECT_EQ(counts, (std::map<int32_t, int>{{0, 10}, {1, 10}, {2, 10}, {3, 10}}));
}

TEST_F(KafkaSinkTest, ARowThatIsTooLargeFailsWithTableTopicAndRemedy) {
  const std::string topic = broker_->CreateTopic("large", 1);
  Writer writer(Table(topic, {{"properties.max.request.size", "2000"}}));
  ASSERT_OK(writer.Open());
  EXPECT_THAT(writer.Append(MakeBatch(kColumns, {{1, std::string(10'000, 'x')}})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("table t"), HasSubstr(topic),
                             HasSubstr("properties.max.request.size"))));
}

TEST_F(KafkaSinkTest, AMissingTopicIsNamed) {
  EXPECT_THAT(Writer(Table("no-such-topic")).Open(),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("table t"), HasSubstr("'no-such-topic'"))));
}

}  // namespace
}  // namespace millrace
