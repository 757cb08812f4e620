#include "worker/sink/kafka/call_watchdog.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CallWatchdogTest : public testing::Test {
 protected:
  CallWatchdog::Options Options() {
    return {.limit = absl::Minutes(2),
            .clock = &clock_,
            .timer = &timer_,
            .on_hang = [this](const char* call) { hung_.push_back(call); }};
  }

  FakeClock clock_;
  ManualExecutor timer_{clock_};
  std::vector<std::string> hung_;
};

TEST_F(CallWatchdogTest, ACallThatComesBackIsFineHoweverManyThereAre) {
  CallWatchdog watchdog(Options());
  for (int i = 0; i < 10; ++i) {
    const CallWatchdog::Guard guard(watchdog, "commit");
    timer_.Advance(absl::Seconds(60));
  }
  timer_.Advance(absl::Minutes(10));
  EXPECT_THAT(hung_, IsEmpty());
}

TEST_F(CallWatchdogTest, ACallThatDoesNotIsNamedOnce) {
  CallWatchdog watchdog(Options());
  const CallWatchdog::Guard guard(watchdog, "begin_transaction");
  timer_.Advance(absl::Minutes(10));
  EXPECT_THAT(hung_, ElementsAre("begin_transaction"));
}

TEST_F(CallWatchdogTest, LooksNoMoreOnceItIsGone) {
  { CallWatchdog watchdog(Options()); }
  timer_.Advance(absl::Minutes(10));
  EXPECT_THAT(hung_, IsEmpty());
}

}  // namespace
}  // namespace millrace
