#include "coordinator/job/job_board.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;

JobViewPtr View(const std::string& id, int64_t created, JobState state = JobState::kRunning) {
  return std::make_shared<const JobView>(JobView{
      .id = JobId(id), .request_id = "r-" + id, .state = state, .created_unix_ms = created});
}

TEST(JobBoardTest, ListsTheNewestFirst) {
  JobBoard board;
  board.Publish(View("job-1", 10), JobBoard::News::kEvent);
  board.Publish(View("job-2", 30), JobBoard::News::kEvent);
  board.Publish(View("job-3", 20), JobBoard::News::kEvent);
  std::vector<std::string> ids;
  for (const JobViewPtr& view : board.List()) ids.push_back(view->id.value());
  EXPECT_THAT(ids, ElementsAre("job-2", "job-3", "job-1"));
}

TEST(JobBoardTest, FindsByIdAndByRequest) {
  JobBoard board;
  board.Publish(View("job-1", 1), JobBoard::News::kEvent);
  EXPECT_EQ(board.Find(JobId("job-1"))->request_id, "r-job-1");
  EXPECT_EQ(board.FindByRequest("r-job-1")->id, JobId("job-1"));
  EXPECT_EQ(board.Find(JobId("job-2")), nullptr);
  EXPECT_EQ(board.FindByRequest(""), nullptr);
}

TEST(JobBoardTest, AWatcherSeesTheJobAsItIsAndThenEveryEvent) {
  JobBoard board;
  board.Publish(View("job-1", 1, JobState::kScheduling), JobBoard::News::kEvent);
  board.Publish(View("job-2", 1), JobBoard::News::kEvent);
  std::vector<std::string_view> seen;
  const auto watch = board.Watch(
      JobId("job-1"), [&](const JobViewPtr& view) { seen.push_back(Name(view->state)); });
  ASSERT_TRUE(watch.has_value());
  board.Publish(View("job-1", 1, JobState::kRunning), JobBoard::News::kEvent);
  board.Publish(View("job-1", 1, JobState::kRunning), JobBoard::News::kNumbers);
  board.Publish(View("job-2", 1, JobState::kFailed), JobBoard::News::kEvent);
  EXPECT_THAT(seen, ElementsAre("SCHEDULING", "RUNNING"));

  board.Unwatch(*watch);
  board.Publish(View("job-1", 1, JobState::kFailed), JobBoard::News::kEvent);
  EXPECT_THAT(seen, ElementsAre("SCHEDULING", "RUNNING"));
}

TEST(JobBoardTest, NobodyWatchesWhatIsNotThere) {
  JobBoard board;
  EXPECT_FALSE(board.Watch(JobId("job-1"), [](const JobViewPtr&) {}).has_value());
}

}  // namespace
}  // namespace millrace
