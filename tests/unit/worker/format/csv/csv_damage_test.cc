// Damaged input: a record is taken as a whole or not at all, whatever its bytes are.
#include <gmock/gmock.h>

#include "common/base/random.h"
#include "tests/unit/worker/format/csv/lines.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Schema Orders() {
  return {{"id", DataType::BigInt()},
          {"name", DataType::String()},
          {"tags", DataType::Array(DataType::String())},
          {"total", DataType::Decimal(10, 2)},
          {"at", DataType::Timestamp(3)},
          {"paid", DataType::Boolean()}};
}

constexpr const char* kOrder = "1,\"a\"\"b, c\",x;y,1.50,2024-01-31 12:00:05.123,true";
constexpr const char* kOrderRow = "+I[1, a\"b, c, [x, y], 1.50, 2024-01-31T12:00:05.123, true]";

TEST(CsvDamageTest, ARecordThatFailsHalfWayLeavesNoTrace) {
  EXPECT_THAT(Decode(Orders(), {kOrder, "2,lost,p;q,1,2024-01-31 12:00:05,maybe", kOrder}),
              ElementsAre(kOrderRow, kOrderRow, HasSubstr("! 1 field 'paid'")));
}

TEST(CsvDamageTest, WhatIsNotUtf8IsABadRecordAndSaysWhere) {
  EXPECT_THAT(Decode(Orders(), {kOrder, "1,\xff,x,1,2024-01-31 12:00:05,true", "\xc3", kOrder}),
              ElementsAre(kOrderRow, kOrderRow, "! 1 malformed csv: it is no UTF-8 at byte 2",
                          "! 2 malformed csv: it is no UTF-8 at byte 0"));
}

TEST(CsvDamageTest, NoTruncationOfARecordIsReadAsARow) {
  const std::string order = kOrder;
  for (size_t size = 0; size + 3 < order.size(); ++size) {
    const auto lines = Decode(Orders(), {kOrder, order.substr(0, size), kOrder});
    ASSERT_EQ(lines.size(), 3u) << size;
    EXPECT_EQ(lines[0], kOrderRow) << size;
    EXPECT_EQ(lines[1], kOrderRow) << size;
    EXPECT_THAT(lines[2], HasSubstr("! 1 ")) << size;
  }
}

TEST(CsvDamageTest, TenMegabytesAreARecordLikeAnyOther) {
  const std::string text(10 << 20, 'x');
  const Schema schema{{"i", DataType::Int()}, {"s", DataType::String()}};
  ASSERT_OK_AND_ASSIGN(const auto decoder, NewCsvDecoder({.name = "t", .schema = schema}));
  ASSERT_OK_AND_ASSIGN(
      const DecodeResult result,
      decoder->Decode(MakeSlab({"1,a", "2," + text, "3,\"" + text + "\"", "4,b"})));
  EXPECT_EQ(result.batch.num_rows(), 4);
  const auto strings = ValueStrings(DataType::String(), *result.batch.column(1));
  EXPECT_EQ(strings[0], "a");
  EXPECT_TRUE(strings[1] == text);
  EXPECT_TRUE(strings[2] == text);
  EXPECT_EQ(strings[3], "b");
}

TEST(CsvDamageTest, AMillionElementsAndAMillionQuotesNeedNoRecursion) {
  const Schema schema{{"n", DataType::Array(DataType::String())}};
  const std::string elements(1'000'000, ';');
  const std::string quotes = "\"" + std::string(1'000'000, '"') + "\"";
  ASSERT_OK_AND_ASSIGN(const auto decoder, NewCsvDecoder({.name = "t", .schema = schema}));
  ASSERT_OK_AND_ASSIGN(const DecodeResult result, decoder->Decode(MakeSlab({elements, quotes})));
  EXPECT_EQ(result.batch.num_rows(), 2);
  EXPECT_TRUE(result.bad_records.empty());
}

TEST(CsvDamageTest, FieldsThatComeGoOrChangeTheirTypeAreBadRecordsAndTheOthersAreRead) {
  EXPECT_THAT(
      Decode({{"id", DataType::Int()}, {"name", DataType::String()}},
             {"1,a", "2,b,new", "3", "four,d", "5,e"}),
      ElementsAre("+I[1, a]", "+I[5, e]", "! 1 malformed csv: it has more than 2 fields",
                  "! 2 malformed csv: it has 1 fields, not 2", HasSubstr("! 3 field 'id'")));
}

// Bytes are changed, cut out, doubled and put in at random places. Whatever comes of it, the
// decoder gives a valid batch, accounts for every record, and reads the intact ones around it.
TEST(CsvDamageTest, RandomMutationsNeverHurtTheRecordsAroundThem) {
  Random random(2025);
  const std::string alphabet = ",;\"\\\n\r #0129.-+eEtru/\x01\xc3\xa9\xff";
  for (const TableOptions& options :
       {TableOptions{}, TableOptions{{"csv.ignore-parse-errors", "true"}},
        TableOptions{{"csv.escape-character", "\\"}, {"csv.allow-comments", "true"}},
        TableOptions{{"csv.null-literal", ""}}}) {
    ASSERT_OK_AND_ASSIGN(const auto decoder,
                         NewCsvDecoder({.name = "t", .options = options, .schema = Orders()}));
    for (int round = 0; round < 3000; ++round) {
      std::string damaged = kOrder;
      const uint32_t changes = 1 + random.Below(4);
      for (uint32_t i = 0; i < changes && !damaged.empty(); ++i) {
        const size_t at = random.Below(static_cast<uint32_t>(damaged.size()));
        const char c = alphabet[random.Below(static_cast<uint32_t>(alphabet.size()))];
        switch (random.Below(4)) {
          case 0:
            damaged[at] = c;
            break;
          case 1:
            damaged.insert(at, 1, c);
            break;
          case 2:
            damaged.erase(at, 1 + random.Below(20));
            break;
          default:
            damaged.insert(at, damaged.substr(at, 1 + random.Below(20)));
        }
      }
      const absl::StatusOr<DecodeResult> result =
          decoder->Decode(MakeSlab({kOrder, damaged, kOrder}));
      ASSERT_OK(result);
      ASSERT_TRUE(result->batch.columns()->ValidateFull().ok()) << damaged;
      const auto rows = RowStrings(Orders(), result->batch);
      ASSERT_GE(rows.size(), 2u) << damaged;
      ASSERT_EQ(rows.front(), kOrderRow) << damaged;
      ASSERT_EQ(rows.back(), kOrderRow) << damaged;
      ASSERT_LE(rows.size() + result->bad_records.size(), 3u) << damaged;
    }
  }
}

}  // namespace
}  // namespace millrace
