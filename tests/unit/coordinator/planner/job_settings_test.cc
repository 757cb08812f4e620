#include "coordinator/planner/job_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using Kind = SettingVerdict::Kind;

TEST(JobSettingsTest, KnownKeysMeanWhatTheyMeanInFlink) {
  const auto options = JobOptionsOf({{"parallelism.default", "4"},
                                     {"pipeline.max-parallelism", "256"},
                                     {"pipeline.name", "fraud"},
                                     {"execution.checkpointing.interval", "2 min"},
                                     {"execution.checkpointing.timeout", "30s"},
                                     {"execution.runtime-mode", "BATCH"}},
                                    1);
  ASSERT_OK(options);
  EXPECT_EQ(options->parallelism, 4);
  EXPECT_EQ(options->job.max_parallelism, 256);
  EXPECT_EQ(options->name, "fraud");
  EXPECT_EQ(options->job.checkpoint_interval_ms, 120'000);
  EXPECT_EQ(options->job.checkpoint_timeout_ms, 30'000);
  EXPECT_TRUE(options->job.batch);
}

TEST(JobSettingsTest, DefaultsHoldWithoutSettings) {
  const auto options = JobOptionsOf({}, 3);
  ASSERT_OK(options);
  EXPECT_EQ(options->parallelism, 3);
  EXPECT_EQ(options->job.max_parallelism, JobOptions{}.max_parallelism);
  EXPECT_FALSE(options->job.batch);
}

TEST(JobSettingsTest, AWrongValueNamesKeyAndValue) {
  EXPECT_EQ(JudgeSetting("execution.checkpointing.interval", "often").kind, Kind::kInvalid);
  EXPECT_THAT(JudgeSetting("parallelism.default", "0").message,
              HasSubstr("'parallelism.default' = '0': must be a whole number from 1"));
  EXPECT_THAT(JudgeSetting("table.local-time-zone", "Europe/Berlin").message,
              HasSubstr("not built yet"));
  EXPECT_EQ(JudgeSetting("table.local-time-zone", "UTC").kind, Kind::kKnown);
}

TEST(JobSettingsTest, KeysOfFlinksMachineryAreIgnoredWithTheReason) {
  const SettingVerdict verdict = JudgeSetting("table.exec.mini-batch.size", "5000");
  EXPECT_EQ(verdict.kind, Kind::kIgnored);
  EXPECT_THAT(verdict.message, HasSubstr("changes nothing here"));
}

TEST(JobSettingsTest, AnUnknownKeyGetsTheNearestOne) {
  const SettingVerdict verdict = JudgeSetting("pipeline.nme", "x");
  EXPECT_EQ(verdict.kind, Kind::kUnknown);
  EXPECT_THAT(verdict.message, HasSubstr("did you mean 'pipeline.name'?"));
}

}  // namespace
}  // namespace millrace
