// The test names, read in order, specify WatermarkValve.
#include "worker/task/watermark_valve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/base/random.h"

namespace millrace {
namespace {

using Outcome = WatermarkValve::Outcome;

EventTime At(int64_t millis) { return EventTime(millis); }
Outcome Nothing() { return {}; }
Outcome Emits(int64_t millis) { return {.watermark = At(millis)}; }

TEST(WatermarkValveTest, OneChannelPassesItsWatermarksOn) {
  WatermarkValve valve(1);
  EXPECT_EQ(valve.OnWatermark(0, At(5)), Emits(5));
  EXPECT_EQ(valve.OnWatermark(0, At(9)), Emits(9));
}

TEST(WatermarkValveTest, AWatermarkThatDoesNotRiseIsIgnored) {
  WatermarkValve valve(1);
  valve.OnWatermark(0, At(5));
  EXPECT_EQ(valve.OnWatermark(0, At(5)), Nothing());
  EXPECT_EQ(valve.OnWatermark(0, At(4)), Nothing());
}

TEST(WatermarkValveTest, TheOutputIsTheMinimumOverChannels) {
  WatermarkValve valve(2);
  EXPECT_EQ(valve.OnWatermark(0, At(10)), Nothing());
  EXPECT_EQ(valve.OnWatermark(1, At(7)), Emits(7));
  EXPECT_EQ(valve.OnWatermark(1, At(30)), Emits(10));
}

TEST(WatermarkValveTest, AnIdleChannelNoLongerHoldsTheOthersBack) {
  WatermarkValve valve(2);
  valve.OnWatermark(0, At(10));
  EXPECT_EQ(valve.OnIdle(1, true), Emits(10));
  EXPECT_EQ(valve.OnWatermark(0, At(12)), Emits(12));
}

TEST(WatermarkValveTest, WatermarksOfAnIdleChannelAreIgnored) {
  WatermarkValve valve(2);
  valve.OnIdle(1, true);
  EXPECT_EQ(valve.OnWatermark(1, At(99)), Nothing());
  EXPECT_EQ(valve.watermarks()[1], EventTime::Min());
}

TEST(WatermarkValveTest, AReactivatedChannelCountsOnlyOnceItHasCaughtUp) {
  WatermarkValve valve(2);
  valve.OnWatermark(1, At(3));
  valve.OnWatermark(0, At(10));
  valve.OnIdle(1, true);
  EXPECT_EQ(valve.output(), At(10));
  EXPECT_EQ(valve.OnIdle(1, false), Nothing());
  EXPECT_EQ(valve.OnWatermark(0, At(20)), Emits(20))
      << "channel 1, still at 3, must not hold it back";
  EXPECT_EQ(valve.OnWatermark(1, At(25)), Nothing());
  EXPECT_EQ(valve.OnWatermark(0, At(40)), Emits(25)) << "channel 1 has caught up and counts again";
}

TEST(WatermarkValveTest, WhenAllAreIdleTheMaximumIsPutOutThenTheIdleStatus) {
  WatermarkValve valve(2);
  valve.OnWatermark(0, At(10));
  valve.OnWatermark(1, At(4));
  EXPECT_EQ(valve.OnIdle(0, true), Nothing());
  EXPECT_EQ(valve.OnIdle(1, true), (Outcome{.watermark = At(10), .idle = true}));
}

TEST(WatermarkValveTest, TheResultDoesNotDependOnTheOrderOfGoingIdle) {
  for (const auto& order : {std::vector<int>{0, 1}, std::vector<int>{1, 0}}) {
    WatermarkValve valve(2);
    valve.OnWatermark(0, At(10));
    valve.OnWatermark(1, At(4));
    for (const int channel : order) valve.OnIdle(channel, true);
    EXPECT_EQ(valve.output(), At(10));
  }
}

TEST(WatermarkValveTest, TheFirstActiveChannelMakesTheValveActive) {
  WatermarkValve valve(2);
  valve.OnIdle(0, true);
  valve.OnIdle(1, true);
  EXPECT_EQ(valve.OnIdle(0, false), (Outcome{.idle = false}));
  EXPECT_EQ(valve.OnIdle(1, false), Nothing());
}

TEST(WatermarkValveTest, AnEndedChannelHoldsNothingBack) {
  WatermarkValve valve(2);
  valve.OnWatermark(0, At(10));
  EXPECT_EQ(valve.OnEnd(1), Emits(10));
  EXPECT_EQ(valve.OnEnd(0), (Outcome{.watermark = EventTime::Max()}));
}

TEST(WatermarkValveTest, ARestoredValveContinuesFromItsWatermarks) {
  WatermarkValve valve(2);
  valve.Restore({At(10), At(7)});
  EXPECT_EQ(valve.output(), At(7));
  EXPECT_EQ(valve.OnWatermark(0, At(9)), Nothing()) << "below its own restored watermark";
  EXPECT_EQ(valve.OnWatermark(1, At(12)), Emits(10));
}

TEST(WatermarkValveTest, AnIdleChannelThatIsBehindDoesNotTakeTheOutputBackOverARestore) {
  WatermarkValve before(2);
  before.OnWatermark(0, At(100));
  before.OnWatermark(1, At(5));
  ASSERT_EQ(before.OnIdle(1, true), Emits(100));
  WatermarkValve after(2);
  after.Restore(before.watermarks());
  EXPECT_EQ(after.output(), At(100));
  EXPECT_EQ(after.OnWatermark(1, At(6)), Nothing());
  after.OnWatermark(0, At(120));
  EXPECT_EQ(after.OnWatermark(1, At(110)), Emits(110));
}

TEST(WatermarkValveTest, ARestoreToAnotherNumberOfChannelsContinuesFromTheMinimum) {
  WatermarkValve valve(3);
  valve.Restore({At(10), At(7)});
  EXPECT_EQ(valve.output(), At(7));
  EXPECT_EQ(valve.watermarks(), std::vector<EventTime>(3, At(7)));
}

TEST(WatermarkValveTest,
     UnderRandomEventsTheOutputNeverGoesBackAndNeverPassesAnActiveChannelThatCounts) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    constexpr int kChannels = 4;
    WatermarkValve valve(kChannels);
    EventTime last = EventTime::Min();
    std::vector<bool> ever_idle(kChannels, false);
    for (int step = 0; step < 300; ++step) {
      const int channel = static_cast<int>(random.Below(kChannels));
      Outcome outcome;
      if (random.Below(8) == 0) {
        const bool idle = random.Below(2) == 0;
        ever_idle[channel] = ever_idle[channel] || idle;
        outcome = valve.OnIdle(channel, idle);
      } else {
        outcome = valve.OnWatermark(channel, At(step + random.Below(50)));
      }
      if (!outcome.watermark.has_value()) continue;
      ASSERT_GT(*outcome.watermark, last) << "seed " << seed << " step " << step;
      last = *outcome.watermark;
      for (int i = 0; i < kChannels; ++i) {
        if (ever_idle[i]) continue;
        ASSERT_LE(last, valve.watermarks()[i]) << "seed " << seed << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
