// Windows of processing time, and windows on the clock of a time zone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "tests/unit/worker/operator/window_aggregate/window_driver.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Schema& Bids() {
  static const auto& schema =
      *new Schema({{"at", DataType::TimestampLtz(3)}, {"bidder", DataType::BigInt()}});
  return schema;
}

WindowSetting OfProcessingTime() {
  return {.input = Bids(), .keys = {1}, .calls = {Count()}, .processing_time = true};
}

// A row whose column of the time says nothing.
RowValues Bid(int bidder) { return {nullptr, bidder}; }

TEST(ProcessingTimeTest, AWindowFiresWhenTheClockShowsItsEnd) {
  WindowDriver window(OfProcessingTime());
  window.Input({Bid(1), Bid(2), Bid(1)});
  window.PassTime(absl::Milliseconds(9'999));
  window.Input({Bid(2)});
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.PassTime(absl::Milliseconds(1));
  EXPECT_THAT(window.Rows(),
              UnorderedElementsAre(
                  "+I[1, 2, 2024-01-01T00:00, 2024-01-01T00:00:10, 2024-01-01T00:00:09.999Z]",
                  "+I[2, 2, 2024-01-01T00:00, 2024-01-01T00:00:10, 2024-01-01T00:00:09.999Z]"));
}

TEST(ProcessingTimeTest, NothingIsWaitedForWithoutRows) {
  WindowDriver window(OfProcessingTime());
  EXPECT_EQ(window.NextTime(), absl::InfiniteFuture());
  window.Input({Bid(1)});
  EXPECT_EQ(window.NextTime(), absl::FromUnixMillis(1'704'067'210'000));
  window.PassTime(absl::Seconds(10));
  EXPECT_EQ(window.NextTime(), absl::InfiniteFuture());
}

TEST(ProcessingTimeTest, EveryHopOfARowFires) {
  WindowSetting setting = OfProcessingTime();
  setting.kind = WindowKind::kHop;
  setting.size_ms = 10'000;
  setting.slide_ms = 5'000;
  WindowDriver window(setting);
  window.Input({Bid(1)});
  window.PassTime(absl::Seconds(5));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1, 1, 2023-12-31T23:59:55, 2024-01-01T00:00:05, "
                                         "2024-01-01T00:00:04.999Z]"));
  window.PassTime(absl::Seconds(5));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1, 1, 2024-01-01T00:00, 2024-01-01T00:00:10, "
                                         "2024-01-01T00:00:09.999Z]"));
  EXPECT_EQ(window.NextTime(), absl::InfiniteFuture());
}

// 2024-11-03 06:00Z: the clock of New York goes from 2 a.m. back to 1 a.m., so that 1:30 comes
// twice.
TEST(ProcessingTimeTest, AHopThatHasFiredDoesNotFireAgainInAnHourThatComesTwice) {
  WindowSetting setting = OfProcessingTime();
  setting.kind = WindowKind::kHop;
  setting.size_ms = 3'600'000;
  setting.slide_ms = 1'800'000;
  setting.time_zone = "America/New_York";
  WindowDriver window(setting);
  window.PassTime(absl::FromUnixSeconds(1'730'608'800) - absl::FromUnixSeconds(1'704'067'200));
  window.Input({Bid(1)});  // At 04:40Z, 0:40 in New York.
  window.PassTime(absl::Minutes(20));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1, 1, 2024-11-03T00:00, 2024-11-03T01:00, "
                                         "2024-11-03T04:59:59.999Z]"));
  window.PassTime(absl::Minutes(30));
  window.PassTime(absl::Seconds(1));
  window.PassTime(absl::Minutes(58));
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.PassTime(absl::Minutes(2));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1, 1, 2024-11-03T00:30, 2024-11-03T01:30, "
                                         "2024-11-03T05:29:59.999Z]"));
}

// The clock of another machine may be behind.
TEST(ProcessingTimeTest, AHopThatFiredBeforeARestoreDoesNotFireAgain) {
  WindowSetting setting = OfProcessingTime();
  setting.kind = WindowKind::kHop;
  setting.size_ms = 10'000;
  setting.slide_ms = 5'000;
  WindowDriver before(setting);
  before.Input({Bid(1)});
  before.PassTime(absl::Seconds(5));
  EXPECT_EQ(before.Rows().size(), 1u);
  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(setting, &restored);
  after.AdoptState(before);
  after.PassTime(absl::Seconds(1));
  EXPECT_THAT(after.Rows(), IsEmpty());
  after.PassTime(absl::Seconds(9));
  EXPECT_THAT(after.Rows(), ElementsAre("+I[1, 1, 2024-01-01T00:00, 2024-01-01T00:00:10, "
                                        "2024-01-01T00:00:09.999Z]"));
}

TEST(ProcessingTimeTest, ASessionEndsAGapAfterItsLastRow) {
  WindowSetting setting = OfProcessingTime();
  setting.kind = WindowKind::kSession;
  setting.size_ms = 2'000;
  WindowDriver window(setting);
  window.Input({Bid(1)});
  window.PassTime(absl::Seconds(1));
  window.Input({Bid(1)});
  window.PassTime(absl::Seconds(1));
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.PassTime(absl::Seconds(2));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1, 2, 2024-01-01T00:00, 2024-01-01T00:00:03, "
                                         "2024-01-01T00:00:02.999Z]"));
}

