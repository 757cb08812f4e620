// With real files: in the harness' there are no folders that could be missing.
#include "worker/sink/file/published_parts.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <string>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PublishedPartsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(files_.CreateDirectories(folder_)); }
  void TearDown() override { EXPECT_OK(files_.RemoveTree(folder_)); }

  std::string Path(const PendingPart& part, bool visible) const {
    return folder_ + "/" + (visible ? part.visible : part.hidden);
  }

  FileSystem& files_ = PosixFileSystem();
  const PendingPart part_{.hidden = ".part-job-1-0-0-1-0", .visible = "part-job-1-0-0-1.csv"};
  const std::string folder_ =
      testing::TempDir() + "/published_parts_test-" + std::to_string(getpid());
};

TEST_F(PublishedPartsTest, APartitionWhoseFolderWasTakenAwayIsStillSaidToBeComplete) {
  ASSERT_OK(PublishSuccess(files_, folder_, "dt=2024-01-31/hm=12/_SUCCESS"));
  ASSERT_OK(PublishSuccess(files_, folder_, "dt=2024-01-31/hm=12/_SUCCESS"));
  EXPECT_THAT(ListTree(files_, folder_), IsOkAndHolds(ElementsAre("dt=2024-01-31/hm=12/_SUCCESS")));
}

TEST_F(PublishedPartsTest, APartThatHasItsNameAlreadyLosesTheOther) {
  ASSERT_OK(WriteFile(files_, Path(part_, /*visible=*/false), "1\n"));
  ASSERT_OK(files_.Link(Path(part_, /*visible=*/false), Path(part_, /*visible=*/true)));
  ASSERT_OK(PublishPart(files_, folder_, part_));
  ASSERT_OK(PublishPart(files_, folder_, part_));
  EXPECT_THAT(ListTree(files_, folder_), IsOkAndHolds(ElementsAre(part_.visible)));
}

TEST_F(PublishedPartsTest, AFileOfAnotherJobOfTheSameIdIsNotTakenForThePart) {
  ASSERT_OK(WriteFile(files_, Path(part_, /*visible=*/false), "1\n"));
  ASSERT_OK(WriteFile(files_, Path(part_, /*visible=*/true), "2\n"));
  EXPECT_THAT(PublishPart(files_, folder_, part_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(part_.visible)));
  EXPECT_THAT(files_.Read(Path(part_, /*visible=*/false)), IsOkAndHolds("1\n"));
  EXPECT_THAT(files_.Read(Path(part_, /*visible=*/true)), IsOkAndHolds("2\n"));
}

TEST_F(PublishedPartsTest, APartThatWasTakenAwayWithItsFolderIsNotMissed) {
  EXPECT_OK(PublishPart(
      files_, folder_, {.hidden = "dt=1/.part-job-1-0-0-1-0", .visible = "dt=1/part-job-1-0-0-1"}));
}

}  // namespace
}  // namespace millrace
