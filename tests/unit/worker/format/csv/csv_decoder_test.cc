// What lines of csv mean. The cases were put to Flink 2.2.1's CsvRowDataDeserializationSchema,
// whose answers these are; where ours differs on purpose the test's name says so.
#include <gmock/gmock.h>

#include "tests/unit/worker/format/csv/lines.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Schema Pairs() { return {{"id", DataType::Int()}, {"name", DataType::String()}}; }

// The row of one line, or its problem.
std::string Row(const std::string& line, TableOptions options = {}) {
  const auto shown = Decode(Pairs(), {line}, std::move(options));
  return shown.empty() ? "" : shown[0];
}

TEST(CsvDecoderTest, FieldsAreFoundByTheirPlacesAndBlanksBelongToThem) {
  EXPECT_EQ(Row("1,a"), "+I[1, a]");
  EXPECT_EQ(Row(" 1 , a "), "+I[1,  a ]");
  EXPECT_EQ(Row("1,"), "+I[1, ]");
  EXPECT_EQ(Row("+1,null"), "+I[1, null]");
  EXPECT_EQ(Row("1,a,"), "+I[1, a]");
  EXPECT_EQ(Row("1,a\r\n"), "+I[1, a]");
  EXPECT_EQ(Row("1,\xc3\xa9"), "+I[1, \xc3\xa9]");
}

TEST(CsvDecoderTest, QuotesHoldDelimitersAndLineEndsAndTwoAreOne) {
  EXPECT_EQ(Row("1,\"a,b\""), "+I[1, a,b]");
  EXPECT_EQ(Row("1,\"a\"\"b\""), "+I[1, a\"b]");
  EXPECT_EQ(Row("1,\"\"\"\""), "+I[1, \"]");
  EXPECT_EQ(Row("1,\"a\nb\""), "+I[1, a\nb]");
  EXPECT_EQ(Row("\"1\" ,\"a\"  "), "+I[1, a]");
  EXPECT_EQ(Row("1,\"\""), "+I[1, ]");
}

TEST(CsvDecoderTest, AQuoteInsideOfAFieldIsACharacter) {
  EXPECT_EQ(Row("1,a\"b"), "+I[1, a\"b]");
  EXPECT_EQ(Row("1, \"a\""), "+I[1,  \"a\"]");
  EXPECT_EQ(Row("1,'a'"), "+I[1, 'a']");
}

TEST(CsvDecoderTest, WhatIsNoRowOfTheTableSaysWhy) {
  EXPECT_EQ(Row("1"), "! 0 malformed csv: it has 1 fields, not 2");
  EXPECT_EQ(Row(""), "! 0 malformed csv: it is empty");
  EXPECT_EQ(Row("1,a,b"), "! 0 malformed csv: it has more than 2 fields");
  EXPECT_EQ(Row("1,a,,"), "! 0 malformed csv: it has more than 2 fields");
  EXPECT_EQ(Row("1,\"a\"x"), "! 0 malformed csv: field 2: something follows a closing quote");
  EXPECT_EQ(Row("1,\"a"), "! 0 malformed csv: field 2: a quote is not closed");
  EXPECT_EQ(Row("x,a"), "! 0 field 'id': expected INT, found a text that says no such value");
  EXPECT_THAT(Row(",a"), HasSubstr("field 'id'"));
  EXPECT_THAT(Row("1.5,a"), HasSubstr("field 'id'"));
  EXPECT_THAT(Row("99999999999,a"), HasSubstr("field 'id'"));
}

TEST(CsvDecoderTest, UnlikeFlinkASecondLineIsNotLeftOutInSilence) {
  EXPECT_EQ(Row("1,a\n2,b"), "! 0 malformed csv: it has more than one line");
  EXPECT_EQ(Row("1,a\n\n"), "+I[1, a]");
}

TEST(CsvDecoderTest, IgnoringParseErrorsMakesFieldsNullAndDropsLines) {
  const TableOptions options{{"csv.ignore-parse-errors", "true"}};
  EXPECT_EQ(Row("x,a", options), "+I[null, a]");
  EXPECT_EQ(Row("1", options), "+I[1, null]");
  EXPECT_THAT(Row("1,a,b", options), HasSubstr("! 0"));
  EXPECT_THAT(Row("1,\"a", options), HasSubstr("! 0"));
  ASSERT_OK_AND_ASSIGN(const auto decoder,
                       NewCsvDecoder({.name = "t", .options = options, .schema = Pairs()}));
  EXPECT_TRUE(decoder->skips_bad_records());
}

TEST(CsvDecoderTest, LinesOfCommentsAreNoRows) {
  const TableOptions options{{"csv.allow-comments", "true"}};
  EXPECT_THAT(Decode(Pairs(), {"#1,a", "  # x", "1,#a", "# x\n\n2,b"}, options),
              ElementsAre("+I[1, #a]", "+I[2, b]"));
  EXPECT_THAT(Row("#1,a"), HasSubstr("field 'id'"));
}

