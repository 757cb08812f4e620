#include "worker/format/raw/raw_format.h"

#include <gmock/gmock.h>

#include "common/base/random.h"
#include "tests/harness/decoding.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TableDescription Table(const DataType& type, TableOptions options = {}) {
  return {.name = "t", .options = std::move(options), .schema = {{"v", type}}};
}

std::vector<std::string> Decode(const DataType& type, const std::vector<std::string>& records,
                                TableOptions options = {}) {
  const TableDescription table = Table(type, std::move(options));
  auto decoder = NewRawDecoder(table);
  EXPECT_OK(decoder);
  return DecodeWith(**decoder, table.schema, records);
}

std::string Encoded(const DataType& type, const Value& value, TableOptions options = {}) {
  const TableDescription table = Table(type, std::move(options));
  auto encoder = NewRawEncoder(table);
  EXPECT_OK(encoder);
  EncodedRecords records;
  EXPECT_OK((*encoder)->Encode(MakeBatch(table.schema, {{value}}), records));
  return records.is_absent(0) ? "absent" : std::string(records.record(0));
}

TEST(RawFormatTest, ARecordIsTheValueOfTheOneColumn) {
  EXPECT_THAT(Decode(DataType::String(), {"a b", "", "{\"x\":1}"}),
              ElementsAre("+I[a b]", "+I[]", "+I[{\"x\":1}]"));
  EXPECT_THAT(Decode(DataType::Bytes(), {std::string("\x00\xff", 2)}), ElementsAre("+I[[0, -1]]"));
}

TEST(RawFormatTest, NumbersAreBigEndianUnlessTheTableSaysOtherwise) {
  const std::string two("\x00\x00\x00\x02", 4);
  EXPECT_THAT(Decode(DataType::Int(), {two}), ElementsAre("+I[2]"));
  EXPECT_THAT(Decode(DataType::Int(), {two}, {{"raw.endianness", "little-endian"}}),
              ElementsAre("+I[33554432]"));
  EXPECT_EQ(Encoded(DataType::Int(), 2), two);
  EXPECT_EQ(Encoded(DataType::SmallInt(), -2, {{"raw.endianness", "little-endian"}}), "\xfe\xff");
  EXPECT_THAT(Decode(DataType::Double(), {std::string("\x3f\xf8\x00\x00\x00\x00\x00\x00", 8)}),
              ElementsAre("+I[1.5]"));
  EXPECT_THAT(Decode(DataType::Boolean(), {std::string(1, '\0'), "\x01"}),
              ElementsAre("+I[false]", "+I[true]"));
}

TEST(RawFormatTest, ANumberOfAnotherSizeIsABadRecord) {
  EXPECT_THAT(Decode(DataType::BigInt(), {"1234567", "12345678", "123456789", ""}),
              ElementsAre("+I[3544952156018063160]",
                          "! 0 column 'v': a BIGINT has 8 bytes, the record has 7",
                          "! 2 column 'v': a BIGINT has 8 bytes, the record has 9",
                          "! 3 column 'v': a BIGINT has 8 bytes, the record has 0"));
}

TEST(RawFormatTest, TextThatIsNoneOfItsCharsetIsABadRecord) {
  EXPECT_THAT(Decode(DataType::String(), {"a", "b\xff", "c"}),
              ElementsAre("+I[a]", "+I[c]", "! 1 column 'v': it is no UTF-8 at byte 1"));
  EXPECT_THAT(
      Decode(DataType::String(), {std::string("\x00\x61\xd8", 3)}, {{"raw.charset", "UTF-16BE"}}),
      ElementsAre("! 0 column 'v': it is no text of the charset"));
}

