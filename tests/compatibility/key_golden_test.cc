// Keys decide where state lives: neither their bytes, nor the hash, nor the groups may ever change.

#include <gmock/gmock.h>

#include "common/base/hash.h"
#include "common/columnar/key_codec.h"
#include "common/plan/key_groups.h"
#include "tests/compatibility/golden_bytes.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

// XXH3 takes another path for each of these lengths.
TEST(KeyGoldenTest, TheHashOfAKey) {
  const auto hash = [](size_t length) { return HashKey(std::string(length, 'k')); };
  EXPECT_EQ(hash(0), 3244421341483603138u);
  EXPECT_EQ(hash(1), 12187272138156836893u);
  EXPECT_EQ(hash(8), 1069330861007445507u);
  EXPECT_EQ(hash(16), 8190316921787565267u);
  EXPECT_EQ(hash(100), 16535753056771739122u);
  EXPECT_EQ(hash(200), 935751652476420944u);
  EXPECT_EQ(hash(1000), 3498420548713998201u);
}

TEST(KeyGoldenTest, TheGroupOfAKey) {
  EXPECT_EQ(KeyGroupOf("/home", 1024), KeyGroup(541));
  EXPECT_EQ(KeyGroupOf("/home", 128), KeyGroup(29));
  EXPECT_EQ(KeyGroupOf("", 1024), KeyGroup(194));
}

TEST(KeyGoldenTest, TheTaskOfAGroup) {
  EXPECT_EQ(TaskOfKeyGroup(KeyGroup(341), 3, 1024), 0);
  EXPECT_EQ(TaskOfKeyGroup(KeyGroup(342), 3, 1024), 1);
  EXPECT_EQ(KeyGroupsOfTask(1, 3, 1024), (KeyGroupRange{342, 683}));
}

const Schema& KeyTypes() {
  static const Schema schema{{"boolean", DataType::Boolean()},
                             {"tinyint", DataType::TinyInt()},
                             {"smallint", DataType::SmallInt()},
                             {"int", DataType::Int()},
                             {"bigint", DataType::BigInt()},
                             {"float", DataType::Float()},
                             {"double", DataType::Double()},
                             {"decimal", DataType::Decimal(10, 2)},
                             {"wide_decimal", DataType::Decimal(38, 10)},
                             {"char", DataType::Char(4)},
                             {"string", DataType::String()},
                             {"bytes", DataType::Bytes()},
                             {"date", DataType::Date()},
                             {"time", DataType::Time(0)},
                             {"timestamp", DataType::Timestamp(3)},
                             {"micros", DataType::Timestamp(6)},
                             {"ltz", DataType::TimestampLtz(3)}};
  return schema;
}

TEST(KeyGoldenTest, TheBytesOfAKeyOfEveryType) {
  const RowValues some = {true,
                          -1,
                          300,
                          -70'000,
                          int64_t{1} << 40,
                          1.5,
                          -0.0,
                          "12.30",
                          "-1.5",
                          "abcd",
                          "gr\xc3\xbc\xc3\x9f",
                          "b",
                          "1969-12-31",
                          "23:59:59",
                          "2024-02-29 12:34:56.789",
                          "2024-02-29 12:34:56.789012",
                          "2024-02-29 12:34:56.789"};
  const RowValues nulls(some.size(), Value(nullptr));
  std::vector<int> columns(some.size());
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
  ASSERT_OK_AND_ASSIGN(const KeyCodec codec, KeyCodec::Create(KeyTypes(), columns));
  EncodedKeys keys;
  ASSERT_OK(codec.Encode(MakeBatch(KeyTypes(), {some, nulls}), keys));
  ExpectGolden("keys", keys.bytes);
}

}  // namespace
}  // namespace millrace
