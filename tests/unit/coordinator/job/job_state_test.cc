// The table of transitions, once more by hand: a change of it must be meant.

#include "coordinator/job/job_state.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>

namespace millrace {
namespace {

using testing::ElementsAre;

std::map<std::string, std::set<std::string>> Expected() {
  return {
      {"CREATED", {"SCHEDULING", "STOPPED", "CANCELLED"}},
      {"SCHEDULING", {"DEPLOYING", "STOPPED", "CANCELLED", "FAILED"}},
      {"DEPLOYING", {"RUNNING", "RESTARTING", "CANCELLING", "STOPPED", "FAILED"}},
      {"RUNNING", {"STOPPING", "CANCELLING", "RESTARTING", "FINISHED", "FAILED"}},
      {"STOPPING", {"STOPPED", "CANCELLING", "RESTARTING", "FAILED"}},
      {"CANCELLING", {"CANCELLED"}},
      {"RESTARTING", {"SCHEDULING", "STOPPED", "CANCELLING", "FAILED"}},
      {"FINISHED", {}},
      {"STOPPED", {}},
      {"CANCELLED", {}},
      {"FAILED", {}},
  };
}

TEST(JobStateTest, ExactlyTheseTransitionsAreLegal) {
  const auto expected = Expected();
  for (const JobState from : kAllJobStates) {
    for (const JobState to : kAllJobStates) {
      const bool legal = expected.at(std::string(Name(from))).contains(std::string(Name(to)));
      EXPECT_EQ(IsLegal(from, to), legal) << Name(from) << " -> " << Name(to);
    }
  }
}

TEST(JobStateTest, NothingFollowsTheFourEnds) {
  std::vector<std::string_view> ends;
  for (const JobState state : kAllJobStates) {
    if (HasEnded(state)) ends.push_back(Name(state));
  }
  EXPECT_THAT(ends, ElementsAre("FINISHED", "STOPPED", "CANCELLED", "FAILED"));
}

TEST(JobStateTest, WithoutItsCoordinatorAJobIsScheduledAgainUnlessItWasToEnd) {
  for (const JobState state : kAllJobStates) {
    const JobState after = StateAfterCoordinatorLoss(state);
    if (HasEnded(state)) {
      EXPECT_EQ(after, state);
    } else if (state == JobState::kCancelling) {
      EXPECT_EQ(after, JobState::kCancelled);
    } else {
      EXPECT_EQ(after, JobState::kScheduling) << Name(state);
    }
  }
}

}  // namespace
}  // namespace millrace
