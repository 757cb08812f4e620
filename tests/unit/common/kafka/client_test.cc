#include "common/kafka/client.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

KafkaClientOptions Options() {
  return {.type = RD_KAFKA_PRODUCER,
          .table = "clicks",
          .client_id = "test",
          .properties = {{"bootstrap.servers", "127.0.0.1:1"}}};
}

TEST(KafkaClientTest, AValueThatTheLibraryRefusesIsAnErrorThatNamesTableAndProperty) {
  KafkaClientOptions options = Options();
  options.properties["linger.ms"] = "soon";
  EXPECT_THAT(KafkaClient::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("table clicks"), HasSubstr("properties.linger.ms"))));
}

TEST(KafkaClientTest, PropertiesThatContradictEachOtherAreAnError) {
  KafkaClientOptions options = Options();
  options.properties["enable.idempotence"] = "true";
  options.properties["max.in.flight"] = "100";
  EXPECT_THAT(KafkaClient::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("table clicks"), HasSubstr("max.in.flight"))));
}

TEST(KafkaClientTest, ADefaultThatTheLibraryDoesNotKnowIsLeftOut) {
  KafkaClientOptions options = Options();
  options.defaults = {{"linger.ms", "1"}, {"no.such.property", "1"}};
  ASSERT_OK_AND_ASSIGN(const auto client, KafkaClient::Create(options));
  EXPECT_TRUE(client->knows("linger.ms"));
  EXPECT_FALSE(client->knows("no.such.property"));
}

TEST(KafkaClientTest, WhatIsFixedWinsOverTheTable) {
  KafkaClientOptions options = Options();
  options.defaults = {{"acks", "0"}};
  options.properties["acks"] = "1";
  options.fixed = {{"acks", "all"}, {"enable.idempotence", "true"}};
  // The library refuses idempotence with other acks.
  EXPECT_OK(KafkaClient::Create(options));
}

TEST(KafkaClientTest, ErrorsNameTableBrokersAndRemedy) {
  ASSERT_OK_AND_ASSIGN(const auto client, KafkaClient::Create(Options()));
  EXPECT_THAT(client->Error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "looking up topic 't'"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("table clicks"), HasSubstr("127.0.0.1:1"),
                             HasSubstr("looking up topic 't'"), HasSubstr("Create the topic"))));
  EXPECT_THAT(client->Error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "reading"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("Grant the principal")));
  EXPECT_THAT(client->Error(RD_KAFKA_RESP_ERR__TRANSPORT, "reading"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the brokers run")));
  EXPECT_OK(client->FatalError());
}

}  // namespace
}  // namespace millrace