TEST(RawFormatTest, OtherCharsetsAreReadAndWritten) {
  const TableOptions latin{{"raw.charset", "ISO-8859-1"}};
  EXPECT_THAT(Decode(DataType::String(), {"caf\xe9"}, latin), ElementsAre("+I[caf\xc3\xa9]"));
  EXPECT_EQ(Encoded(DataType::String(), "caf\xc3\xa9", latin), "caf\xe9");
  EXPECT_EQ(Encoded(DataType::String(), "\xe2\x82\xac 5", latin), "? 5");
  EXPECT_EQ(Encoded(DataType::String(), "\u3042", {{"raw.charset", "ISO-2022-JP"}}),
            "\x1b$B$\"\x1b(B");  // With the shift back at the end.
  const TableOptions utf16{{"value.raw.charset", "UTF-16"}};
  EXPECT_EQ(Encoded(DataType::String(), "a", utf16), std::string("\xfe\xff\x00\x61", 4));
  EXPECT_THAT(Decode(DataType::String(),
                     {std::string("\xfe\xff\x00\x61", 4), std::string("\xff\xfe\x61\x00", 4),
                      std::string("\x00\x61", 2)},
                     utf16),
              ElementsAre("+I[a]", "+I[a]", "+I[a]"));
}

TEST(RawFormatTest, ANullIsARecordThatIsAbsent) {
  EXPECT_EQ(Encoded(DataType::String(), nullptr), "absent");
  EXPECT_EQ(Encoded(DataType::String(), ""), "");
}

TEST(RawFormatTest, TheColumnCanBeDeclaredAndNotWanted) {
  const Schema declared{{"v", DataType::Int()}};
  ASSERT_OK_AND_ASSIGN(const auto decoder, NewRawDecoder({.name = "t", .declared = declared}));
  ASSERT_OK_AND_ASSIGN(const DecodeResult result,
                       decoder->Decode(MakeSlab({"1234", "bad", "5678"})));
  EXPECT_EQ(result.batch.num_rows(), 2);
  EXPECT_EQ(result.bad_records.size(), 1u);
  EXPECT_THAT(result.record_of_row, ElementsAre(0, 2));
}

TEST(RawFormatTest, OtherTablesAndOptionsAreRefusedByName) {
  EXPECT_THAT(
      NewRawDecoder({.name = "t", .schema = {{"a", DataType::Int()}, {"b", DataType::Int()}}}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("single column")));
  EXPECT_THAT(NewRawDecoder(Table(DataType::Date())),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'v' is a DATE")));
  EXPECT_THAT(NewRawDecoder(Table(DataType::String(), {{"raw.charset", "UTF-8//IGNORE"}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no such charset")));
  EXPECT_THAT(NewRawDecoder(Table(DataType::Int(), {{"raw.endianness", "middle"}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("big-endian")));
}

TEST(RawFormatTest, TenMegabytesAreARecordLikeAnyOther) {
  const std::string text(10 << 20, 'x');
  const TableDescription table = Table(DataType::String());
  ASSERT_OK_AND_ASSIGN(const auto decoder, NewRawDecoder(table));
  ASSERT_OK_AND_ASSIGN(const DecodeResult result, decoder->Decode(MakeSlab({"a", text, "b"})));
  const auto strings = ValueStrings(DataType::String(), *result.batch.column(0));
  ASSERT_EQ(strings.size(), 3u);
  EXPECT_TRUE(strings[1] == text);
  EXPECT_EQ(strings[2], "b");
}

TEST(RawFormatTest, RandomBytesNeverHurtTheRecordsAroundThem) {
  Random random(7);
  for (const char* charset : {"UTF-8", "UTF-16", "ISO-8859-1", "Shift_JIS"}) {
    const TableDescription table = Table(DataType::String(), {{"raw.charset", charset}});
    const std::string good = Encoded(DataType::String(), "good", table.options);
    ASSERT_OK_AND_ASSIGN(const auto decoder, NewRawDecoder(table));
    for (int round = 0; round < 2000; ++round) {
      std::string damaged(random.Below(24), '\0');
      for (char& c : damaged) c = static_cast<char>(random.Below(256));
      ASSERT_OK_AND_ASSIGN(const DecodeResult result,
                           decoder->Decode(MakeSlab({good, damaged, good})));
      ASSERT_TRUE(result.batch.columns()->ValidateFull().ok());
      const auto rows = RowStrings(table.schema, result.batch);
      ASSERT_EQ(rows.size() + result.bad_records.size(), 3u);
      ASSERT_EQ(rows.front(), "+I[good]");
      ASSERT_EQ(rows.back(), "+I[good]");
    }
  }
}

}  // namespace
}  // namespace millrace