TEST(CsvDecoderTest, TheNullLiteralIsNullInQuotesToo) {
  const TableOptions options{{"csv.null-literal", "NULL"}};
  EXPECT_EQ(Row("NULL,NULL", options), "+I[null, null]");
  EXPECT_EQ(Row("1,\"NULL\"", options), "+I[1, null]");
  EXPECT_EQ(Row("1, NULL", options), "+I[1,  NULL]");
  EXPECT_EQ(Row(",", {{"csv.null-literal", ""}}), "+I[null, null]");
}

TEST(CsvDecoderTest, AnEscapeTakesItsMeaningFromTheNextCharacter) {
  const TableOptions options{{"csv.escape-character", "\\"}};
  EXPECT_EQ(Row("1,a\\,b", options), "+I[1, a,b]");
  EXPECT_EQ(Row("1,\"a\\\"b\"", options), "+I[1, a\"b]");
  EXPECT_EQ(Row("1,a\\nb\\tc", options), "+I[1, a\nb\tc]");
  EXPECT_EQ(Row("1,a\\\\b", options), "+I[1, a\\b]");
  EXPECT_THAT(Row("1,\\", options), HasSubstr("nothing follows an escape character"));
  EXPECT_THAT(Row("1,\"\\", options), HasSubstr("! 0"));
}

TEST(CsvDecoderTest, DelimiterAndQuoteAreTheTables) {
  EXPECT_EQ(Row("1\ta,b", {{"csv.field-delimiter", "\\t"}}), "+I[1, a,b]");
  EXPECT_EQ(Row("1\x01"
                "a",
                {{"csv.field-delimiter", "\\u0001"}}),
            "+I[1, a]");
  EXPECT_EQ(Row("1;\"a;b\"", {{"csv.field-delimiter", ";"}}), "+I[1, a;b]");
  EXPECT_EQ(Row("1,'a''b'", {{"csv.quote-character", "'"}}), "+I[1, a'b]");
  EXPECT_EQ(Row("1,\"a\"", {{"csv.disable-quote-character", "true"}}), "+I[1, \"a\"]");
  EXPECT_EQ(Row("1,a", {{"value.csv.field-delimiter", ","}}), "+I[1, a]");
}

TEST(CsvDecoderTest, EveryTypeHasItsText) {
  const Schema schema{{"b", DataType::Boolean()},     {"d", DataType::Double()},
                      {"f", DataType::Float()},       {"n", DataType::Decimal(5, 2)},
                      {"day", DataType::Date()},      {"time", DataType::Time(3)},
                      {"at", DataType::Timestamp(3)}, {"utc", DataType::TimestampLtz(3)},
                      {"bytes", DataType::Bytes()},   {"big", DataType::BigInt()}};
  EXPECT_THAT(
      Decode(schema, {"true,1e3,1.5,1.555,2024-01-31,12:00:05.123,2024-01-31 "
                      "12:00:05.123,2024-01-31 12:00:05Z,YWJj,-9223372036854775808",
                      " TRUE , NaN , 1f ,1e2,2024-1-3,12:00, 2024-01-31 12:00:05 ,2024-01-31 "
                      "12:00:05.5Z,,1"}),
      ElementsAre("+I[true, 1000.0, 1.5, 1.56, 2024-01-31, 12:00:05.123, 2024-01-31T12:00:05.123, "
                  "2024-01-31T12:00:05Z, [97, 98, 99], -9223372036854775808]",
                  "+I[true, NaN, 1.0, 100.00, 2024-01-03, 12:00, 2024-01-31T12:00:05, "
                  "2024-01-31T12:00:05.500Z, [], 1]"));
}

TEST(CsvDecoderTest, UnlikeFlinkWhatIsNeitherTrueNorFalseNorFitsIsABadRecord) {
  EXPECT_THAT(Decode({{"b", DataType::Boolean()}}, {"yes"}), ElementsAre(HasSubstr("! 0")));
  EXPECT_THAT(Decode({{"n", DataType::Decimal(5, 2)}}, {"12345"}), ElementsAre(HasSubstr("! 0")));
  EXPECT_THAT(Decode({{"d", DataType::Date()}}, {"2024-02-30"}), ElementsAre(HasSubstr("! 0")));
}

