#include "worker/state/delta_chain.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FileRef File(std::string path) { return {.path = std::move(path)}; }

std::vector<std::string> Paths(const std::vector<FileRef>& files) {
  std::vector<std::string> paths;
  for (const FileRef& file : files) paths.push_back(file.path);
  return paths;
}

KeyedStateSnapshot Of(const DeltaChain& chain) {
  KeyedStateSnapshot snapshot;
  chain.FillIn(snapshot);
  return snapshot;
}

TEST(DeltaChainTest, SectionsFollowEachOther) {
  DeltaChain chain;
  chain.OnSection(1, File("d1"));
  chain.OnSection(2, File("d2"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("d1", "d2"));
  EXPECT_THAT(Of(chain).snapshot, IsEmpty());
}

TEST(DeltaChainTest, TablesTakeThePlaceOfTheSectionsThatTheyHold) {
  DeltaChain chain;
  chain.OnSection(1, File("d1"));
  chain.OnSection(2, File("d2"));
  chain.OnSection(3, File("d3"));
  chain.OnTables(2, {File("list"), File("t")});
  EXPECT_THAT(Paths(Of(chain).snapshot), ElementsAre("list", "t"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("d3"));
}

TEST(DeltaChainTest, ItsBytesAreThoseOfItsSections) {
  DeltaChain chain;
  chain.OnSection(1, {.path = "d1", .bytes = 100});
  chain.OnSection(2, {.path = "d2", .bytes = 20});
  EXPECT_EQ(chain.delta_bytes(), 120);
  chain.OnTables(1, {{.path = "t", .bytes = 5000}});
  EXPECT_EQ(chain.delta_bytes(), 20);
}

TEST(DeltaChainTest, NewsThatComesLateChangesNothing) {
  DeltaChain chain;
  chain.OnSection(3, File("d3"));
  chain.OnSection(2, File("d2"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("d3"));
  chain.OnTables(4, {File("t")});
  chain.OnSection(4, File("d4"));
  chain.OnRoot(4, {}, {File("whole")});
  EXPECT_THAT(Of(chain).deltas, IsEmpty());
  EXPECT_THAT(Paths(Of(chain).snapshot), ElementsAre("t"));
}

TEST(DeltaChainTest, ASectionThatHoldsEverythingBeginsTheChainAnew) {
  DeltaChain chain;
  chain.OnSection(1, File("d1"));
  chain.OnSection(2, File("d2"));
  chain.OnRoot(3, {}, {File("whole")});
  chain.OnSection(4, File("d4"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("whole", "d4"));
}

TEST(DeltaChainTest, ARestoredTableGoesOnWithItsFiles) {
  DeltaChain chain;
  chain.Restore(7, {.snapshot = {File("t")}, .deltas = {File("a"), File("b")}});
  chain.OnSection(9, File("c"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("a", "b", "c"));
  chain.OnTables(8, {File("u")});
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("c"));
}

TEST(DeltaChainTest, ATableMadeOfSeveralHasNoChainUntilARootIsWritten) {
  DeltaChain chain;
  chain.RestoreUnrooted();
  EXPECT_FALSE(chain.rooted());
  chain.OnRoot(1, {File("t")}, {File("rest")});
  EXPECT_TRUE(chain.rooted());
  EXPECT_THAT(Paths(Of(chain).snapshot), ElementsAre("t"));
  EXPECT_THAT(Paths(Of(chain).deltas), ElementsAre("rest"));
}

}  // namespace
}  // namespace millrace
