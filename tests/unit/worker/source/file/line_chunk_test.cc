#include "worker/source/file/line_chunk.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;

std::vector<std::string> Lines(LineChunk& chunk, int64_t most = 100) {
  std::vector<std::string> lines;
  const Slab slab = chunk.Take(most);
  for (int64_t i = 0; i < slab.size(); ++i) lines.emplace_back(slab.record(i));
  return lines;
}

TEST(LineChunkTest, CutsWholeLinesAndLeavesTheRestToTheNextChunk) {
  LineChunk chunk("a\nbb\nccc", {.file_position = 10, .lines_end = 1000});
  EXPECT_EQ(chunk.end_position(), 15);
  EXPECT_THAT(Lines(chunk), ElementsAre("a", "bb"));
  EXPECT_TRUE(chunk.empty());
}

TEST(LineChunkTest, TheLastLineOfAFileNeedsNoLineFeed) {
  LineChunk chunk("a\nbb", {.lines_end = 1000, .at_end_of_file = true});
  EXPECT_EQ(chunk.end_position(), 4);
  EXPECT_THAT(Lines(chunk), ElementsAre("a", "bb"));
}

TEST(LineChunkTest, ALineThatBeginsBeforeTheEndOfTheRangeIsWhole) {
  LineChunk chunk("aaaa\nbbbb\ncccc\n", {.lines_end = 6});
  EXPECT_EQ(chunk.end_position(), 10);
  EXPECT_THAT(Lines(chunk), ElementsAre("aaaa", "bbbb"));
}

TEST(LineChunkTest, EmptyLinesAreNoRecordsAndCarriageReturnsNoPartOfOne) {
  LineChunk chunk("a\r\n\n\r\nb\n", {.lines_end = 1000});
  EXPECT_THAT(Lines(chunk), ElementsAre("a", "b"));
  EXPECT_EQ(chunk.end_position(), 8);
}

TEST(LineChunkTest, WithoutAWholeLineNothingIsTaken) {
  LineChunk chunk("no end in sight", {.file_position = 7, .lines_end = 1000});
  EXPECT_TRUE(chunk.empty());
  EXPECT_EQ(chunk.end_position(), 7);
}

TEST(LineChunkTest, KnowsWhereItIsBetweenTakes) {
  LineChunk chunk("a\nbb\nccc\n", {.file_position = 100, .lines_end = 1000});
  EXPECT_EQ(chunk.taken_position(), 100);
  EXPECT_THAT(Lines(chunk, 1), ElementsAre("a"));
  EXPECT_EQ(chunk.taken_position(), 102);
  EXPECT_THAT(Lines(chunk, 1), ElementsAre("bb"));
  EXPECT_THAT(Lines(chunk, 1), ElementsAre("ccc"));
  EXPECT_EQ(chunk.taken_position(), 109);
}

TEST(LineChunkTest, SlabsAreReadInPlaceWithPaddingBehind) {
  LineChunk chunk("a\nbb\n", {.file_position = 5, .lines_end = 1000});
  const Slab first = chunk.Take(1);
  const Slab second = chunk.Take(1);
  EXPECT_EQ(first.arena, second.arena);
  EXPECT_THAT(second.positions, ElementsAre(7));
  EXPECT_GE(second.arena->size(), second.offsets[0] + second.lengths[0] + Slab::kPadding);
}

}  // namespace
}  // namespace millrace
