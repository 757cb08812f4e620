#include "coordinator/job/job_journal.h"

#include <gmock/gmock.h>

#include "tests/harness/fake_store.h"
#include "tests/harness/plain_job_codec.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

class JobJournalTest : public testing::Test {
 protected:
  JobRecord Record(const std::string& message) const {
    return {.id = JobId("job-1"),
            .graph = std::make_shared<const JobGraph>(CountClicks()),
            .progress = {.message = message}};
  }
  std::string Stored() {
    const auto jobs = LoadJobs(store_, codec_);
    return jobs->empty() ? "" : jobs->front().record->progress.message;
  }

  FakeStore store_;
  PlainJobCodec codec_;
  JobJournal journal_{store_, codec_, JobId("job-1")};
};

TEST_F(JobJournalTest, TheLastRecordIsWhatIsLoaded) {
  ASSERT_OK(journal_.Put(Record("one")));
  ASSERT_OK(journal_.Put(Record("two")));
  EXPECT_EQ(Stored(), "two");
}

TEST_F(JobJournalTest, ALoadedJobGoesOnFromItsVersion) {
  ASSERT_OK(journal_.Put(Record("one")));
  ASSERT_OK_AND_ASSIGN(const auto jobs, LoadJobs(store_, codec_));
  JobJournal next(store_, codec_, jobs[0].id, jobs[0].version);
  EXPECT_OK(next.Put(Record("two")));
}

TEST_F(JobJournalTest, AChangeBySomebodyElseIsRefused) {
  ASSERT_OK(journal_.Put(Record("one")));
  store_.Overwrite("jobs/job-1", "theirs");
  EXPECT_THAT(journal_.Put(Record("two")),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("job-1")));
}

TEST_F(JobJournalTest, AnErrorWhoseWriteTookPlaceIsNoError) {
  store_.FailWrites(absl::UnavailableError("timed out"), /*applied=*/true);
  EXPECT_OK(journal_.Put(Record("one")));
  store_.FailWrites(absl::OkStatus());
  EXPECT_OK(journal_.Put(Record("two")));
}

TEST_F(JobJournalTest, AnErrorWhoseWriteDidNotTakePlaceIsOne) {
  store_.FailWrites(absl::ResourceExhaustedError("disk full"));
  EXPECT_THAT(journal_.Put(Record("one")),
              StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
  store_.FailWrites(absl::OkStatus());
  EXPECT_OK(journal_.Put(Record("two")));
  EXPECT_EQ(Stored(), "two");
}

TEST_F(JobJournalTest, AnOpenOutcomeIsNotMistakenForSomebodyElse) {
  store_.FailWrites(absl::UnavailableError("timed out"), /*applied=*/true);
  store_.FailReads(absl::UnavailableError("timed out"));
  EXPECT_FALSE(journal_.Put(Record("one")).ok());
  store_.FailWrites(absl::OkStatus());
  store_.FailReads(absl::OkStatus());
  EXPECT_OK(journal_.Put(Record("two")));
  EXPECT_EQ(Stored(), "two");
}

TEST_F(JobJournalTest, ADamagedRecordIsTheErrorOfItsJobAlone) {
  ASSERT_OK(journal_.Put(Record("one")));
  store_.Overwrite("jobs/job-0", "rubbish");
  ASSERT_OK_AND_ASSIGN(const auto jobs, LoadJobs(store_, codec_));
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].id, JobId("job-0"));
  EXPECT_THAT(jobs[0].record, StatusIs(absl::StatusCode::kDataLoss, "not a job"));
  EXPECT_OK(jobs[1].record);
}

}  // namespace
}  // namespace millrace
