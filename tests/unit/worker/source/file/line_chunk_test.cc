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

std::vector<std::string> QuotedLines(const std::string& bytes, bool at_end = true,
                                     LineRules rules = {.quote = '"'}) {
  LineChunk chunk(bytes, {.lines_end = 1'000'000'000, .at_end_of_file = at_end, .rules = rules});
  return chunk.empty() ? std::vector<std::string>() : Lines(chunk);
}

TEST(LineChunkTest, ALineEndWithinQuotesEndsNoRecord) {
  EXPECT_THAT(QuotedLines("1,\"a\nb\"\n2,\"c\"\"\n\",d\r\n3,x\n"),
              ElementsAre("1,\"a\nb\"", "2,\"c\"\"\n\",d", "3,x"));
  EXPECT_THAT(QuotedLines("1,a\"b\n2,c\"\n"), ElementsAre("1,a\"b", "2,c\""));
  EXPECT_THAT(QuotedLines("1,\"a\\\"\nb\"\n2\n", true, {.quote = '"', .escape = '\\'}),
              ElementsAre("1,\"a\\\"\nb\"", "2"));
}

TEST(LineChunkTest, ATabThatDelimitsEndsAQuotedField) {
  const LineRules tabs = {.quote = '"', .delimiter = '\t'};
  EXPECT_THAT(QuotedLines("\"a\"\t\"b\nc\"\n\"d\ne\" \tf\n", true, tabs),
              ElementsAre("\"a\"\t\"b\nc\"", "\"d\ne\" \tf"));
}

TEST(LineChunkTest, AQuoteThatIsClosedNowhereOrWronglySpoilsItsOwnLineOnly) {
  EXPECT_THAT(QuotedLines("1,\"open\n2,b\n3,c\n"), ElementsAre("1,\"open", "2,b", "3,c"));
  EXPECT_THAT(QuotedLines("1,\"open\n2,\"b\"\n3,c\n"), ElementsAre("1,\"open", "2,\"b\"", "3,c"));
  EXPECT_THAT(QuotedLines("1,\"a\"x\n2,b"), ElementsAre("1,\"a\"x", "2,b"));
  EXPECT_THAT(QuotedLines("\""), ElementsAre("\""));
  EXPECT_THAT(QuotedLines("# don't, \"\n1,a\n", true, {.quote = '"', .comments = true}),
              ElementsAre("# don't, \"", "1,a"));
}

TEST(LineChunkTest, AnOpenQuoteWaitsForMoreOfTheFileButNotForEver) {
  EXPECT_THAT(QuotedLines("1,\"open\n2,b\n", false), testing::IsEmpty());
  const std::string far(LineChunk::kQuotedBytesMax, 'x');
  EXPECT_THAT(QuotedLines("1,\"open\n2," + far, false), ElementsAre("1,\"open"));
}

}  // namespace
}  // namespace millrace
