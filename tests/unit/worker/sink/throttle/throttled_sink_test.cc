#include "worker/sink/throttle/throttled_sink.h"

#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

const Schema kRows{{"id", DataType::Int()}};

class CountingSink final : public Sink {
 public:
  explicit CountingSink(int64_t& rows) : rows_(rows) {}
  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    return absl::OkStatus();
  }
  absl::StatusOr<Progress> Append(Batch batch) override {
    rows_ += batch.num_rows();
    return Progress::kDone;
  }
  absl::Status Seal(Epoch epoch) override { return absl::OkStatus(); }
  absl::StatusOr<bool> Flushed(Epoch epoch) override { return true; }
  absl::Status OnDurable(Epoch epoch, Term term) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  int64_t& rows_;
};

class ThrottledSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> Open(TableOptions options) {
    auto sink = Throttled({.table = {.name = "out", .options = std::move(options)}},
                          std::make_unique<CountingSink>(rows_));
    CHECK_OK(sink.status());
    CHECK_OK((*sink)->Open(world_.Context({}), nullptr));
    return std::move(*sink);
  }

  // Rows that the sink takes within `time`, offered in batches of ten as fast as it takes them.
  int64_t RowsWithin(Sink& sink, absl::Duration time) {
    const absl::Duration end = world_.clock.Monotonic() + time;
    const int64_t before = rows_;
    bool blocked = false;
    while (world_.clock.Monotonic() < end) {
      auto progress = blocked ? sink.Resume() : sink.Append(MakeBatch(kRows, {10, {1}}));
      CHECK_OK(progress.status());
      blocked = *progress != Progress::kDone;
      if (blocked) {
        const int wakes = world_.wakes;
        while (world_.wakes == wakes) world_.io.Advance(absl::Milliseconds(1));
      } else if (rows_ - before > 100'000) {
        break;  // Not limited.
      }
    }
    return rows_ - before;
  }

  ConnectorWorld world_;
  int64_t rows_ = 0;
};

TEST_F(ThrottledSinkTest, TakesRowsAtTheRateAndWakesTheTaskForMore) {
  auto sink = Open({{"sink.rate-limit.rows-per-second", "100"}});
  EXPECT_NEAR(RowsWithin(*sink, absl::Seconds(10)), 1000, 10);
}

TEST_F(ThrottledSinkTest, TheLimitEndsByItself) {
  auto sink =
      Open({{"sink.rate-limit.rows-per-second", "100"}, {"sink.rate-limit.duration", "5 s"}});
  EXPECT_NEAR(RowsWithin(*sink, absl::Seconds(5)), 500, 10);
  EXPECT_GT(RowsWithin(*sink, absl::Seconds(1)), 100'000);
}

TEST_F(ThrottledSinkTest, ABatchThatIsDueAfterTheLimitEndsIsFreeThen) {
  auto sink = Open({{"sink.rate-limit.rows-per-second", "1"}, {"sink.rate-limit.duration", "2 s"}});
  EXPECT_THAT(sink->Append(MakeBatch(kRows, {10, {1}})), IsOkAndHolds(Progress::kBlockedIo));
  world_.io.Advance(absl::Seconds(2));
  EXPECT_EQ(world_.wakes, 1);
  EXPECT_THAT(sink->Resume(), IsOkAndHolds(Progress::kDone));
}

TEST_F(ThrottledSinkTest, AnEarlyResumeStaysBlockedAndAsksForNoSecondWakeUp) {
  auto sink = Open({{"sink.rate-limit.rows-per-second", "10"}});
  EXPECT_THAT(sink->Append(MakeBatch(kRows, {10, {1}})), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(sink->Resume(), IsOkAndHolds(Progress::kBlockedIo));
  world_.io.Advance(absl::Seconds(5));
  EXPECT_EQ(world_.wakes, 1);
}

TEST_F(ThrottledSinkTest, WithoutALimitTheSinkIsLeftAlone) {
  auto inner = std::make_unique<CountingSink>(rows_);
  const Sink* const same = inner.get();
  ASSERT_OK_AND_ASSIGN(const auto sink, Throttled({.table = {.name = "out"}}, std::move(inner)));
  EXPECT_EQ(sink.get(), same);
}

TEST_F(ThrottledSinkTest, ARateOfZeroIsAnError) {
  EXPECT_THAT(
      Throttled({.table = {.name = "out", .options = {{"sink.rate-limit.rows-per-second", "0"}}}},
                std::make_unique<CountingSink>(rows_)),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at least 1")));
}

}  // namespace
}  // namespace millrace
