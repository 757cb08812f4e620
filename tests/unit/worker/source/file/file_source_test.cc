#include "worker/source/file/file_source.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/source/file/file_range.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FileSourceTest : public testing::Test {
 protected:
  std::unique_ptr<Source> Make(const std::string& path) {
    auto source = NewFileSource(
        {.table = {.name = "clicks", .options = {{"connector", "filesystem"}, {"path", path}}}},
        files_);
    CHECK_OK(source.status());
    return std::move(*source);
  }

  std::unique_ptr<Source> Open(const std::string& path, ConnectorWorld::Place place = {},
                               const StateReader* state = nullptr) {
    auto source = Make(path);
    CHECK_OK(source->Open(world_.Context(place), state));
    return source;
  }

  // The next lines, at most `most`; fewer only at the end of all.
  std::vector<std::string> Read(Source& source, int64_t most = 1'000'000) {
    std::vector<std::string> lines;
    while (static_cast<int64_t>(lines.size()) < most) {
      auto poll = source.Poll(most - static_cast<int64_t>(lines.size()));
      CHECK_OK(poll.status());
      for (const SourceData& data : poll->data) {
        const Slab& slab = std::get<Slab>(data.rows);
        for (int64_t i = 0; i < slab.size(); ++i) lines.emplace_back(slab.record(i));
      }
      if (poll->wait == SourceWait::kFinished) break;
      if (poll->wait == SourceWait::kWait) world_.io.RunReady();
    }
    return lines;
  }

  // A file of numbered lines of different lengths.
  std::vector<std::string> WriteLines(const std::string& path, int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) {
      lines.push_back(absl::StrCat(path, " ", i, std::string(i % 97 * i % 89, '.')));
      files_.bytes(path) += lines.back() + "\n";
    }
    return lines;
  }

  MemoryFiles files_;
  ConnectorWorld world_;
};

TEST_F(FileSourceTest, ReadsTheLinesOfAFileInOrderAndEnds) {
  files_.bytes("/in/a.json") = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}";
  auto source = Open("/in/a.json");
  EXPECT_THAT(Read(*source), ElementsAre("{\"a\":1}", "{\"a\":2}", "{\"a\":3}"));
  EXPECT_TRUE(source->split_status(0).finished);
}

TEST_F(FileSourceTest, ReadsEveryFileOfAFolderButHiddenOnes) {
  files_.bytes("/in/a.json") = "a\n";
  files_.bytes("/in/sub/b.json") = "b\n";
  files_.bytes("/in/.part-1") = "hidden\n";
  files_.bytes("/in/_SUCCESS") = "marker\n";
  auto source = Open("file:///in/");
  std::vector<std::string> lines = Read(*source);
  std::sort(lines.begin(), lines.end());
  EXPECT_THAT(lines, ElementsAre("a", "b"));
}

TEST_F(FileSourceTest, TheTasksTogetherReadEveryLineOfALargeFileOnce) {
  const std::vector<std::string> expected = WriteLines("/in/large", 500'000);
  ASSERT_GT(files_.bytes("/in/large").size(), 20u << 20);
  for (const int32_t parallelism : {1, 2, 3}) {
    std::vector<std::vector<std::string>> parts;
    for (int32_t index = 0; index < parallelism; ++index) {
      auto source = Open("/in/large", {index, parallelism});
      EXPECT_THAT(source->split_names(), SizeIs(1));
      parts.push_back(Read(*source));
    }
    std::vector<std::string> lines;
    for (const auto& part : parts) {
      EXPECT_FALSE(part.empty());
      lines.insert(lines.end(), part.begin(), part.end());
    }
    std::vector<std::string> sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(lines, sorted) << parallelism;
  }
}

TEST_F(FileSourceTest, EverySmallFileBelongsToOneTask) {
  std::multiset<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    for (std::string& line : WriteLines(absl::StrCat("/in/", i), 3)) expected.insert(line);
  }
  std::multiset<std::string> lines;
  for (int32_t index = 0; index < 4; ++index) {
    auto source = Open("/in", {index, 4});
    for (std::string& line : Read(*source)) lines.insert(line);
  }
  EXPECT_EQ(lines, expected);
}

