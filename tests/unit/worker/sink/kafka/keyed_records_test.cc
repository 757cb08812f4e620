// Rows as records of a topic: keys, values, tombstones.
#include "worker/sink/kafka/keyed_records.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "tests/harness/printed_rows.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr RowKind kInsert = RowKind::kInsert;
constexpr RowKind kBefore = RowKind::kUpdateBefore;
constexpr RowKind kAfter = RowKind::kUpdateAfter;
constexpr RowKind kDelete = RowKind::kDelete;

const Schema kColumns{{"n", DataType::BigInt()}, {"k_card", DataType::String()}};

TableDescription Upserts(TableOptions options = {}) {
  for (const auto& [key, value] : TableOptions{{"connector", "upsert-kafka"},
                                               {"topic", "counts"},
                                               {"properties.bootstrap.servers", "localhost:9092"},
                                               {"key.format", "json"},
                                               {"value.format", "json"}}) {
    options.emplace(key, value);
  }
  return {
      .name = "t", .options = std::move(options), .schema = kColumns, .primary_key = {"k_card"}};
}

// Records of `table` whose encoders are those of `print`.
absl::StatusOr<KeyedRecords> RecordsOf(const TableDescription& table) {
  ASSIGN_OR_RETURN(const KafkaSinkOptions options, ParseKafkaSinkOptions(table));
  KafkaSinkEncoders encoders{.value =
                                 std::make_unique<PrintedRows>(ValueSchema(table.schema, options))};
  if (options.key_format == "json") {
    encoders.key = std::make_unique<PrintedRows>(KeySchema(table.schema, options));
  }
  return KeyedRecords::Create(table, options, std::move(encoders));
}

std::vector<std::string> Shown(const KeyedRecords& records) {
  std::vector<std::string> shown;
  for (int64_t i = 0; i < records.size(); ++i) {
    shown.push_back(std::string(records.key(i).value_or("none")) + " -> " +
                    std::string(records.value(i).value_or("tombstone")));
  }
  return shown;
}

TEST(KeyedRecordsTest, AnUpsertIsTheRowADeleteATombstoneAndAnOldRowNothing) {
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(Upserts()));
  ASSERT_OK(
      records.Make(MakeBatch(kColumns, {{1, "a"}, {1, "a"}, {2, "a"}, {7, "b"}, {3, "c"}, {4, "c"}},
                             {kInsert, kBefore, kAfter, kDelete, kBefore, kAfter})));
  EXPECT_THAT(Shown(records), ElementsAre("+I[a] -> +I[1, a]", "+I[a] -> +I[2, a]",
                                          "+I[b] -> tombstone", "+I[c] -> +I[4, c]"));
}

TEST(KeyedRecordsTest, RowsThatOnlyAddAreUpsertsToo) {
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(Upserts()));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}, {2, "a"}})));
  EXPECT_THAT(Shown(records), ElementsAre("+I[a] -> +I[1, a]", "+I[a] -> +I[2, a]"));
}

TEST(KeyedRecordsTest, TheTombstonesOfABatchAreForgottenWithIt) {
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(Upserts()));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}}, {kDelete})));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}})));
  EXPECT_THAT(Shown(records), ElementsAre("+I[a] -> +I[1, a]"));
}

TEST(KeyedRecordsTest, ABatchOfOldRowsIsNothing) {
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(Upserts()));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}}, {kBefore})));
  EXPECT_THAT(Shown(records), IsEmpty());
}

TEST(KeyedRecordsTest, TheValueMayLeaveOutTheKeyAndTheKeyItsPrefix) {
  const TableDescription table =
      Upserts({{"value.fields-include", "EXCEPT_KEY"}, {"key.fields-prefix", "k_"}});
  ASSERT_OK_AND_ASSIGN(const KafkaSinkOptions options, ParseKafkaSinkOptions(table));
  EXPECT_EQ(KeySchema(kColumns, options).ToString(), "(card STRING)");
  EXPECT_EQ(ValueSchema(kColumns, options).ToString(), "(n BIGINT)");
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(table));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}, {2, "b"}}, {kAfter, kDelete})));
  EXPECT_THAT(Shown(records), ElementsAre("+I[a] -> +I[1]", "+I[b] -> tombstone"));
}

TEST(KeyedRecordsTest, TimesAndHeadersComeFromTheirColumns) {
  const Schema columns{{"n", DataType::BigInt()},
                       {"at", DataType::TimestampLtz(3)},
                       {"h", DataType::Map(DataType::String(), DataType::Bytes())}};
  const TableDescription table{.name = "t",
                               .options = {{"connector", "kafka"},
                                           {"topic", "counts"},
                                           {"properties.bootstrap.servers", "localhost:9092"},
                                           {"format", "json"}},
                               .schema = columns,
                               .metadata = {{"at", "timestamp"}, {"h", "headers"}}};
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(table));
  ASSERT_OK(records.Make(
      MakeBatch(columns, {{1, 5000, Value{{"a", "x"}, {"b", nullptr}}}, {2, nullptr, nullptr}})));
  StagedRecord record;
  records.Fill(0, record);
  EXPECT_EQ(record.value, "+I[1]");
  EXPECT_EQ(record.timestamp_ms, 5000);
  ASSERT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.headers[0].first, "a");
  EXPECT_EQ(record.headers[0].second, "x");
  EXPECT_EQ(record.headers[1].second, "");
  records.Fill(1, record);
  EXPECT_EQ(record.value, "+I[2]");
  EXPECT_EQ(record.timestamp_ms, std::nullopt);
  EXPECT_TRUE(record.headers.empty());
}

TEST(KeyedRecordsTest, TheKindsOfAnAppendingTopicAreItsFormatsBusiness) {
  TableDescription table = Upserts({{"connector", "kafka"}});
  table.options.erase("key.format");
  ASSERT_OK_AND_ASSIGN(KeyedRecords records, RecordsOf(table));
  ASSERT_OK(records.Make(MakeBatch(kColumns, {{1, "a"}, {2, "a"}}, {kBefore, kAfter})));
  EXPECT_THAT(Shown(records), ElementsAre("none -> -U[1, a]", "none -> +U[2, a]"));
}

TEST(KeyedRecordsTest, WhatMakesNoUpsertTableIsNamed) {
  const auto refusal = [](const TableDescription& table) {
    const absl::Status status = ParseKafkaSinkOptions(table).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  TableDescription keyless = Upserts();
  keyless.primary_key.clear();
  EXPECT_THAT(refusal(keyless), AllOf(HasSubstr("table t"), HasSubstr("needs a PRIMARY KEY")));
  EXPECT_THAT(refusal(Upserts({{"key.fields", "k_card"}})), HasSubstr("is its PRIMARY KEY"));
  EXPECT_THAT(refusal(Upserts({{"key.format", ""}})), HasSubstr("'key.format'"));
  EXPECT_THAT(refusal(Upserts({{"key.fields-prefix", "k_"}})), HasSubstr("EXCEPT_KEY"));
  EXPECT_THAT(
      refusal(Upserts({{"value.fields-include", "EXCEPT_KEY"}, {"key.fields-prefix", "x_"}})),
      HasSubstr("'k_card' of the PRIMARY KEY does not begin with it"));
  EXPECT_THAT(refusal(Upserts({{"value.fields-include", "SOME"}})), HasSubstr("ALL or EXCEPT_KEY"));
}

}  // namespace
}  // namespace millrace
