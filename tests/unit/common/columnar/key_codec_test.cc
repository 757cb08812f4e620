#include "common/columnar/key_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/random.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

std::vector<std::string> Keys(const Schema& schema, const std::vector<RowValues>& rows) {
  std::vector<int> columns;
  for (int i = 0; i < schema.size(); ++i) columns.push_back(i);
  const auto codec = KeyCodec::Create(schema, columns);
  EXPECT_OK(codec);
  EncodedKeys keys;
  EXPECT_OK(codec->Encode(MakeBatch(schema, rows), keys));
  std::vector<std::string> result;
  for (int64_t i = 0; i < keys.size(); ++i) result.emplace_back(keys.key(i));
  return result;
}

TEST(KeyCodecTest, EveryKeyTypeComesBackAsItWas) {
  Schema schema{{"a", DataType::Boolean()},
                {"b", DataType::TinyInt()},
                {"c", DataType::SmallInt()},
                {"d", DataType::Int()},
                {"e", DataType::BigInt()},
                {"f", DataType::Float()},
                {"g", DataType::Double()},
                {"h", DataType::Decimal(10, 2)},
                {"i", DataType::String()},
                {"j", DataType::Date()},
                {"k", DataType::Timestamp(3)},
                {"l", DataType::Array(DataType::Int())},
                {"m", DataType::Row({"x", "y"}, {DataType::Int(), DataType::String()})}};
  const Batch batch = MakeBatch(
      schema,
      {{true, -1, -2, -3, -4, 1.5, -2.5, "-12.34", "text", 10, 1000, {1, 2}, {1, "y"}},
       RowValues(13, Value(nullptr)),
       {false, 1, 2, 3, 4, 0.0, 1e300, "99999999.99", "", -10, -1, {}, {nullptr, nullptr}}});
  std::vector<int> columns;
  for (int i = 0; i < schema.size(); ++i) columns.push_back(i);
  ASSERT_OK_AND_ASSIGN(const KeyCodec codec, KeyCodec::Create(schema, columns));
  EncodedKeys keys;
  ASSERT_OK(codec.Encode(batch, keys));
  std::vector<std::string_view> views;
  for (int64_t i = 0; i < keys.size(); ++i) views.push_back(keys.key(i));
  ASSERT_OK_AND_ASSIGN(const auto decoded, codec.Decode(views));
  for (int i = 0; i < schema.size(); ++i) {
    EXPECT_EQ(ValueStrings(schema.field(i).type, *decoded[i]),
              ValueStrings(schema.field(i).type, *batch.column(i)))
        << schema.field(i).name;
  }
}

TEST(KeyCodecTest, NegativeZeroAndZeroAreOneKeyAndSoAreAllNaNs) {
  const Schema schema{{"d", DataType::Double()}};
  const auto keys =
      Keys(schema, {{0.0}, {-0.0}, {std::nan("1")}, {-std::nan("2")}, {nullptr}, {nullptr}});
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_EQ(keys[2], keys[3]);
  EXPECT_EQ(keys[4], keys[5]);
  EXPECT_NE(keys[0], keys[4]);
}

TEST(KeyCodecTest, BytesOfNumbersSortAsTheNumbersDo) {
  Random random(3);
  std::vector<int64_t> numbers = {std::numeric_limits<int64_t>::min(), -1, 0, 1,
                                  std::numeric_limits<int64_t>::max()};
  for (int i = 0; i < 100; ++i) numbers.push_back(static_cast<int64_t>(random.Next()));
  std::sort(numbers.begin(), numbers.end());
  std::vector<RowValues> integers;
  std::vector<RowValues> doubles;
  for (const int64_t number : numbers) {
    integers.push_back({number});
    doubles.push_back({static_cast<double>(number)});
  }
  const auto integer_keys = Keys(Schema{{"n", DataType::BigInt()}}, integers);
  EXPECT_TRUE(std::is_sorted(integer_keys.begin(), integer_keys.end()));
  const auto double_keys = Keys(Schema{{"n", DataType::Double()}}, doubles);
  EXPECT_TRUE(std::is_sorted(double_keys.begin(), double_keys.end()));
}

TEST(KeyCodecTest, TheEndOfAStringIsNotTheBeginningOfTheNext) {
  const Schema schema{{"a", DataType::String()}, {"b", DataType::String()}};
  const auto keys = Keys(schema, {{"ab", "c"}, {"a", "bc"}});
  EXPECT_NE(keys[0], keys[1]);
}

TEST(KeyCodecTest, TheShortCutForOneColumnWritesTheSameBytes) {
  // A NULL among the rows takes the general path.
  const auto short_cut = Keys(Schema{{"a", DataType::BigInt()}}, {{7}, {-7}});
  const auto general = Keys(Schema{{"a", DataType::BigInt()}}, {{7}, {-7}, {nullptr}});
  EXPECT_EQ(short_cut[0], general[0]);
  EXPECT_EQ(short_cut[1], general[1]);
  const auto text = Keys(Schema{{"a", DataType::String()}}, {{"x"}});
  const auto general_text = Keys(Schema{{"a", DataType::String()}}, {{"x"}, {nullptr}});
  EXPECT_EQ(text[0], general_text[0]);
}

TEST(KeyCodecTest, WithoutKeyColumnsEveryKeyIsEmpty) {
  const Schema schema{{"a", DataType::Int()}};
  ASSERT_OK_AND_ASSIGN(const KeyCodec codec, KeyCodec::Create(schema, {}));
  EncodedKeys keys;
  ASSERT_OK(codec.Encode(MakeBatch(schema, {{1}, {2}}), keys));
  ASSERT_EQ(keys.size(), 2);
  EXPECT_EQ(keys.key(1), "");
}

TEST(KeyCodecTest, AMapIsNoKey) {
  const Schema schema{{"m", DataType::Map(DataType::String(), DataType::Int())}};
  EXPECT_THAT(KeyCodec::Create(schema, {0}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("m")));
}

TEST(KeyCodecTest, BytesThatNoEncoderWroteAreRefused) {
  const Schema schema{{"a", DataType::Int()}, {"b", DataType::String()}};
  ASSERT_OK_AND_ASSIGN(const KeyCodec codec, KeyCodec::Create(schema, {0, 1}));
  const std::string good = Keys(schema, {{1, "text"}})[0];
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(codec.Decode({std::string_view(good).substr(0, size)}),
                StatusIs(absl::StatusCode::kDataLoss, testing::_));
  }
  EXPECT_FALSE(codec.Decode({good + "x"}).ok());
}

}  // namespace
}  // namespace millrace