TEST_F(FileSourceTest, ARestoreAtAnyParallelismGoesOnBehindTheLastLine) {
  std::multiset<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    for (std::string& line : WriteLines(absl::StrCat("/in/", i), 100)) expected.insert(line);
  }
  for (const int32_t parallelism : {1, 2, 5}) {
    std::multiset<std::string> lines;
    std::vector<TaskStateOfTest> states;
    for (int32_t index = 0; index < 2; ++index) {
      auto source = Open("/in", {index, 2});
      for (std::string& line : Read(*source, 110)) lines.insert(line);
      states.push_back(SnapshotOf(*source));
    }
    const RestoredOfTest state(states);
    for (int32_t index = 0; index < parallelism; ++index) {
      auto source = Open("/in", {index, parallelism}, &state);
      for (std::string& line : Read(*source)) lines.insert(line);
    }
    EXPECT_EQ(lines, expected) << parallelism;
  }
}

TEST_F(FileSourceTest, AFileThatComesAfterTheFirstStartIsNotRead) {
  files_.bytes("/in/a") = "a\n";
  auto before = Open("/in");
  const RestoredOfTest state({SnapshotOf(*before)});
  files_.bytes("/in/b") = "b\n";
  auto after = Open("/in", {}, &state);
  EXPECT_THAT(Read(*after), ElementsAre("a"));
}

TEST_F(FileSourceTest, AFileThatGrowsWhileItIsReadIsAnError) {
  files_.bytes("/in/a") = "a\n";
  auto source = Open("/in");
  files_.bytes("/in/a") += "b\n";
  world_.io.RunReady();
  EXPECT_THAT(source->Poll(10), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         AllOf(HasSubstr("table clicks"), HasSubstr("/in/a"),
                                               HasSubstr("complete"))));
}

TEST_F(FileSourceTest, ALineLongerThanAChunkIsReadWhole) {
  const std::string line(5 << 20, 'x');
  files_.bytes("/in/a") = "short\n" + line + "\nlast\n";
  auto source = Open("/in/a");
  EXPECT_THAT(Read(*source), ElementsAre("short", line, "last"));
}

TEST_F(FileSourceTest, AMissingPathIsNamed) {
  EXPECT_THAT(Make("/nowhere")->Open(world_.Context({}), nullptr),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("table clicks"), HasSubstr("/nowhere"))));
}

