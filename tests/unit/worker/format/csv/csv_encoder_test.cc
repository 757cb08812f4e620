// How rows are written as csv: byte for byte what Flink 2.2.1's CsvRowDataSerializationSchema gave
// for the same rows.
#include <gmock/gmock.h>

#include "tests/harness/decoding.h"
#include "worker/format/csv/csv_format.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Encode(const Schema& schema, const std::vector<std::vector<Value>>& rows,
                                TableOptions options = {}) {
  auto encoder = NewCsvEncoder({.name = "t", .options = std::move(options), .schema = schema});
  EXPECT_OK(encoder);
  EncodedRecords records;
  EXPECT_OK((*encoder)->Encode(MakeBatch(schema, rows), records));
  std::vector<std::string> lines;
  for (int64_t i = 0; i < records.size(); ++i) lines.emplace_back(records.record(i));
  return lines;
}

Schema Pairs() { return {{"id", DataType::Int()}, {"name", DataType::String()}}; }

std::string Name(const std::string& name, TableOptions options = {}) {
  return Encode(Pairs(), {{1, name}}, std::move(options))[0];
}

TEST(CsvEncoderTest, TextIsQuotedWhereFlinkQuotesIt) {
  EXPECT_EQ(Name("a"), "1,a");
  EXPECT_EQ(Name("a,b"), "1,\"a,b\"");
  EXPECT_EQ(Name("a\"b"), "1,\"a\"\"b\"");
  EXPECT_EQ(Name("a\nb"), "1,\"a\nb\"");
  EXPECT_EQ(Name("a b"), "1,\"a b\"");
  EXPECT_EQ(Name(""), "1,");
  EXPECT_EQ(Name("a;b"), "1,a;b");
  EXPECT_EQ(Name("#a"), "1,\"#a\"");
  EXPECT_EQ(Name("\xc3\xa9"), "1,\xc3\xa9");
  EXPECT_EQ(Name("a-b.c/d:e_"), "1,a-b.c/d:e_");
  EXPECT_EQ(Name("a\\b"), "1,\"a\\b\"");
  EXPECT_EQ(Name(std::string(24, 'x')), "1," + std::string(24, 'x'));
  EXPECT_EQ(Name(std::string(25, 'x')), "1,\"" + std::string(25, 'x') + "\"");
}

TEST(CsvEncoderTest, NullIsEmptyOrTheLiteral) {
  EXPECT_THAT(Encode(Pairs(), {{nullptr, nullptr}}), ElementsAre(","));
  EXPECT_THAT(Encode(Pairs(), {{nullptr, nullptr}}, {{"csv.null-literal", "N/A"}}),
              ElementsAre("N/A,N/A"));
}

TEST(CsvEncoderTest, DelimiterQuoteAndEscapeAreTheTables) {
  EXPECT_EQ(Name("a;b", {{"csv.field-delimiter", ";"}}), "1;\"a;b\"");
  EXPECT_EQ(Name("a'b", {{"csv.quote-character", "'"}}), "1,'a''b'");
  EXPECT_EQ(Name("a,b\"", {{"csv.disable-quote-character", "true"}}), "1,a,b\"");
  EXPECT_EQ(Name("a\\b\"", {{"csv.escape-character", "\\"}}), "1,\"a\\\\b\"\"\"");
}

TEST(CsvEncoderTest, DecimalsAreScientificUnlessTheTableSaysOtherwise) {
  const Schema schema{{"n", DataType::Decimal(20, 10)}};
  const auto written = [&](const char* text, const char* scientific) {
    auto decoder = NewCsvDecoder({.name = "t", .schema = schema});
    EXPECT_OK(decoder);
    const auto decoded = (*decoder)->Decode(MakeSlab({text}));
    EXPECT_OK(decoded);
    auto encoder =
        NewCsvEncoder({.name = "t",
                       .options = {{"csv.write-bigdecimal-in-scientific-notation", scientific}},
                       .schema = schema});
    EXPECT_OK(encoder);
    EncodedRecords records;
    EXPECT_OK((*encoder)->Encode(decoded->batch, records));
    return std::string(records.record(0));
  };
  EXPECT_EQ(written("0.0000000010", "true"), "1E-9");
  EXPECT_EQ(written("100000000", "true"), "1E+8");
  EXPECT_EQ(written("12.50", "true"), "12.5");
  EXPECT_EQ(written("-0.25", "true"), "-0.25");
  EXPECT_EQ(written("0", "true"), "0");
  EXPECT_EQ(written("0.0000000010", "false"), "0.0000000010");
  EXPECT_EQ(written("100000000", "false"), "100000000.0000000000");
}

// Every type through its text and back.
TEST(CsvEncoderTest, WhatWasReadIsWrittenAsItWas) {
  const Schema schema{{"b", DataType::Boolean()},
                      {"d", DataType::Double()},
                      {"f", DataType::Float()},
                      {"day", DataType::Date()},
                      {"time", DataType::Time(3)},
                      {"at", DataType::Timestamp(3)},
                      {"fine", DataType::Timestamp(6)},
                      {"utc", DataType::TimestampLtz(3)},
                      {"bytes", DataType::Bytes()},
                      {"a", DataType::Array(DataType::Int())},
                      {"r", DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()})}};
  const std::string line =
      "true,1.0E10,1.5,2024-01-31,12:00:05.12,\"2024-01-31 12:00:05.123\",\"2024-01-31 "
      "12:00:05.123456\",\"2024-01-31 12:00:05Z\",YWL/,1;2;3,\"7;x y\"";
  ASSERT_OK_AND_ASSIGN(const auto decoder, NewCsvDecoder({.name = "t", .schema = schema}));
  ASSERT_OK_AND_ASSIGN(const DecodeResult decoded, decoder->Decode(MakeSlab({line})));
  ASSERT_OK_AND_ASSIGN(const auto encoder, NewCsvEncoder({.name = "t", .schema = schema}));
  EncodedRecords records;
  ASSERT_OK(encoder->Encode(decoded.batch, records));
  EXPECT_EQ(records.record(0), line);
}

TEST(CsvEncoderTest, RowsThatTakeOthersBackAreRefused) {
  ASSERT_OK_AND_ASSIGN(const auto encoder, NewCsvEncoder({.name = "t", .schema = Pairs()}));
  EncodedRecords records;
  EXPECT_THAT(
      encoder->Encode(MakeBatch(Pairs(), {{1, "a"}}, {RowKind::kDelete}), records),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'csv' says insertions only")));
}

}  // namespace
}  // namespace millrace
