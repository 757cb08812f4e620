#include "coordinator/job/restart_policy.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::Optional;

std::optional<absl::Duration> Fail(RestartPolicy& policy, absl::Duration now,
                                   RestartPolicy::Failure failure = {}) {
  return policy.OnFailure(failure, now);
}

TEST(RestartPolicyTest, BacksOffDoublingUpToItsLimit) {
  RestartPolicy policy({});
  EXPECT_THAT(Fail(policy, absl::Seconds(1)), Optional(absl::Milliseconds(100)));
  EXPECT_THAT(Fail(policy, absl::Seconds(2)), Optional(absl::Milliseconds(200)));
  EXPECT_THAT(Fail(policy, absl::Seconds(3)), Optional(absl::Milliseconds(400)));
  for (int i = 0; i < 100; ++i) Fail(policy, absl::Seconds(4 + i));
  EXPECT_THAT(Fail(policy, absl::Seconds(200)), Optional(absl::Seconds(30)));
}

TEST(RestartPolicyTest, AfterALostWorkerTheFirstRestartIsAtOnce) {
  RestartPolicy policy({});
  EXPECT_THAT(Fail(policy, absl::Seconds(1), {.worker_lost = true}),
              Optional(absl::ZeroDuration()));
  EXPECT_THAT(Fail(policy, absl::Seconds(2), {.worker_lost = true}),
              Optional(absl::Milliseconds(200)));
}

TEST(RestartPolicyTest, RunningFiveTimesAsLongAsTheNextBackoffBeginsAnew) {
  RestartPolicy policy({});
  Fail(policy, absl::Seconds(0));
  policy.OnRunning(absl::Seconds(10));  // The next back-off would be 200 ms.
  EXPECT_THAT(Fail(policy, absl::Seconds(11)), Optional(absl::Milliseconds(100)));
}

TEST(RestartPolicyTest, RunningForLessDoesNot) {
  RestartPolicy policy({});
  Fail(policy, absl::Seconds(0));
  policy.OnRunning(absl::Seconds(10));
  EXPECT_THAT(Fail(policy, absl::Milliseconds(10'999)), Optional(absl::Milliseconds(200)));
}

TEST(RestartPolicyTest, ALoopOfCrashesIsSlowedDown) {
  RestartPolicy policy({});
  absl::Duration now;
  for (int i = 0; i < 20; ++i) {
    policy.OnRunning(now);
    now += absl::Milliseconds(300);
    now += Fail(policy, now).value();
  }
  policy.OnRunning(now);
  EXPECT_THAT(Fail(policy, now + absl::Milliseconds(300)), Optional(absl::Seconds(30)));
}

TEST(RestartPolicyTest, AMinuteOfRunningBeginsAnewWhateverTheBackoff) {
  RestartPolicy policy({});
  for (int i = 0; i < 50; ++i) Fail(policy, absl::Seconds(i));
  policy.OnRunning(absl::Seconds(100));
  EXPECT_THAT(Fail(policy, absl::Seconds(160)), Optional(absl::Milliseconds(100)));
}

TEST(RestartPolicyTest, TheOutsideWorldIsRetriedForEver) {
  RestartPolicy policy({});
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(Fail(policy, absl::Seconds(i), {.restarts = i}).has_value());
  }
}

TEST(RestartPolicyTest, AHopelessFailureOfAJobThatNeverRanEndsIt) {
  RestartPolicy policy({});
  EXPECT_EQ(Fail(policy, absl::Seconds(0), {.retryable = false, .has_ever_run = false}),
            std::nullopt);
}

TEST(RestartPolicyTest, HopelessFailuresAreRetriedThreeTimesInTenMinutes) {
  RestartPolicy policy({});
  const RestartPolicy::Failure hopeless{.retryable = false};
  EXPECT_TRUE(Fail(policy, absl::Minutes(0), hopeless).has_value());
  EXPECT_TRUE(Fail(policy, absl::Minutes(1), hopeless).has_value());
  EXPECT_TRUE(Fail(policy, absl::Minutes(2), hopeless).has_value());
  EXPECT_FALSE(Fail(policy, absl::Minutes(3), hopeless).has_value());
  EXPECT_TRUE(Fail(policy, absl::Minutes(20), hopeless).has_value());
}

TEST(RestartPolicyTest, ALimitOfRestartsIsKept) {
  RestartPolicy policy({.max_restarts = 2});
  EXPECT_TRUE(Fail(policy, absl::Seconds(0), {.restarts = 1}).has_value());
  EXPECT_FALSE(Fail(policy, absl::Seconds(1), {.restarts = 2}).has_value());
}

}  // namespace
}  // namespace millrace
