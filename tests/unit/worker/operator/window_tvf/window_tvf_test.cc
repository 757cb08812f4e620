// The test names, read in order, specify the operator.
#include "worker/operator/window_tvf/window_tvf.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/harness/operator_driver.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Schema Bids(DataType time = DataType::Timestamp(3)) {
  return {{"at", std::move(time)}, {"page", DataType::String()}};
}

OperatorNode Node(const WindowSpec& window, const Schema& input) {
  std::vector<Field> output = input.fields();
  output.push_back({"window_start", DataType::Timestamp(3)});
  output.push_back({"window_end", DataType::Timestamp(3)});
  output.push_back({"window_time", input.field(0).type});
  return {.name = "windows",
          .state_id = "windows",
          .output = Schema(std::move(output)),
          .spec = WindowTvfSpec{.window = window}};
}

OperatorDriver Start(const WindowSpec& window, const Schema& input = Bids()) {
  const OperatorNode node = Node(window, input);
  auto made = NewWindowTvf(node, input);
  EXPECT_OK(made);
  return OperatorDriver(node, {input}, *std::move(made));
}

WindowSpec Tumble(int64_t size_ms) { return {.size_ms = size_ms, .slide_ms = size_ms}; }
WindowSpec Hop(int64_t size_ms, int64_t slide_ms) {
  return {.kind = WindowKind::kHop, .size_ms = size_ms, .slide_ms = slide_ms};
}

TEST(WindowTvfTest, ARowGetsItsWindowAndTheWindowsLastMillisecond) {
  auto windows = Start(Tumble(10'000));
  windows.Input(0, {{int64_t{9'999}, "a"}, {int64_t{10'000}, "b"}});
  EXPECT_THAT(windows.Rows(), ElementsAre("+I[1970-01-01T00:00:09.999, a, 1970-01-01T00:00, "
                                          "1970-01-01T00:00:10, 1970-01-01T00:00:09.999]",
                                          "+I[1970-01-01T00:00:10, b, 1970-01-01T00:00:10, "
                                          "1970-01-01T00:00:20, 1970-01-01T00:00:19.999]"));
}

TEST(WindowTvfTest, ARowOfAHopComesOnceForEachWindow) {
  auto windows = Start(Hop(10'000, 5'000));
  windows.Input(0, {{int64_t{7'000}, "a"}});
  EXPECT_THAT(windows.Rows(), ElementsAre(HasSubstr("1970-01-01T00:00, 1970-01-01T00:00:10"),
                                          HasSubstr("1970-01-01T00:00:05, 1970-01-01T00:00:15")));
}

TEST(WindowTvfTest, ARowOfACumulateIsInEveryStepFromItsOwnOn) {
  auto windows = Start({.kind = WindowKind::kCumulate, .size_ms = 15'000, .slide_ms = 5'000});
  windows.Input(0, {{int64_t{6'000}, "a"}});
  EXPECT_THAT(windows.Rows(), ElementsAre(HasSubstr("1970-01-01T00:00, 1970-01-01T00:00:10"),
                                          HasSubstr("1970-01-01T00:00, 1970-01-01T00:00:15")));
}

TEST(WindowTvfTest, ARowBetweenTheWindowsOfAHopIsInNone) {
  auto windows = Start(Hop(2'000, 10'000));
  windows.Input(0, {{int64_t{5'000}, "between"}, {int64_t{11'000}, "inside"}});
  EXPECT_THAT(windows.Rows(), ElementsAre(HasSubstr("inside")));
}

TEST(WindowTvfTest, ManyWindowsWaitForRoom) {
  auto windows = Start(Hop(100'000, 1'000));
  windows.output().SetRoom(1);
  absl::StatusOr<Progress> progress = windows.TryInput(0, {{int64_t{500'000}, "a"}});
  size_t rows = 0;
  while (progress.ok() && *progress == Progress::kBlockedOutput) {
    rows += windows.Rows().size();
    progress = windows.Resume();
  }
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kDone));
  EXPECT_EQ(rows + windows.Rows().size(), 100);
}

TEST(WindowTvfTest, ALateRowStillHasItsWindow) {
  auto windows = Start(Tumble(10'000));
  windows.Watermark(100'000);
  windows.Input(0, {{int64_t{1'000}, "late"}});
  EXPECT_THAT(windows.Rows(), SizeIs(1));
  EXPECT_EQ(windows.LateCount(), "none");
}

TEST(WindowTvfTest, BoundsAreTimesOnTheClockOfTheZoneAndWindowTimeIsAnInstant) {
  WindowSpec day = Tumble(86'400'000);
  day.time_zone = "Asia/Shanghai";
  auto windows = Start(day, Bids(DataType::TimestampLtz(3)));
  windows.Input(0, {{int64_t{20 * 3'600'000}, "a"}});  // 04:00 of the next day, there.
  EXPECT_THAT(windows.Rows(), ElementsAre(HasSubstr("1970-01-02T00:00, 1970-01-03T00:00, "
                                                    "1970-01-02T15:59:59.999Z")));
}

TEST(WindowTvfTest, ARowWithoutATimeFailsTheJob) {
  auto windows = Start(Tumble(10'000));
  EXPECT_THAT(windows.TryInput(0, {{nullptr, "a"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'at'")));
}

TEST(WindowTvfTest, ATimeThatNoWindowCanHoldFailsTheJobInAnyZone) {
  for (const char* const zone : {"", "Asia/Shanghai", "America/New_York"}) {
    WindowSpec day = Tumble(86'400'000);
    day.time_zone = zone;
    auto windows = Start(day, Bids(DataType::TimestampLtz(3)));
    for (const int64_t time : {INT64_MAX, INT64_MIN}) {
      EXPECT_THAT(windows.TryInput(0, {{time, "a"}}),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("73 million years")));
    }
  }
}

TEST(WindowTvfTest, SessionsDoNotFollowFromARowAlone) {
  const OperatorNode node =
      Node({.kind = WindowKind::kSession, .size_ms = 1'000, .slide_ms = 1'000}, Bids());
  EXPECT_THAT(NewWindowTvf(node, Bids()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("windows")));
}

}  // namespace
}  // namespace millrace