TEST(CsvDecoderTest, ArraysAndRowsAreTheElementsOfOneField) {
  const Schema schema{{"n", DataType::Array(DataType::Int())},
                      {"r", DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()})}};
  EXPECT_THAT(Decode(schema, {"1;2;3,1;x", ",", "\"1;2\",\"7;y z\"", "1,1;x;ignored"}),
              ElementsAre("+I[[1, 2, 3], +I[1, x]]", "+I[[], null]", "+I[[1, 2], +I[7, y z]]",
                          "+I[[1], +I[1, x]]"));
  EXPECT_THAT(Decode(schema, {"1;;3,1;x", "1;2;,1;x", "1,1", "1,x;a"}),
              ElementsAre(HasSubstr("! 0 field 'n'"), HasSubstr("! 1 field 'n'"),
                          HasSubstr("! 2 field 'r': has fewer than 2 parts"),
                          HasSubstr("! 3 field 'r': 'a'")));
  EXPECT_THAT(Decode(schema, {"1;N;3,N;x"}, {{"csv.null-literal", "N"}}),
              ElementsAre("+I[[1, null, 3], +I[null, x]]"));
  EXPECT_THAT(Decode(schema, {"1::2,1::x"}, {{"csv.array-element-delimiter", "::"}}),
              ElementsAre("+I[[1, 2], +I[1, x]]"));
}

TEST(CsvDecoderTest, ColumnsThatNobodyWantsKeepTheirPlacesAndAreNotParsed) {
  const Schema declared{{"id", DataType::Int()},
                        {"at", DataType::Timestamp(3)},
                        {"r", DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()})},
                        {"name", DataType::String()}};
  const Schema wanted{{"name", DataType::String()},
                      {"r", DataType::Row({"b"}, {DataType::String()})}};
  ASSERT_OK_AND_ASSIGN(const auto decoder,
                       NewCsvDecoder({.name = "t", .schema = wanted, .declared = declared}));
  EXPECT_THAT(DecodeWith(*decoder, wanted, {"x,never,1;b,n", "1,,;,m", "1,2"}),
              ElementsAre("+I[n, +I[b]]", "+I[m, +I[]]", HasSubstr("! 2")));
}

TEST(CsvDecoderTest, ANullInANotNullColumnIsABadRecord) {
  const Schema schema{{"id", DataType::Int().WithNullable(false)}, {"name", DataType::String()}};
  EXPECT_THAT(Decode(schema, {"N,a"}, {{"csv.null-literal", "N"}}),
              ElementsAre("! 0 field 'id': is null but declared NOT NULL"));
}

TEST(CsvDecoderTest, RowsKnowTheirRecordsOnceOneIsNone) {
  ASSERT_OK_AND_ASSIGN(
      const auto decoder,
      NewCsvDecoder({.name = "t", .options = {{"csv.allow-comments", "true"}}, .schema = Pairs()}));
  ASSERT_OK_AND_ASSIGN(DecodeResult result, decoder->Decode(MakeSlab({"1,a", "2,b"})));
  EXPECT_THAT(result.record_of_row, IsEmpty());
  ASSERT_OK_AND_ASSIGN(result, decoder->Decode(MakeSlab({"1,a", "# none", "x,y", "2,b", "#"})));
  EXPECT_THAT(result.record_of_row, ElementsAre(0, 3));
  ASSERT_OK_AND_ASSIGN(result, decoder->Decode(MakeSlab({"1,a", "bad"})));
  EXPECT_THAT(result.record_of_row, ElementsAre(0));
}

TEST(CsvDecoderTest, OptionsThatCannotBeAreRefusedByName) {
  const struct {
    TableOptions options;
    absl::StatusCode code;
    const char* part;
  } cases[] = {
      {{{"csv.field-delimiter", "ab"}}, absl::StatusCode::kInvalidArgument, "single character"},
      {{{"csv.field-delimiter", "\n"}}, absl::StatusCode::kInvalidArgument, "end the line"},
      {{{"csv.field-delimiter", "\xe2\x94\x82"}}, absl::StatusCode::kUnimplemented, "ASCII"},
      {{{"csv.field-delimiter", "\""}}, absl::StatusCode::kInvalidArgument, "different"},
      {{{"csv.quote-character", "'"}, {"csv.disable-quote-character", "true"}},
       absl::StatusCode::kInvalidArgument,
       "set one of them"},
      {{{"csv.array-element-delimiter", ""}}, absl::StatusCode::kInvalidArgument, "empty"},
  };
  for (const auto& [options, code, part] : cases) {
    EXPECT_THAT(NewCsvDecoder({.name = "t", .options = options, .schema = Pairs()}),
                StatusIs(code, HasSubstr(part)));
  }
}

TEST(CsvDecoderTest, TypesThatALineCannotHoldAreRefusedByColumn) {
  for (const DataType& type : {DataType::Map(DataType::String(), DataType::String()),
                               DataType::Array(DataType::Row({"a"}, {DataType::Int()})),
                               DataType::Array(DataType::Array(DataType::Int()))}) {
    EXPECT_THAT(NewCsvDecoder({.name = "t", .schema = {{"m", type}}}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("table t: column 'm'")));
  }
}

}  // namespace
}  // namespace millrace
