#include "common/base/event_time.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(EventTimeTest, MovesByMilliseconds) {
  EXPECT_EQ(EventTime(1000).Plus(-1), EventTime(999));
  EXPECT_EQ(EventTime(-1).Plus(2), EventTime(1));
}

TEST(EventTimeTest, SaturatesInsteadOfWrapping) {
  EXPECT_EQ(EventTime(EventTime::Max().millis() - 1).Plus(5), EventTime::Max());
  EXPECT_EQ(EventTime(EventTime::Min().millis() + 1).Plus(-5), EventTime::Min());
}

TEST(EventTimeTest, TheEndsOfTimeDoNotMove) {
  EXPECT_EQ(EventTime::Max().Plus(-1), EventTime::Max());
  EXPECT_EQ(EventTime::Min().Plus(1), EventTime::Min());
}

TEST(EventTimeTest, StartsBeforeEverything) { EXPECT_EQ(EventTime(), EventTime::Min()); }

}  // namespace
}  // namespace millrace
