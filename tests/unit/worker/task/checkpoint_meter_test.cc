#include "worker/task/checkpoint_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_clock.h"
#include "tests/harness/metric_values.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::Eq;
using testing::Optional;

class CheckpointMeterTest : public testing::Test {
 protected:
  CheckpointMeter Meter(const CheckpointMeter::Parts& parts) {
    scope_ = registry_.root().Child(
        {{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
    return CheckpointMeter(*scope_, parts);
  }
  std::optional<double> Seconds(const char* phase) const {
    return MetricValue(registry_, "millrace_task_checkpoint_phase_seconds_sum", {{"phase", phase}});
  }
  std::optional<double> Count(const char* phase) const {
    return MetricValue(registry_, "millrace_task_checkpoint_phase_seconds_count",
                       {{"phase", phase}});
  }

  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_;
};

TEST_F(CheckpointMeterTest, EachPhaseEndsWhereTheNextBegins) {
  CheckpointMeter meter = Meter({.inputs = true, .sink = true, .state = true});
  meter.OnTriggered(Epoch(1), absl::Seconds(10));
  meter.OnBarrier(Epoch(1), absl::Seconds(11));
  meter.OnBarrier(Epoch(1), absl::Seconds(12));  // Still the same alignment.
  meter.OnAligned(Epoch(1), absl::Seconds(13));
  meter.OnFrozen(absl::Seconds(13.5));
  meter.OnFlushed(absl::Seconds(17.5));
  meter.OnWritten(absl::Seconds(8));
  EXPECT_THAT(Seconds("start_delay"), Optional(DoubleNear(1, 1e-9)));
  EXPECT_THAT(Seconds("align"), Optional(DoubleNear(2, 1e-9)));
  EXPECT_THAT(Seconds("freeze"), Optional(DoubleNear(0.5, 1e-9)));
  EXPECT_THAT(Seconds("flush"), Optional(DoubleNear(4, 1e-9)));
  EXPECT_THAT(Seconds("write"), Optional(DoubleNear(8, 1e-9)));
  for (const char* phase : {"start_delay", "align", "freeze", "flush", "write"}) {
    EXPECT_THAT(Count(phase), Optional(1)) << phase;
  }
}

TEST_F(CheckpointMeterTest, ABarrierThatIsAloneNeedsNoAlignment) {
  CheckpointMeter meter = Meter({.inputs = true});
  meter.OnTriggered(Epoch(1), absl::Seconds(10));
  meter.OnAligned(Epoch(1), absl::Seconds(12));
  EXPECT_THAT(Seconds("start_delay"), Optional(2));
  EXPECT_THAT(Seconds("align"), Optional(0));
}

TEST_F(CheckpointMeterTest, ABarrierThatOvertookTheTriggerHasNoDelay) {
  CheckpointMeter meter = Meter({.inputs = true});
  meter.OnTriggered(Epoch(1), absl::Seconds(10));
  meter.OnBarrier(Epoch(2), absl::Seconds(20));
  meter.OnTriggered(Epoch(2), absl::Seconds(21));
  meter.OnAligned(Epoch(2), absl::Seconds(25));
  EXPECT_THAT(Seconds("start_delay"), Optional(0));
  EXPECT_THAT(Seconds("align"), Optional(5));
}

TEST_F(CheckpointMeterTest, PhasesThatATaskDoesNotHaveAreNotShown) {
  CheckpointMeter meter = Meter({});
  meter.OnAligned(Epoch(1), absl::Seconds(1));
  meter.OnFrozen(absl::Seconds(2));
  EXPECT_THAT(Count("freeze"), Optional(1));
  EXPECT_THAT(Count("align"), Eq(std::nullopt));
  EXPECT_THAT(Count("flush"), Eq(std::nullopt));
  EXPECT_THAT(Count("write"), Eq(std::nullopt));
}

class SlowState final : public FrozenState {
 public:
  explicit SlowState(FakeClock& clock) : clock_(clock) {}
  absl::StatusOr<std::vector<OperatorState>> Write(SectionWriter&) override {
    clock_.Advance(absl::Seconds(2));
    return std::vector<OperatorState>{{.state_id = "sum"}};
  }
  void OnWritten() override { clock_.Advance(absl::Seconds(1)); }

 private:
  FakeClock& clock_;
};

class NoFile final : public SectionWriter {
 public:
  absl::Status Append(std::string_view) override { return absl::OkStatus(); }
  FileRef EndSection() override { return {}; }
};

TEST(TimedFrozenStateTest, TellsTheTimeFromTheWriteUntilItIsDurable) {
  FakeClock clock;
  absl::Duration took;
  TimedFrozenState state(std::make_unique<SlowState>(clock), clock,
                         [&took](absl::Duration time) { took = time; });
  clock.Advance(absl::Seconds(100));  // Waiting for its turn is not writing.
  NoFile file;
  ASSERT_OK_AND_ASSIGN(const std::vector<OperatorState> written, state.Write(file));
  EXPECT_EQ(written.size(), 1u);
  clock.Advance(absl::Seconds(4));  // The fsync.
  state.OnWritten();
  EXPECT_EQ(took, absl::Seconds(7));
}

}  // namespace
}  // namespace millrace