TEST_F(FileSourceTest, APathMustBeAbsolute) {
  EXPECT_THAT(NewFileSource({.table = {.name = "clicks", .options = {{"path", "in"}}}}, files_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'path' = 'in'")));
}

TEST_F(FileSourceTest, ATaskWithoutAFileIsFinishedAtOnce) {
  files_.bytes("/in/a") = "a\n";
  int finished = 0;
  for (int32_t index = 0; index < 3; ++index) {
    auto source = Open("/in", {index, 3});
    if (!source->split_names().empty()) continue;
    ASSERT_OK_AND_ASSIGN(const SourcePoll poll, source->Poll(10));
    if (poll.wait == SourceWait::kFinished) ++finished;
  }
  EXPECT_EQ(finished, 2);
}

TEST(FileRangeTest, DamagedPositionsAreDataLoss) {
  EXPECT_THAT(RestoredRanges({"/in/a\n0 5 x 3\n"}, {}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

TEST(FileRangeTest, ARangeThatHoldsNoBeginningOfALineIsEmpty) {
  MemoryFiles files;
  files.bytes("/a") = std::string(100, 'x') + "\nnext\n";
  FileRange range{.path = "/a", .begin = 10, .end = 50, .file_bytes = 106, .position = 10};
  ASSERT_OK(AlignToLine(files, range));
  EXPECT_TRUE(range.finished());
}

TEST(FileRangeTest, ALineThatBeginsExactlyAtTheRangeBelongsToIt) {
  MemoryFiles files;
  files.bytes("/a") = "aaa\nbbb\n";
  FileRange range{.path = "/a", .begin = 4, .end = 8, .file_bytes = 8, .position = 4};
  ASSERT_OK(AlignToLine(files, range));
  EXPECT_EQ(range.position, 4);
}

TEST_F(FileSourceTest, APatternChoosesFilesByTheirWholePaths) {
  files_.bytes("/in/a.csv") = "a\n";
  files_.bytes("/in/sub/b.csv") = "b\n";
  files_.bytes("/in/c.json") = "c\n";
  const auto open = [&](const char* pattern) {
    auto source = NewFileSource({.table = {.name = "clicks",
                                           .options = {{"connector", "filesystem"},
                                                       {"path", "/in"},
                                                       {"source.path.regex-pattern", pattern}}}},
                                files_);
    CHECK_OK(source.status());
    CHECK_OK((*source)->Open(world_.Context({}), nullptr));
    return std::move(*source);
  };
  EXPECT_THAT(Read(*open("/in/.*\\.csv")), ElementsAre("a", "b"));
  EXPECT_THAT(Read(*open("/in/[a-z]\\.csv")), ElementsAre("a"));
  EXPECT_THAT(Read(*open("csv")), IsEmpty());
}

TEST_F(FileSourceTest, QuotedFieldsMayHoldLineEndsAndTheirFilesAreNotSplit) {
  for (int i = 0; i < 42'000; ++i) {
    absl::StrAppend(&files_.bytes("/in/big.csv"), i, ",\"", std::string(400, 'x'), "\nmore\"\n");
  }
  std::vector<std::string> all;
  for (int32_t task = 0; task < 3; ++task) {
    auto source = NewFileSource(
        {.table = {.name = "t", .options = {{"connector", "filesystem"}, {"path", "/in"}}}}, files_,
        {.quote = '"'});
    ASSERT_OK(source);
    ASSERT_OK((*source)->Open(world_.Context({.index = task, .parallelism = 3}), nullptr));
    for (std::string& line : Read(**source)) all.push_back(std::move(line));
  }
  ASSERT_THAT(all, SizeIs(42'000));
  EXPECT_EQ(all[41'999], absl::StrCat("41999,\"", std::string(400, 'x'), "\nmore\""));
}

TEST_F(FileSourceTest, PartitionKeysAndMetadataAreColumnsOfEverySlab) {
  files_.bytes("/in/day=2024-01-31/hm=12%3A05/a.csv") = "1\n2\n";
  files_.bytes("/in/day=__DEFAULT_PARTITION__/hm=x/b.csv") = "3\n";
  const TableDescription table{.name = "t",
                               .options = {{"connector", "filesystem"}, {"path", "/in"}},
                               .schema = {{"day", DataType::Date()},
                                          {"n", DataType::Int()},
                                          {"name", DataType::String()},
                                          {"hm", DataType::String()}},
                               .partition_keys = {"day", "hm"},
                               .metadata = {{"name", "file.name"}}};
  auto source = NewFileSource({.table = table}, files_);
  ASSERT_OK(source);
  ASSERT_OK((*source)->Open(world_.Context({}), nullptr));
  std::vector<std::string> seen;
  for (int polls = 0; polls < 20; ++polls) {
    auto poll = (*source)->Poll(100);
    ASSERT_OK(poll);
    for (const SourceData& data : poll->data) {
      const Slab& slab = std::get<Slab>(data.rows);
      ASSERT_EQ(slab.columns.size(), 3u);
      for (int64_t i = 0; i < slab.size(); ++i) {
        seen.push_back(absl::StrCat(std::string(slab.record(i)), " ",
                                    ValueStrings(DataType::Date(), *slab.columns[0])[i], " ",
                                    ValueStrings(DataType::String(), *slab.columns[1])[i], " ",
                                    ValueStrings(DataType::String(), *slab.columns[2])[i]));
      }
    }
    world_.io.RunReady();
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_THAT(
      seen, ElementsAre("1 2024-01-31 a.csv 12:05", "2 2024-01-31 a.csv 12:05", "3 null b.csv x"));
}

TEST_F(FileSourceTest, AFolderOfATimestampMayBeOneOfFlinks) {
  files_.bytes("/in/at=2024-01-31T12%3A05/a.csv") = "1\n";
  files_.bytes("/in/at=2024-01-31T12%3A05%3A06.120/a.csv") = "1\n";
  files_.bytes("/in/at=2024-01-31 12%3A05%3A07/a.csv") = "1\n";
  auto source =
      NewFileSource({.table = {.name = "t",
                               .options = {{"connector", "filesystem"}, {"path", "/in"}},
                               .schema = {{"at", DataType::Timestamp(3)}, {"n", DataType::Int()}},
                               .partition_keys = {"at"}}},
                    files_);
  ASSERT_OK(source);
  ASSERT_OK((*source)->Open(world_.Context({}), nullptr));
  std::set<std::string> seen;
  for (int polls = 0; polls < 20; ++polls) {
    auto poll = (*source)->Poll(100);
    ASSERT_OK(poll);
    for (const SourceData& data : poll->data) {
      seen.insert(ValueStrings(DataType::Timestamp(3), *std::get<Slab>(data.rows).columns[0])[0]);
    }
    world_.io.RunReady();
  }
  EXPECT_THAT(seen,
              ElementsAre("2024-01-31T12:05", "2024-01-31T12:05:06.120", "2024-01-31T12:05:07"));
}

TEST_F(FileSourceTest, AFileThatWasReadMayBeGoneAtARestoreThoughItsNameIsAColumn) {
  files_.bytes("/in/day=2024-01-31/a.csv") = "1\n";
  const TableDescription table{.name = "t",
                               .options = {{"connector", "filesystem"}, {"path", "/in"}},
                               .schema = {{"day", DataType::Date()}, {"n", DataType::Int()}},
                               .partition_keys = {"day"}};
  const auto made = [&] {
    auto source = NewFileSource({.table = table}, files_);
    CHECK_OK(source.status());
    return std::move(*source);
  };
  auto source = made();
  ASSERT_OK(source->Open(world_.Context({}), nullptr));
  EXPECT_THAT(Read(*source), ElementsAre("1"));
  const RestoredOfTest state({SnapshotOf(*source)});
  ASSERT_OK(files_.Remove("/in/day=2024-01-31/a.csv"));
  source = made();
  ASSERT_OK(source->Open(world_.Context({}), &state));
  EXPECT_THAT(Read(*source), testing::IsEmpty());
}

TEST_F(FileSourceTest, AFileOutsideOfItsPartitionOrInAWrongOneIsAnErrorThatNamesIt) {
  const auto opened = [&](const std::string& path) {
    MemoryFiles files;
    files.bytes(path) = "1\n";
    auto source =
        NewFileSource({.table = {.name = "t",
                                 .options = {{"connector", "filesystem"}, {"path", "/in"}},
                                 .schema = {{"day", DataType::Date()}},
                                 .partition_keys = {"day"}}},
                      files);
    CHECK_OK(source.status());
    return (*source)->Open(world_.Context({}), nullptr);
  };
  EXPECT_THAT(opened("/in/a.csv"), StatusIs(absl::StatusCode::kInvalidArgument,
                                            AllOf(HasSubstr("/in/a.csv"), HasSubstr("'day=...'"))));
  EXPECT_THAT(opened("/in/day=monday/a.csv"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("says no DATE")));
}

}  // namespace
}  // namespace millrace
