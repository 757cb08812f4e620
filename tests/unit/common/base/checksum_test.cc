// Values that are in files and decide where state lives: they may never change.

#include <gtest/gtest.h>

#include <string>

#include "common/base/crc32c.h"
#include "common/base/hash.h"
#include "common/base/random.h"

namespace millrace {
namespace {

TEST(Crc32cTest, GivesTheCheckValueOfTheStandard) { EXPECT_EQ(Crc32c("123456789"), 0xe3069283u); }

TEST(Crc32cTest, OfNothingIsZero) { EXPECT_EQ(Crc32c(""), 0u); }

TEST(Crc32cTest, ContinuesAPrefix) {
  const std::string bytes = "a text that is longer than sixteen bytes, so that every path is taken";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(Crc32c(bytes.substr(cut), Crc32c(bytes.substr(0, cut))), Crc32c(bytes)) << cut;
  }
}

TEST(HashKeyTest, NeverChanges) {
  EXPECT_EQ(HashKey(""), HashKey(std::string()));
  EXPECT_NE(HashKey("a"), HashKey("b"));
}

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  // The first numbers of splitmix64 with seed 1234567, as its authors publish them.
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317ull);
  EXPECT_EQ(random.Next(), 3203168211198807973ull);
  EXPECT_EQ(random.Next(), 9817491932198370423ull);
}

TEST(RandomTest, StaysBelowItsBound) {
  Random random(7);
  int seen[10] = {};
  for (int i = 0; i < 10'000; ++i) {
    const uint32_t value = random.Below(10);
    ASSERT_LT(value, 10u);
    ++seen[value];
    const double unit = random.Unit();
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 200);
}

}  // namespace
}  // namespace millrace
