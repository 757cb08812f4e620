#include "worker/format/record/record_decoder.h"

#include <gmock/gmock.h>

#include <optional>

#include "tests/harness/decoding.h"
#include "worker/format/json/json_format.h"
#include "worker/format/raw/raw_format.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Columns: the offset from the source, the price from the value, the card from the key.
const Schema kColumns{
    {"offset", DataType::BigInt()}, {"price", DataType::Int()}, {"card", DataType::Int()}};

struct Record {
  std::optional<std::string> key;
  std::string value;
};

Slab MakeKeyedSlab(const std::vector<Record>& records) {
  std::vector<std::string> bytes;
  for (const Record& record : records) bytes.push_back(record.value);
  for (const Record& record : records) bytes.push_back(record.key.value_or(""));
  Slab all = MakeSlab(bytes);
  const auto count = static_cast<std::ptrdiff_t>(records.size());
  Slab slab{.arena = all.arena,
            .offsets = {all.offsets.begin(), all.offsets.begin() + count},
            .lengths = {all.lengths.begin(), all.lengths.begin() + count},
            .key_offsets = {all.offsets.begin() + count, all.offsets.end()},
            .key_lengths = {all.lengths.begin() + count, all.lengths.end()}};
  std::vector<RowValues> offsets;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!records[i].key.has_value()) slab.key_lengths[i] = Slab::kNoKey;
    offsets.push_back({int64_t{100} + static_cast<int64_t>(i)});
  }
  slab.columns = {MakeBatch({{"offset", DataType::BigInt()}}, offsets).column(0)};
  return slab;
}

std::vector<std::string> Decode(const std::vector<Record>& records,
                                const Schema& columns = kColumns) {
  RecordLayout layout{
      .value = {.columns = {1}}, .key = RecordPart{.columns = {2}}, .source_columns = {0}};
  auto value = NewJsonDecoder({.name = "t", .schema = {columns.field(1)}});
  auto key = NewJsonDecoder({.name = "t", .schema = {columns.field(2)}});
  EXPECT_OK(value);
  EXPECT_OK(key);
  const auto decoder = NewRecordDecoder(columns, std::move(layout),
                                        {.value = *std::move(value), .key = *std::move(key)});
  const auto result = decoder->Decode(MakeKeyedSlab(records));
  EXPECT_OK(result);
  return ShowDecoded(columns, *result);
}

const char* kKey = "{\"card\":7}";

TEST(RecordDecoderTest, ValueKeyAndSourceMeetInARow) {
  EXPECT_THAT(Decode({{kKey, "{\"price\":1}"}, {"{\"card\":8}", "{\"price\":2}"}}),
              ElementsAre("+I[100, 1, 7]", "+I[101, 2, 8]"));
}

TEST(RecordDecoderTest, ARecordWithoutAKeyHasNullForItsColumns) {
  EXPECT_THAT(Decode({{std::nullopt, "{\"price\":1}"}, {"", "{\"price\":2}"}, {kKey, "{}"}}),
              ElementsAre("+I[100, 1, null]", "+I[101, 2, null]", "+I[102, null, 7]"));
}

TEST(RecordDecoderTest, RowsKeepTheirOwnKeysAndOffsetsWhenRecordsFallOutOrHaveSeveralRows) {
  EXPECT_THAT(Decode({{kKey, "garbage"},
                      {"{\"card\":8}", "[{\"price\":1},{\"price\":2}]"},
                      {kKey, "null"},
                      {"{\"card\":9}", "{\"price\":3}"}}),
              ElementsAre("+I[101, 1, 8]", "+I[101, 2, 8]", "+I[103, 3, 9]", HasSubstr("! 0 ")));
}

TEST(RecordDecoderTest, AKeyThatCannotBeReadMakesTheRecordBadOnce) {
  EXPECT_THAT(Decode({{"garbage", "{\"price\":1}"},
                      {kKey, "{\"price\":2}"},
                      {"[", "garbage too"},
                      {"[{\"card\":1},{\"card\":2}]", "{\"price\":3}"}}),
              ElementsAre("+I[101, 2, 7]", HasSubstr("! 0 its key: "), HasSubstr("! 2 "),
                          "! 3 its key has several rows"));
}

TEST(RecordDecoderTest, AKeyColumnThatIsNotNullNeedsAKey) {
  const Schema columns{
      kColumns.field(0), kColumns.field(1), {"card", DataType::Int().WithNullable(false)}};
  EXPECT_THAT(Decode({{std::nullopt, "{\"price\":1}"}, {kKey, "{\"price\":2}"}}, columns),
              ElementsAre("+I[101, 2, 7]", "! 0 it has no key for 'card'"));
}

TEST(RecordDecoderTest, AValueOfNoColumnsStillCountsItsRows) {
  const Schema columns{{"offset", DataType::BigInt()}};
  auto value = NewJsonDecoder({.name = "t"});
  ASSERT_OK(value);
  const auto decoder =
      NewRecordDecoder(columns, {.source_columns = {0}}, {.value = *std::move(value)});
  ASSERT_OK_AND_ASSIGN(
      const DecodeResult result,
      decoder->Decode(MakeKeyedSlab({{kKey, "{}"}, {kKey, "x"}, {kKey, "{\"a\":1}"}})));
  EXPECT_THAT(ShowDecoded(columns, result), ElementsAre("+I[100]", "+I[102]", HasSubstr("! 1 ")));
}

}  // namespace
}  // namespace millrace
