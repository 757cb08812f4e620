#include "worker/source/kafka/slab_builder.h"

#include <gmock/gmock.h>

#include <string>

namespace millrace {
namespace {

using testing::ElementsAre;

TEST(SlabBuilderTest, CopiesRecordsBackToBackWithTheirOffsetsAndTimes) {
  std::string first = "{\"a\":1}";
  std::string last = "{}";
  SlabBuilder builder;
  builder.Add({.value = first, .offset = 7, .timestamp_ms = 1000});
  builder.Add({.value = "", .offset = 8, .timestamp_ms = 1001});
  builder.Add({.value = last, .offset = 12, .timestamp_ms = -1});
  const Slab slab = builder.Build();
  first = last = "overwritten";
  ASSERT_EQ(slab.size(), 3);
  EXPECT_EQ(slab.record(0), "{\"a\":1}");
  EXPECT_EQ(slab.record(1), "");
  EXPECT_EQ(slab.record(2), "{}");
  EXPECT_THAT(slab.positions, ElementsAre(7, 8, 12));
  EXPECT_THAT(slab.timestamps_ms, ElementsAre(1000, 1001, -1));
}

TEST(SlabBuilderTest, TheArenaEndsWithPadding) {
  SlabBuilder builder;
  builder.Add({.value = "x"});
  EXPECT_EQ(*builder.Build().arena, "x" + std::string(Slab::kPadding, '\0'));
}

TEST(SlabBuilderTest, IsEmptyAgainAfterABuild) {
  SlabBuilder builder;
  EXPECT_TRUE(builder.empty());
  builder.Add({.value = "x"});
  EXPECT_FALSE(builder.empty());
  EXPECT_EQ(builder.bytes(), 1u);
  const Slab first = builder.Build();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.bytes(), 0u);
  builder.Add({.value = "y"});
  EXPECT_EQ(builder.Build().size(), 1);
  EXPECT_EQ(first.record(0), "x");
}

TEST(SlabBuilderTest, KeysAreKeptIfTheyAreWantedAndARecordMayHaveNone) {
  SlabBuilder builder;
  builder.Add({.value = "v", .key = "dropped"});
  EXPECT_TRUE(builder.Build().key_lengths.empty());
  builder.KeepKeys();
  builder.Add({.value = "v1", .key = "k1"});
  builder.Add({.value = "v2"});
  builder.Add({.value = "v3", .key = ""});
  const Slab slab = builder.Build();
  EXPECT_EQ(slab.record(2), "v3");
  ASSERT_THAT(slab.key_lengths, ElementsAre(2, Slab::kNoKey, 0));
  EXPECT_EQ(slab.arena->substr(slab.key_offsets[0], 2), "k1");
  EXPECT_EQ(slab.arena->size(), 8u + Slab::kPadding);
}

}  // namespace
}  // namespace millrace
