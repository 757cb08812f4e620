#include "worker/sink/metered/metered_sink.h"

#include <gmock/gmock.h>

#include "tests/harness/connector_world.h"
#include "tests/harness/metric_values.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::Optional;

const Schema kRows{{"id", DataType::BigInt()}};

class FlakySink final : public Sink {
 public:
  explicit FlakySink(absl::Status& status) : status_(status) {}
  absl::Status Open(const TaskContext&, const StateReader*) override { return status_; }
  absl::StatusOr<Progress> Append(Batch) override {
    if (!status_.ok()) return status_;
    return Progress::kBlockedIo;
  }
  absl::StatusOr<Progress> Resume() override {
    if (!status_.ok()) return status_;
    return Progress::kDone;
  }
  absl::Status Seal(Epoch) override { return status_; }
  absl::StatusOr<bool> Flushed(Epoch) override {
    if (!status_.ok()) return status_;
    return true;
  }
  absl::Status OnDurable(Epoch, Term) override { return status_; }
  absl::Status Close() override { return status_; }

 private:
  absl::Status& status_;
};

class MeteredSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    TaskContext context = world_.Context({});
    context.metrics = scope_.get();
    ASSERT_OK(sink_->Open(context, nullptr));
  }
  std::optional<double> Records() const {
    return MetricValue(registry_, "millrace_sink_records_total", {{"table", "alerts"}});
  }
  std::optional<double> Errors() const {
    return MetricValue(registry_, "millrace_sink_errors_total", {{"table", "alerts"}});
  }

  ConnectorWorld world_;
  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_ =
      registry_.root().Child({{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
  absl::Status status_;
  std::unique_ptr<Sink> sink_ =
      Metered({.table = {.name = "alerts"}}, std::make_unique<FlakySink>(status_));
};

TEST_F(MeteredSinkTest, ShowsZeroBeforeTheFirstRow) {
  EXPECT_THAT(Records(), Optional(0));
  EXPECT_THAT(Errors(), Optional(0));
}

TEST_F(MeteredSinkTest, CountsRowsThatWereTakenAlsoIfMoreMustWait) {
  EXPECT_THAT(sink_->Append(MakeBatch(kRows, {{1}, {2}})), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(sink_->Resume(), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(Records(), Optional(2));
  EXPECT_THAT(Errors(), Optional(0));
}

TEST_F(MeteredSinkTest, ARefusalIsAnErrorAndNoRow) {
  status_ = absl::UnavailableError("the disk is full");
  EXPECT_FALSE(sink_->Append(MakeBatch(kRows, {{1}})).ok());
  EXPECT_THAT(Records(), Optional(0));
  EXPECT_THAT(Errors(), Optional(1));
}

TEST_F(MeteredSinkTest, AFailureThatShowsLaterIsCountedWhereItShows) {
  status_ = absl::UnavailableError("the disk is full");
  EXPECT_FALSE(sink_->Resume().ok());
  EXPECT_FALSE(sink_->Seal(Epoch(1)).ok());
  EXPECT_FALSE(sink_->Flushed(Epoch(1)).ok());
  EXPECT_FALSE(sink_->OnDurable(Epoch(1), Term(1)).ok());
  EXPECT_FALSE(sink_->Close().ok());
  EXPECT_THAT(Errors(), Optional(5));
}

}  // namespace
}  // namespace millrace
