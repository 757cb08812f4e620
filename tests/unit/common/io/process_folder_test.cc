#include "common/io/process_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ProcessFolderTest : public testing::Test {
 protected:
  ProcessFolderTest()
      : folder_(absl::StrCat(testing::TempDir(), "process-folder-", absl::Hex(SystemSeed()))) {}
  ~ProcessFolderTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::string> Prepare(const std::string& path) {
    return PrepareFolder(PosixFileSystem(), {.key = "worker.data_dir", .path = path});
  }
  auto Claim(const std::string& owner) {
    return FolderClaim::Take({.key = "worker.data_dir", .path = folder_}, owner);
  }

  const std::string folder_;
};

TEST_F(ProcessFolderTest, AFolderIsMadeAndLeftEmpty) {
  ASSERT_OK_AND_ASSIGN(const std::string path, Prepare(folder_ + "/a/./b/"));
  EXPECT_EQ(path, folder_ + "/a/b");
  EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST_F(ProcessFolderTest, ARelativePathIsMadeAbsolute) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directories(folder_);
  std::filesystem::current_path(folder_);
  const absl::StatusOr<std::string> path = Prepare("data");
  std::filesystem::current_path(before);
  EXPECT_THAT(path, IsOkAndHolds(folder_ + "/data"));
}

TEST_F(ProcessFolderTest, AFileInItsPlaceIsNamedWithTheSetting) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_THAT(Prepare(folder_ + "/file").status(),
              StatusIs(absl::StatusCode::kNotFound, AllOf(HasSubstr("worker.data_dir"), HasSubstr("/file"),
                                         HasSubstr("Not a directory"))));
  EXPECT_THAT(Prepare("").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("worker.data_dir: ''")));
}

TEST_F(ProcessFolderTest, WhatCannotBeWrittenToSaysWhichUserNeedsTheRight) {
  MemoryFiles files;
  files.FailWrites(absl::PermissionDeniedError("Permission denied"));
  EXPECT_THAT(PrepareFolder(files, {.key = "checkpoint.dir", .path = "/ckpt"}).status(),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("checkpoint.dir: "), HasSubstr("user id "),
                             HasSubstr("chown"), HasSubstr("/ckpt"))));
}

TEST_F(ProcessFolderTest, AFolderIsClaimedOnceAndFreeAgainAfterwards) {
  std::filesystem::create_directories(folder_);
  ASSERT_OK_AND_ASSIGN(auto claim, Claim("worker a"));
  EXPECT_THAT(Claim("worker b").status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(folder_), HasSubstr("in use by worker a (process "),
                             HasSubstr("worker.data_dir"))));
  claim.reset();
  EXPECT_OK(Claim("worker b").status());
}

TEST_F(ProcessFolderTest, ASharedFolderKeepsItsId) {
  MemoryFiles files;
  ASSERT_OK_AND_ASSIGN(const std::string id, OpenSharedFolder(files, "/ckpt", 17));
  EXPECT_THAT(OpenSharedFolder(files, "/ckpt", 18), IsOkAndHolds(id));
  EXPECT_THAT(CheckSharedFolder(files, "/ckpt"), IsOkAndHolds(id));
}

TEST_F(ProcessFolderTest, AnotherOrNoFolderOrOneWithoutRightsIsFoundOut) {
  MemoryFiles files;
  EXPECT_THAT(CheckSharedFolder(files, "/ckpt").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("another one")));
  ASSERT_OK(OpenSharedFolder(files, "/ckpt", 17).status());
  files.FailWrites(absl::PermissionDeniedError("Permission denied"));
  EXPECT_THAT(CheckSharedFolder(files, "/ckpt").status(),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("user id ")));
}

}  // namespace
}  // namespace millrace
