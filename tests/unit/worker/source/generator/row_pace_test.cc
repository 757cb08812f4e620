#include "worker/source/generator/row_pace.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(RowPaceTest, TheFirstRowIsDueAtOnceAndTheOthersAtASteadyRate) {
  RowPace pace(10);
  EXPECT_EQ(pace.Due(absl::Seconds(100)), 1);
  pace.Take(1);
  EXPECT_EQ(pace.Due(absl::Milliseconds(100'099)), 0);
  EXPECT_EQ(pace.Due(absl::Milliseconds(100'100)), 1);
  EXPECT_EQ(pace.Due(absl::Milliseconds(100'500)), 5);
}

TEST(RowPaceTest, SaysHowLongUntilTheNextRowAndKeepsItsWord) {
  RowPace pace(3);
  absl::Duration now = absl::Seconds(7);
  for (int row = 0; row < 1000; ++row) {
    ASSERT_EQ(pace.Due(now), 1) << "row " << row;
    pace.Take(1);
    ASSERT_EQ(pace.Due(now), 0) << "row " << row;
    now += pace.UntilNext(now);
  }
  EXPECT_NEAR(absl::ToDoubleSeconds(now), 7 + 1000.0 / 3, 0.001);
}

TEST(RowPaceTest, TimeInWhichNothingWasTakenIsMadeUpForAtMostASecond) {
  RowPace pace(100);
  EXPECT_EQ(pace.Due(absl::ZeroDuration()), 1);
  EXPECT_EQ(pace.Due(absl::Hours(1)), 100);
  pace.Take(100);
  EXPECT_EQ(pace.Due(absl::Hours(1)), 0);
  EXPECT_EQ(pace.Due(absl::Hours(1) + absl::Milliseconds(50)), 5);
}

TEST(RowPaceTest, ARateBelowOneRowPerSecondStillGivesRows) {
  RowPace pace(0.5);
  EXPECT_EQ(pace.Due(absl::ZeroDuration()), 1);
  pace.Take(1);
  EXPECT_EQ(pace.Due(absl::Seconds(1)), 0);
  EXPECT_EQ(pace.Due(absl::Seconds(2)), 1);
}

}  // namespace
}  // namespace millrace
