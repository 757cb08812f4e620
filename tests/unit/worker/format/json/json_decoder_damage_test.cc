// Damaged input: a record is taken as a whole or not at all, whatever its bytes are.
#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/unit/worker/format/json/records.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Schema Orders() {
  return {{"id", DataType::BigInt()},
          {"name", DataType::String()},
          {"lines", DataType::Array(DataType::Row({"item", "amount"},
                                                  {DataType::String(), DataType::Decimal(10, 2)}))},
          {"tags", DataType::Map(DataType::String(), DataType::String())},
          {"at", DataType::Timestamp(3)},
          {"paid", DataType::Boolean()}};
}

constexpr const char* kOrder =
    R"({"id":1,"name":"a\u00e9","lines":[{"item":"x","amount":1.50},{"item":"y","amount":2}],)"
    R"("tags":{"k":"v"},"at":"2024-01-31 12:00:05.123","paid":true,"unwanted":{"a":[1,2,{"b":null}]}})";
constexpr const char* kOrderRow =
    "+I[1, aé, [+I[x, 1.50], +I[y, 2.00]], {k=v}, 2024-01-31T12:00:05.123, true]";

TEST(JsonDamageTest, ARecordThatFailsHalfWayLeavesNoTrace) {
  EXPECT_THAT(
      Decode(
          Orders(),
          {kOrder,
           R"({"id":2,"name":"lost","lines":[{"item":"z"}],"tags":{"q":"r"},"paid":false,"at":7})",
           kOrder,
           R"({"id":3,"name":"lost too","lines":[{"item":"z","amount":1},{"item":"w","amount":"?"}]})",
           R"({"id":4})", R"({"tags":{"a":"b","c":"d"},"name":"x","id":[]})", R"({})"}),
      ElementsAre(
          kOrderRow, kOrderRow, "+I[4, null, null, null, null, null]",
          "+I[null, null, null, null, null, null]",
          "! 1 field 'at': expected TIMESTAMP(3), found a number that does not fit",
          "! 3 field 'lines[1].amount': expected DECIMAL(10, 2), found a string that says no "
          "such value",
          "! 5 field 'id': expected BIGINT, found an array"));
}

class JsonMalformedTest : public testing::TestWithParam<const char*> {};

TEST_P(JsonMalformedTest, IsABadRecordAndTheNextOneIsRead) {
  const auto lines = Decode(Orders(), {GetParam(), kOrder});
  ASSERT_EQ(lines.size(), 2u) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0], kOrderRow);
  EXPECT_THAT(lines[1], StartsWith("! 0 "));
}

INSTANTIATE_TEST_SUITE_P(
    Records, JsonMalformedTest,
    testing::Values("{", "}", "[", "{\"id\"", "{\"id\":", "{\"id\":1", "{\"id\":1,", "{\"id\":1,}",
                    "{\"id\" 1}", "{id:1}", "{\"id\":1 \"name\":2}", "{\"id\":1}}", "{\"id\":1}{}",
                    "{\"id\":1} x", "{\"id\":tru}", "{\"id\":nul}", "{\"paid\":truee}",
                    "{\"name\":\"open}", "{\"name\":\"\\x\"}", "{\"name\":\"\\ud800\"}",
                    "{\"name\":\"line\nfeed\"}", "{\"name\":\"\xff\"}", "\xc0\xaf", "7", "\"text\"",
                    "true", "nullx", "{\"lines\":[{\"item\":\"x\"}",
                    "{\"lines\":[{\"item\":\"x\"]}", "{\"lines\":[1,2}", "{\"tags\":{\"a\":\"b\"",
                    "{\"x\":{\"y\":[}}", "[{\"id\":1}", "[{\"id\":1},]", "\x01"));

TEST(JsonDamageTest, NoTruncationOfARecordIsRead) {
  const std::string order = kOrder;
  for (size_t size = 1; size < order.size(); ++size) {
    const auto lines = Decode(Orders(), {order.substr(0, size), "}", "]}", kOrder});
    ASSERT_EQ(lines.size(), 4u) << size;
    EXPECT_EQ(lines[0], kOrderRow) << size;
  }
}

TEST(JsonDamageTest, DeepNestingIsSkippedOrTakenAsTextWithoutRecursion) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const Schema schema{{"s", DataType::String()}, {"i", DataType::Int()}};
  const auto lines = Decode(schema, {R"({"x":)" + deep + R"(,"i":1})", R"({"s":)" + deep + "}",
                                     R"({"i":)" + deep + "}", std::string(400'000, '{')});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "+I[null, 1]");
  EXPECT_EQ(lines[1], "+I[" + deep + ", null]");
  EXPECT_EQ(lines[2], "! 2 field 'i': expected INT, found an array");
  EXPECT_THAT(lines[3], StartsWith("! 3 malformed JSON"));
}

TEST(JsonDamageTest, TenMegabytesAreARecordLikeAnyOther) {
  const std::string text(10 << 20, 'x');
  const Schema schema{{"s", DataType::String()}, {"i", DataType::Int()}};
  const auto decoder = MakeDecoder(schema);
  ASSERT_OK_AND_ASSIGN(
      const DecodeResult result,
      decoder->Decode(MakeSlab(
          {R"({"i":1,"s":"a"})", R"({"s":")" + text + R"(","i":2})", R"({"i":3,"s":"b"})"})));
  EXPECT_EQ(result.batch.num_rows(), 3);
  const auto strings = ValueStrings(DataType::String(), *result.batch.column(0));
  EXPECT_EQ(strings[0], "a");
  EXPECT_TRUE(strings[1] == text);
  EXPECT_EQ(strings[2], "b");
}

TEST(JsonDamageTest, ObjectsWhoseKeysAreDataDoNotFillTheMemoryOfKeys) {
  const Schema schema{{"id", DataType::BigInt()}};
  const auto decoder = MakeDecoder(schema);
  std::vector<std::string> records;
  for (int i = 0; i < 5000; ++i) {
    records.push_back("{\"key" + std::to_string(i) + "\":0,\"id\":" + std::to_string(i) + "}");
  }
  const auto lines = DecodeWith(*decoder, schema, records);
  ASSERT_EQ(lines.size(), 5000u);
  EXPECT_EQ(lines.front(), "+I[0]");
  EXPECT_EQ(lines.back(), "+I[4999]");
}

// Bytes are changed, cut out, doubled and put in at random places. Whatever comes of it, the
// decoder gives a valid batch, accounts for every record, and reads the intact ones around it.
TEST(JsonDamageTest, RandomMutationsNeverHurtTheRecordsAroundThem) {
  Random random(2024);
  const std::string alphabet = "{}[]\",:\\ \n0129.-+eEtfnu/\x01\xc3\xa9\xff";
  const std::set<std::string> options = {"", "json.ignore-parse-errors"};
  for (const std::string& option : options) {
    TableOptions table_options;
    if (!option.empty()) table_options[option] = "true";
    const auto decoder = MakeDecoder(Orders(), table_options);
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
      ASSERT_LE(rows.size(), 3u) << damaged;
      ASSERT_EQ(rows.front(), kOrderRow) << damaged;
      ASSERT_EQ(rows.back(), kOrderRow) << damaged;
      ASSERT_LE(rows.size() + result->bad_records.size(), 3u) << damaged;
    }
  }
}

}  // namespace
}  // namespace millrace
