#include "coordinator/job/job_io.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/harness/manual_executor.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JobIoTest : public testing::Test {
 protected:
  void Run(const std::string& name) {
    job_io_.Run(
        [this, name] {
          events_.push_back("do " + name);
          return name;
        },
        [this](const std::string& result) { events_.push_back("done " + result); });
  }

  FakeClock clock_;
  ManualExecutor io_{clock_};
  ManualExecutor executor_{clock_};
  DecisionThread decisions_{executor_};
  JobIo job_io_{io_, decisions_};
  std::vector<std::string> events_;
};

TEST_F(JobIoTest, WorkIsDoneThereAndItsResultComesBackHere) {
  Run("a");
  EXPECT_THAT(events_, IsEmpty());
  io_.RunReady();
  EXPECT_THAT(events_, ElementsAre("do a"));
  executor_.RunReady();
  EXPECT_THAT(events_, ElementsAre("do a", "done a"));
}

TEST_F(JobIoTest, OnePieceAtATimeInTheOrderOfAsking) {
  Run("a");
  Run("b");
  EXPECT_EQ(io_.ready(), 1u) << "a pool could take both at once";
  io_.RunReady();
  Run("c");
  io_.RunReady();
  executor_.RunReady();
  EXPECT_THAT(events_, ElementsAre("do a", "do b", "do c", "done a", "done b", "done c"));
}

TEST_F(JobIoTest, NothingComesBackAfterTheDecisionThreadIsClosed) {
  Run("a");
  decisions_.Close([this] { events_.push_back("closed"); });
  io_.RunReady();
  executor_.RunReady();
  EXPECT_THAT(events_, ElementsAre("do a", "closed"));
}

}  // namespace
}  // namespace millrace
