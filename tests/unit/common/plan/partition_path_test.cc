#include "common/plan/partition_path.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string Escaped(std::string_view text) {
  std::string path;
  AppendEscapedPartition(text, path);
  return path;
}

// The characters are those that Flink 2.2.1's PartitionPathUtils escapes.
TEST(PartitionPathTest, WhatPathsUseOtherwiseIsEscaped) {
  EXPECT_EQ(Escaped("2024-01-31 12:05"), "2024-01-31 12%3A05");
  EXPECT_EQ(Escaped("a/b=c%d"), "a%2Fb%3Dc%25d");
  EXPECT_EQ(Escaped("\x01\n\x7f"), "%01%0A%7F");
  EXPECT_EQ(Escaped("\"#'*?\\[]^{}"), "%22%23%27%2A%3F%5C%5B%5D%5E%7B%7D");
  EXPECT_EQ(Escaped("\xc3\xa9.-_~!@$&()+,;|<>`"), "\xc3\xa9.-_~!@$&()+,;|<>`");
}

TEST(PartitionPathTest, EveryTextComesBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(UnescapePartition(Escaped(all)), all);
  EXPECT_EQ(UnescapePartition("100%"), "100%");
  EXPECT_EQ(UnescapePartition("%zz%4"), "%zz%4");
}

TEST(PartitionPathTest, FoldersOfKeysAreFoundAndOthersAreNot) {
  EXPECT_THAT(PartitionsIn("dt=2024-01-31/x/hm=12%3A05/a=b.csv"),
              ElementsAre(Pair("dt", "2024-01-31"), Pair("hm", "12:05")));
  EXPECT_THAT(PartitionsIn("=x/part.csv"), IsEmpty());
}

}  // namespace
}  // namespace millrace