TEST(ProcessingTimeTest, WatermarksSayNothingButTheEndFiresAll) {
  WindowDriver window(OfProcessingTime());
  window.Input({Bid(1)});
  window.Watermark(EventTime(4'000'000'000'000));
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark(EventTime::Max());
  EXPECT_EQ(window.Rows().size(), 1u);
}

TEST(ProcessingTimeTest, AWindowThatEndedBeforeARestoreFiresAtOnce) {
  WindowDriver before(OfProcessingTime());
  before.Input({Bid(1), Bid(1)});
  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(OfProcessingTime(), &restored);
  after.AdoptState(before);
  EXPECT_EQ(after.NextTime(), absl::InfinitePast());
  after.PassTime(absl::Seconds(25));
  EXPECT_THAT(after.Rows(), ElementsAre("+I[1, 2, 2024-01-01T00:00, 2024-01-01T00:00:10, "
                                        "2024-01-01T00:00:09.999Z]"));
  after.Input({Bid(1)});
  after.PassTime(absl::Seconds(5));
  EXPECT_THAT(after.Rows(), ElementsAre("+I[1, 1, 2024-01-01T00:00:20, 2024-01-01T00:00:30, "
                                        "2024-01-01T00:00:29.999Z]"));
}

// The clock of another machine may be behind: a row never joins a window that has fired.
TEST(ProcessingTimeTest, ARowBehindTheTimeOfTheCheckpointBelongsToTheNextWindow) {
  WindowDriver before(OfProcessingTime());
  before.Input({Bid(1)});
  before.PassTime(absl::Seconds(10));
  EXPECT_EQ(before.Rows().size(), 1u);
  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(OfProcessingTime(), &restored);
  after.AdoptState(before);
  after.Input({Bid(1)});
  after.PassTime(absl::Seconds(20));
  EXPECT_THAT(after.Rows(), ElementsAre("+I[1, 1, 2024-01-01T00:00:10, 2024-01-01T00:00:20, "
                                        "2024-01-01T00:00:19.999Z]"));
}

TEST(ProcessingTimeTest, WindowsAreThoseOfTheSessionsZone) {
  WindowSetting setting = OfProcessingTime();
  setting.size_ms = 86'400'000;
  setting.time_zone = "Asia/Kolkata";
  WindowDriver window(setting);
  window.Input({Bid(1)});
  EXPECT_EQ(window.NextTime(), absl::FromUnixMillis(1'704'067'200'000 + 66'600'000));
  window.PassTime(absl::Hours(19));
  EXPECT_THAT(
      window.Rows(),
      ElementsAre("+I[1, 1, 2024-01-01T00:00, 2024-01-02T00:00, 2024-01-01T18:29:59.999Z]"));
}

WindowSetting OfLocalDays(const std::string& zone) {
  return {
      .input = Bids(), .keys = {1}, .calls = {Count()}, .size_ms = 86'400'000, .time_zone = zone};
}

TEST(LocalWindowTest, ADayBeginsAtMidnightOfTheZone) {
  WindowDriver window(OfLocalDays("Asia/Shanghai"));
  window.Input({{"2024-05-01 15:59:59.999", 1}, {"2024-05-01 16:00:00", 1}});
  window.Watermark("2024-05-01 15:59:59.998");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("2024-05-01 15:59:59.999");
  EXPECT_THAT(
      window.Rows(),
      ElementsAre("+I[1, 1, 2024-05-01T00:00, 2024-05-02T00:00, 2024-05-01T15:59:59.999Z]"));
  window.Watermark("2024-05-02 16:00:00");
  EXPECT_THAT(
      window.Rows(),
      ElementsAre("+I[1, 1, 2024-05-02T00:00, 2024-05-03T00:00, 2024-05-02T15:59:59.999Z]"));
}

// 2024-11-03 06:00Z: the clock of New York goes from 2 a.m. back to 1 a.m.
TEST(LocalWindowTest, AnHourThatComesTwiceIsOneWindowAndFiresAfterItsSecondPass) {
  WindowSetting setting = OfLocalDays("America/New_York");
  setting.size_ms = 3'600'000;
  WindowDriver window(setting);
  window.Input({{"2024-11-03 05:30:00", 1}, {"2024-11-03 06:30:00", 1}});
  window.Watermark("2024-11-03 06:10:00");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Input({{"2024-11-03 05:40:00", 1}});
  EXPECT_EQ(window.LateRows(), "0");
  window.Watermark("2024-11-03 06:59:59.999");
  EXPECT_THAT(
      window.Rows(),
      ElementsAre("+I[1, 3, 2024-11-03T01:00, 2024-11-03T02:00, 2024-11-03T05:59:59.999Z]"));
}

// 2024-03-10 07:00Z: it goes from 2 a.m. to 3 a.m.
TEST(LocalWindowTest, AWindowThatEndsInAnHourThatNeverComesFiresWhereItIsSkipped) {
  WindowSetting setting = OfLocalDays("America/New_York");
  setting.size_ms = 3 * 1'800'000;
  setting.offset_ms = 0;
  WindowDriver window(setting);
  window.Input({{"2024-03-10 06:45:00", 1}});
  window.Watermark("2024-03-10 06:59:59.999");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("2024-03-10 07:30:00");
  EXPECT_EQ(window.Rows().size(), 1u);
}

}  // namespace
}  // namespace millrace
