#include "common/base/failpoint.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::Status Step() {
  RETURN_FAILPOINT("publish.after_flush");
  return absl::OkStatus();
}

class FailpointTest : public testing::Test {
 protected:
  ~FailpointTest() override { EXPECT_OK(ArmFailpoints("")); }
};

TEST_F(FailpointTest, DoesNothingUnlessArmed) { EXPECT_OK(Step()); }

TEST_F(FailpointTest, FailsEveryTime) {
  ASSERT_OK(ArmFailpoints("publish.after_flush=error"));
  EXPECT_THAT(Step(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("publish.after_flush")));
  EXPECT_THAT(Step(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("failpoint")));
}

TEST_F(FailpointTest, FailsTheNthTimeOnly) {
  ASSERT_OK(ArmFailpoints("file.before_sync=sleep(1ms), publish.after_flush=error@2"));
  std::vector<bool> ok;
  for (int i = 0; i < 3; ++i) ok.push_back(Step().ok());
  EXPECT_THAT(ok, ElementsAre(true, false, true));
}

TEST_F(FailpointTest, CrashesLikeKillMinus9) {
  EXPECT_EXIT(
      {
        ASSERT_OK(ArmFailpoints("publish.after_flush=crash"));
        Step().IgnoreError();
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointTest, AnUnknownNameOrActionIsNamed) {
  EXPECT_THAT(ArmFailpoints("publish.after_flash=crash"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("publish.after_flush")));
  EXPECT_THAT(ArmFailpoints("publish.after_flush=explode"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("explode")));
  EXPECT_THAT(ArmFailpoints("publish.after_flush=crash@0"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'0'")));
}

}  // namespace
}  // namespace millrace
