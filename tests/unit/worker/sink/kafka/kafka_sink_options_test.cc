#include "worker/sink/kafka/kafka_sink_options.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"
#include "worker/sink/kafka/kafka_sink.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TableDescription Table(TableOptions options) {
  options.emplace("topic", "alerts");
  options.emplace("properties.bootstrap.servers", "localhost:9092");
  return {.name = "t",
          .options = std::move(options),
          .schema = {{"card", DataType::String()},
                     {"amount", DataType::BigInt()},
                     {"shop", DataType::String()}}};
}

TEST(KafkaSinkOptionsTest, RowsAreDeliveredExactlyOnceWithoutAKeyUnlessSaid) {
  ASSERT_OK_AND_ASSIGN(const KafkaSinkOptions options, ParseKafkaSinkOptions(Table({})));
  EXPECT_EQ(options.topic, "alerts");
  EXPECT_EQ(options.guarantee, DeliveryGuarantee::kExactlyOnce);
  EXPECT_EQ(options.partitioner, KafkaPartitioner::kDefault);
  EXPECT_THAT(options.key_columns, ElementsAre());
}

TEST(KafkaSinkOptionsTest, ReadsGuaranteePartitionerAndKey) {
  ASSERT_OK_AND_ASSIGN(const KafkaSinkOptions options,
                       ParseKafkaSinkOptions(Table({{"sink.delivery-guarantee", "none"},
                                                    {"sink.partitioner", "fixed"},
                                                    {"key.format", "json"},
                                                    {"key.fields", "shop;card"}})));
  EXPECT_EQ(options.guarantee, DeliveryGuarantee::kNone);
  EXPECT_EQ(options.partitioner, KafkaPartitioner::kFixed);
  EXPECT_THAT(options.key_columns, ElementsAre(2, 0));
  EXPECT_EQ(KeySchema(Table({}).schema, options),
            (Schema{{"shop", DataType::String()}, {"card", DataType::String()}}));
}

TEST(KafkaSinkOptionsTest, TransactionalIdsMayBeginWithAPrefixThatRightsAreGrantedFor) {
  ASSERT_OK_AND_ASSIGN(const KafkaSinkOptions options,
                       ParseKafkaSinkOptions(Table({{"sink.transactional-id-prefix", "billing"}})));
  EXPECT_EQ(options.transactional_id_prefix, "billing");
}

TEST(KafkaSinkOptionsTest, WhatIsWrongIsNamedWithTableAndOption) {
  const auto invalid = absl::StatusCode::kInvalidArgument;
  const auto unbuilt = absl::StatusCode::kUnimplemented;
  struct {
    TableOptions options;
    absl::StatusCode code;
    const char* message;
  } const wrong[] = {
      {{{"topic", "a;b"}}, invalid, "one topic"},
      {{{"topic", ""}}, invalid, "'topic'"},
      {{{"sink.delivery-guarantee", "twice"}}, invalid, "none of exactly-once"},
      {{{"sink.partitioner", "com.example.Mine"}}, unbuilt, "com.example.Mine"},
      {{{"sink.parallelism", "2"}}, unbuilt, "'sink.parallelism'"},
      {{{"key.fields", "card"}}, invalid, "given both"},
      {{{"key.format", "raw"}}, invalid, "given both"},
      {{{"key.format", "raw"}, {"key.fields", "cart"}}, invalid, "did you mean 'card'?"},
      {{{"key.format", "raw"}, {"key.fields", "card"}, {"sink.partitioner", "round-robin"}},
       invalid,
       "cannot go round"},
      {{{"value.fields-include", "EXCEPT_KEY"}}, invalid, "there is no key"},
      {{{"key.format", "raw"}, {"key.fields", "card"}, {"key.fields-prefix", "k_"}},
       invalid,
       "EXCEPT_KEY"},
      {{{"key.format", "raw"},
        {"key.fields", "card"},
        {"key.fields-prefix", "k_"},
        {"value.fields-include", "EXCEPT_KEY"}},
       invalid,
       "does not begin with it"},
      {{{"properties.partitioner.class", "X"}}, unbuilt, "'sink.partitioner'"},
  };
  for (const auto& w : wrong) {
    EXPECT_THAT(ParseKafkaSinkOptions(Table(w.options)),
                StatusIs(w.code, AllOf(HasSubstr("table t"), HasSubstr(w.message))));
  }
}

TEST(KafkaSinkOptionsTest, MetadataIsNoPartOfTheValueAndOnlySomeCanBeWritten) {
  TableDescription table = Table({{"key.format", "raw"},
                                  {"key.fields", "card"},
                                  {"key.fields-prefix", "ca"},
                                  {"value.fields-include", "EXCEPT_KEY"}});
  table.schema = {{"at", DataType::TimestampLtz(3)},
                  {"card", DataType::String()},
                  {"n", DataType::BigInt()},
                  {"h", DataType::Map(DataType::String(), DataType::Bytes())}};
  table.metadata = {{"at", "timestamp"}, {"h", "headers"}};
  ASSERT_OK_AND_ASSIGN(const KafkaSinkOptions options, ParseKafkaSinkOptions(table));
  EXPECT_EQ(ValueSchema(table.schema, options).ToString(), "(n BIGINT)");
  EXPECT_EQ(KeySchema(table.schema, options).ToString(), "(rd STRING)");
  table.metadata["n"] = "offset";
  EXPECT_THAT(ParseKafkaSinkOptions(table),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("declare it as VIRTUAL")));
}

}  // namespace
}  // namespace millrace
