// What becomes of sources and sinks when a broker goes away, or refuses.
#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/mock_cluster.h"
#include "tests/integration/kafka/reader.h"
#include "tests/integration/kafka/writer.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Schema kColumns{{"id", DataType::BigInt()}};

class BrokerLossTest : public testing::Test {
 protected:
  TableDescription Table(TableOptions options = {}) const {
    options.emplace("topic", "clicks");
    options.emplace("properties.bootstrap.servers", cluster_.address());
    options.emplace("properties.reconnect.backoff.max.ms", "200");
    options.emplace("scan.startup.mode", "earliest-offset");
    options.emplace("sink.delivery-guarantee", "at-least-once");
    return {.name = "t", .options = std::move(options), .schema = kColumns};
  }
  static Batch Row(int id) { return MakeBatch(kColumns, {{id}}); }

  MockCluster cluster_{"clicks", 1};
};

TEST_F(BrokerLossTest, AFlushHoldsUntilTheBrokerIsBack) {
  Writer writer(Table());
  ASSERT_OK(writer.Open());
  ASSERT_OK(writer.Append(Row(1)));
  ASSERT_OK(writer.Flush(Epoch(1)));
  cluster_.Stop();
  ASSERT_OK(writer.Append(Row(2)));
  ASSERT_OK(writer.sink().Seal(Epoch(2)));
  EXPECT_THAT(writer.sink().Flushed(Epoch(2)), IsOkAndHolds(false));
  cluster_.Start();
  EXPECT_OK(writer.Flush(Epoch(3)));
  EXPECT_THAT(writer.sink().Flushed(Epoch(2)), IsOkAndHolds(true));
}

TEST_F(BrokerLossTest, ABrokerThatStaysAwayFailsTheTaskInsteadOfLosingTheRow) {
  Writer writer(Table({{"properties.delivery.timeout.ms", "1000"}}));
  ASSERT_OK(writer.Open());
  cluster_.Stop();
  ASSERT_OK(writer.Append(Row(1)));
  const auto named = AllOf(HasSubstr("table t"), HasSubstr("topic 'clicks'"),
                           HasSubstr("properties.delivery.timeout.ms"));
  EXPECT_THAT(writer.Flush(Epoch(1)), StatusIs(absl::StatusCode::kUnavailable, named));
  EXPECT_THAT(writer.sink().OnDurable(Epoch(1), Term(1)),
              StatusIs(absl::StatusCode::kUnavailable, named));
}

TEST_F(BrokerLossTest, ARowThatTheBrokerRefusesFailsTheTaskWithTheCause) {
  Writer writer(Table());
  ASSERT_OK(writer.Open());
  cluster_.RefuseWrite(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  ASSERT_OK(writer.Append(Row(1)));
  EXPECT_THAT(writer.Flush(Epoch(1)),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("table t"), HasSubstr("partition 0 of topic 'clicks'"),
                             HasSubstr("Grant the principal"))));
  EXPECT_THAT(writer.task().Metrics(), HasSubstr("millrace_sink_errors_total{job=\"j\",job_name="
                                                 "\"test\",stage=\"0\",table=\"t\",task=\"0\"} 1"));
}

TEST_F(BrokerLossTest, WithoutAGuaranteeACheckpointDoesNotWait) {
  Writer writer(Table({{"sink.delivery-guarantee", "none"}}));
  ASSERT_OK(writer.Open());
  cluster_.Stop();
  ASSERT_OK(writer.Append(Row(1)));
  ASSERT_OK(writer.sink().Seal(Epoch(1)));
  EXPECT_THAT(writer.sink().Flushed(Epoch(1)), IsOkAndHolds(true));
}

TEST_F(BrokerLossTest, ASourceReadsOnWhenItsBrokerIsBack) {
  Writer writer(Table());
  ASSERT_OK(writer.Open());
  ASSERT_OK(writer.Append(Row(1)));
  ASSERT_OK(writer.Flush(Epoch(1)));
  Reader reader(Table());
  ASSERT_OK(reader.Open());
  ASSERT_TRUE(reader.ReadCount(1));
  cluster_.Stop();
  ASSERT_OK(writer.Append(Row(2)));
  cluster_.Start();
  ASSERT_OK(writer.Flush(Epoch(2)));
  ASSERT_TRUE(reader.ReadCount(2));
  EXPECT_OK(reader.status);
}

TEST_F(BrokerLossTest, TheProofOfAPartitionsEndIsLostWithTheConnectionAndMadeAgain) {
  Reader reader(Table());
  ASSERT_OK(reader.Open());
  const auto caught_up = [&] { return reader.source().split_status(0).caught_up; };
  ASSERT_TRUE(reader.ReadUntil(caught_up));
  cluster_.Stop();
  ASSERT_TRUE(reader.ReadUntil([&] { return !caught_up(); }));
  cluster_.Start();
  ASSERT_TRUE(reader.ReadUntil(caught_up));
  EXPECT_OK(reader.status);
}

}  // namespace
}  // namespace millrace
