#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "common/io/file_system.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

class PosixFileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/posix_file_system_test-" + std::to_string(getpid());
    ASSERT_OK(files_.CreateDirectories(folder_));
  }
  void TearDown() override { EXPECT_OK(files_.RemoveTree(folder_)); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const auto listed = files_.List(folder_);
    EXPECT_OK(listed);
    for (const FileInfo& file : *listed) names.push_back(file.name);
    return names;
  }

  FileSystem& files_ = PosixFileSystem();
  std::string folder_;
};

TEST_F(PosixFileSystemTest, AFileAppearsWholeAtCommit) {
  ASSERT_OK_AND_ASSIGN(auto file, files_.NewFile(Path("a")));
  ASSERT_OK(file->Append("one "));
  ASSERT_OK(file->Append("two"));
  EXPECT_THAT(files_.Read(Path("a")), StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path("a"))));
  ASSERT_OK(file->Commit());
  EXPECT_THAT(files_.Read(Path("a")), IsOkAndHolds("one two"));
  EXPECT_EQ(file->bytes_written(), 7);
}

TEST_F(PosixFileSystemTest, ANameThatIsTooLongIsNotTriedAgain) {
  const std::string path = Path(std::string(300, 'x'));
  EXPECT_THAT(files_.CreateDirectories(path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("255 bytes")));
  EXPECT_THAT(files_.NewFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("255 bytes")));
}

TEST_F(PosixFileSystemTest, NothingIsLeftOfAFileThatWasNotCommitted) {
  {
    ASSERT_OK_AND_ASSIGN(auto file, files_.NewFile(Path("a")));
    ASSERT_OK(file->Append("half"));
  }
  EXPECT_THAT(Names(), testing::IsEmpty());
}

TEST_F(PosixFileSystemTest, AFileBeingWrittenTellsWhatItIsToBecome) {
  ASSERT_OK_AND_ASSIGN(const auto file, files_.NewFile(Path("a.b-c")));
  const std::vector<std::string> names = Names();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(TargetOfTemporary(names[0]), "a.b-c");
  EXPECT_EQ(TargetOfTemporary(Path(names[0])), Path("a.b-c"));
}

TEST_F(PosixFileSystemTest, OtherNamesBecomeNothing) {
  for (const char* name : {"", ".tmp", "a.tmp", ".1-2.tmp", "a.1.tmp", "a.-1.tmp", "a.1-.tmp",
                           "a.x-1.tmp", "a.1-2.tmp.x", "a.1-2tmp"}) {
    EXPECT_EQ(TargetOfTemporary(name), std::nullopt) << name;
  }
}

TEST_F(PosixFileSystemTest, CommitReplacesTheFileThatIsThere) {
  ASSERT_OK(WriteFile(files_, Path("a"), "old"));
  ASSERT_OK(WriteFile(files_, Path("a"), "new"));
  EXPECT_THAT(files_.Read(Path("a")), IsOkAndHolds("new"));
}

TEST_F(PosixFileSystemTest, ReadsARangeAndSeesTruncation) {
  ASSERT_OK(WriteFile(files_, Path("a"), "0123456789"));
  EXPECT_THAT(files_.ReadRange(Path("a"), 3, 4), IsOkAndHolds("3456"));
  EXPECT_THAT(files_.ReadRange(Path("a"), 8, 4),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("truncated")));
}

TEST_F(PosixFileSystemTest, ALinkIsASecondNameAndNeverReplaces) {
  ASSERT_OK(WriteFile(files_, Path("a"), "text"));
  ASSERT_OK(files_.Link(Path("a"), Path("b")));
  ASSERT_OK(files_.Remove(Path("a")));
  EXPECT_THAT(files_.Read(Path("b")), IsOkAndHolds("text"));
  ASSERT_OK(WriteFile(files_, Path("c"), "other"));
  EXPECT_THAT(files_.Link(Path("c"), Path("b")),
              StatusIs(absl::StatusCode::kAlreadyExists, testing::_));
}

TEST_F(PosixFileSystemTest, ListsSortedByName) {
  for (const char* name : {"b", "c", "a"}) ASSERT_OK(WriteFile(files_, Path(name), name));
  ASSERT_OK(files_.CreateDirectories(Path("d/e/f")));
  EXPECT_THAT(Names(), testing::ElementsAre("a", "b", "c", "d"));
}

TEST_F(PosixFileSystemTest, RemovingWhatIsNotThereIsFine) {
  EXPECT_OK(files_.Remove(Path("nothing")));
  EXPECT_OK(files_.RemoveTree(Path("nothing")));
}

TEST_F(PosixFileSystemTest, RemoveTreeDoesNotFollowLinks) {
  ASSERT_OK(files_.CreateDirectories(Path("kept")));
  ASSERT_OK(WriteFile(files_, Path("kept/file"), "text"));
  ASSERT_OK(files_.CreateDirectories(Path("gone")));
  std::filesystem::create_symlink(Path("kept"), Path("gone/link"));
  ASSERT_OK(files_.RemoveTree(Path("gone")));
  EXPECT_THAT(files_.Read(Path("kept/file")), IsOkAndHolds("text"));
}

TEST_F(PosixFileSystemTest, AFileInTheWayOfAFolderIsNamed) {
  ASSERT_OK(WriteFile(files_, Path("a"), ""));
  const absl::Status status = files_.CreateDirectories(Path("a/b"));
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("a")));
}

TEST_F(PosixFileSystemTest, AFolderThatCannotBeWrittenToIsNamed) {
  const auto file = files_.NewFile("/proc/nothing-can-be-made-here");
  EXPECT_FALSE(file.ok());
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("/proc/nothing-can-be-made-here"));
}

}  // namespace
}  // namespace millrace
