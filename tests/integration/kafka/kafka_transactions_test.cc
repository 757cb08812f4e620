#include "worker/sink/kafka/kafka_transactions.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/task_stand_in.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

class KafkaTransactionsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA to "
                                      "its host:port, or run them with deploy/dev test";
    broker_.emplace();
    topic_ = broker_->CreateTopic("transactions", 2);
    slot_ = absl::StrCat("test.", topic_, ".sink.0");
  }

  std::unique_ptr<TransactionalOutput> Instance() {
    auto output = NewKafkaTransactions({.table = "t",
                                        .topic = topic_,
                                        .slot = slot_,
                                        .client_id = "test",
                                        .properties = {{"bootstrap.servers", BrokerAddress()}}},
                                       task_.context());
    EXPECT_OK(output.status());
    return *std::move(output);
  }

  Marker MarkerOf(int64_t epoch, int64_t after, int64_t records) const {
    return {.slot = slot_,
            .epoch = Epoch(epoch),
            .after = Epoch(after),
            .records = records,
            .digest = 42};
  }

  static TransactionalOutput::Records Values(std::vector<std::string> values) {
    return [values = std::move(values)](
               const std::function<absl::Status(const StagedRecord&)>& take) -> absl::Status {
      for (const std::string& value : values) {
        const absl::Status taken = take({.value = value});
        if (!taken.ok()) return taken;
      }
      return absl::OkStatus();
    };
  }

  // Committed values; waits for so many: a commit is answered before its markers are in the topic.
  std::vector<std::string> Visible(size_t expected = 0) {
    std::vector<std::string> values;
    task_.Until([&] {
      values.clear();
      for (const ReceivedRecord& record : broker_->ReadAll(topic_, 2)) {
        values.push_back(record.value);
      }
      return values.size() >= expected;
    });
    return values;
  }

  TaskStandIn task_;
  std::optional<Broker> broker_;
  std::string topic_;
  std::string slot_;
};

TEST_F(KafkaTransactionsTest, RecordsAndMarkerBecomeVisibleTogether) {
  const auto output = Instance();
  ASSERT_OK(output->Fence());
  ASSERT_OK_AND_ASSIGN(std::optional<Marker> marker, output->ReadMarker());
  EXPECT_EQ(marker, std::nullopt);
  const PublishResult result = output->Publish(Values({"a", "b"}), MarkerOf(7, 0, 2));
  EXPECT_EQ(result.outcome, PublishOutcome::kCommitted) << result.error;
  EXPECT_THAT(Visible(2), testing::UnorderedElementsAre("a", "b"));
  ASSERT_OK(output->Fence());
  ASSERT_OK_AND_ASSIGN(marker, output->ReadMarker());
  EXPECT_THAT(marker, Optional(MarkerOf(7, 0, 2)));
}

TEST_F(KafkaTransactionsTest, WhatCannotBeReadToItsEndIsNotVisible) {
  const auto output = Instance();
  ASSERT_OK(output->Fence());
  const PublishResult result = output->Publish(
      [](const std::function<absl::Status(const StagedRecord&)>& take) -> absl::Status {
        EXPECT_OK(take({.value = "half"}));
        return absl::DataLossError("a frame is damaged");
      },
      MarkerOf(1, 0, 2));
  EXPECT_EQ(result.outcome, PublishOutcome::kNotCommitted);
  EXPECT_THAT(result.error,
              StatusIs(absl::StatusCode::kDataLoss, testing::HasSubstr("a frame is damaged")));
  EXPECT_THAT(Visible(), IsEmpty());
  ASSERT_OK(output->Fence());
  ASSERT_OK_AND_ASSIGN(const std::optional<Marker> marker, output->ReadMarker());
  EXPECT_EQ(marker, std::nullopt);
}

TEST_F(KafkaTransactionsTest, AnOlderInstanceCannotPublishOnceANewerOneIsFencedIn) {
  const auto zombie = Instance();
  ASSERT_OK(zombie->Fence());
  const auto successor = Instance();
  ASSERT_OK(successor->Fence());
  const PublishResult late = zombie->Publish(Values({"late"}), MarkerOf(1, 0, 1));
  EXPECT_EQ(late.outcome, PublishOutcome::kNotCommitted);
  const PublishResult result = successor->Publish(Values({"right"}), MarkerOf(1, 0, 1));
  EXPECT_EQ(result.outcome, PublishOutcome::kCommitted) << result.error;
  EXPECT_THAT(Visible(1), ElementsAre("right"));
}

TEST_F(KafkaTransactionsTest, AFenceEndsTheTransactionThatADeadInstanceLeftOpen) {
  {
    const auto dead = Instance();
    ASSERT_OK(dead->Fence());
    // It dies while it publishes: no abort, no commit.
    dead->Stop();
    const PublishResult result = dead->Publish(Values({"lost"}), MarkerOf(1, 0, 1));
    EXPECT_EQ(result.outcome, PublishOutcome::kNotCommitted);
  }
  const auto output = Instance();
  ASSERT_OK(output->Fence());
  const PublishResult result = output->Publish(Values({"again"}), MarkerOf(1, 0, 1));
  EXPECT_EQ(result.outcome, PublishOutcome::kCommitted) << result.error;
  EXPECT_THAT(Visible(1), ElementsAre("again"));
}

TEST_F(KafkaTransactionsTest, KeysTombstonesAndPartitionsArriveAsTheyWereStaged) {
  const auto output = Instance();
  ASSERT_OK(output->Fence());
  const PublishResult result = output->Publish(
      [](const std::function<absl::Status(const StagedRecord&)>& take) -> absl::Status {
        EXPECT_OK(take({.partition = 3, .key = "k", .value = "in partition 1"}));
        EXPECT_OK(take({.partition = 0,
                        .timestamp_ms = 1'700'000'000'000,
                        .value = "with a header",
                        .headers = {{"h", "v"}}}));
        return take({.partition = 0, .key = "k"});
      },
      MarkerOf(1, 0, 3));
  EXPECT_EQ(result.outcome, PublishOutcome::kCommitted) << result.error;
  EXPECT_THAT(Visible(3), SizeIs(3));
  std::map<int32_t, std::vector<ReceivedRecord>> read;
  for (ReceivedRecord& record : broker_->ReadAll(topic_, 2)) {
    read[record.partition].push_back(std::move(record));
  }
  ASSERT_THAT(read[1], SizeIs(1));
  EXPECT_THAT(read[1][0].key, Optional(std::string("k")));
  ASSERT_THAT(read[0], SizeIs(2));
  EXPECT_EQ(read[0][1].value, "");
}

TEST_F(KafkaTransactionsTest, AMissingTopicIsNamed) {
  topic_ = "no-such-topic";
  const auto output = Instance();
  EXPECT_THAT(output->Fence(),
              StatusIs(absl::StatusCode::kNotFound, testing::HasSubstr("no-such-topic")));
}

}  // namespace
}  // namespace millrace
