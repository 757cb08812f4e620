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
                                     {"execution.runtime-mode", "BATCH"},
                                     {"table.exec.state.ttl", "1 h"}},
                                    1);
  ASSERT_OK(options);
  EXPECT_EQ(options->parallelism, 4);
  EXPECT_EQ(options->job.max_parallelism, 256);
  EXPECT_EQ(options->name, "fraud");
  EXPECT_EQ(options->job.checkpoint_interval_ms, 120'000);
  EXPECT_EQ(options->job.checkpoint_timeout_ms, 30'000);
  EXPECT_TRUE(options->job.batch);
  EXPECT_EQ(options->state_ttl_ms, 3'600'000);
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
  EXPECT_THAT(
      JudgeSetting("table.local-time-zone", "Mars/Olympus").message,
      HasSubstr("'table.local-time-zone' = 'Mars/Olympus': 'Mars/Olympus' is no time zone"));
}

TEST(JobSettingsTest, TheTimeZoneIsAnyOfTheDatabaseOrAnOffset) {
  for (const char* zone : {"UTC", "Europe/Berlin", "GMT-08:00"}) {
    EXPECT_EQ(JudgeSetting("table.local-time-zone", zone).kind, Kind::kKnown) << zone;
  }
  const auto options = JobOptionsOf({{"table.local-time-zone", "Asia/Shanghai"}}, 1);
  ASSERT_OK(options);
  EXPECT_EQ(options->time_zone.name(), "Asia/Shanghai");
}

TEST(JobSettingsTest, KeysOfFlinksMachineryAreIgnoredWithTheReason) {
  const SettingVerdict verdict = JudgeSetting("table.exec.mini-batch.size", "5000");
  EXPECT_EQ(verdict.kind, Kind::kIgnored);
  EXPECT_THAT(verdict.message, HasSubstr("changes nothing here"));
}

TEST(JobSettingsTest, TheDefaultsOfTheReferenceAreTheDefaults) {
  Settings defaults;
  for (const JobSettingSpec& setting : JobSettings()) {
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    if (setting.default_value.empty()) continue;
    defaults[setting.key] = setting.default_value;
    EXPECT_EQ(JudgeSetting(setting.key, setting.default_value).kind, Kind::kKnown) << setting.key;
  }
  const auto set = JobOptionsOf(defaults, 1);
  const auto unset = JobOptionsOf({}, 1);
  ASSERT_OK(set);
  ASSERT_OK(unset);
  EXPECT_EQ(set->parallelism, unset->parallelism);
  EXPECT_EQ(set->job.max_parallelism, unset->job.max_parallelism);
  EXPECT_EQ(set->job.checkpoint_interval_ms, unset->job.checkpoint_interval_ms);
  EXPECT_EQ(set->job.checkpoint_timeout_ms, unset->job.checkpoint_timeout_ms);
  EXPECT_EQ(set->job.batch, unset->job.batch);
}

TEST(JobSettingsTest, EveryIgnoredPrefixOfTheReferenceIsIgnoredForItsReason) {
  for (const IgnoredSettings& ignored : IgnoredJobSettings()) {
    const SettingVerdict verdict = JudgeSetting(std::string(ignored.prefix) + "zzzzzzzz", "x");
    EXPECT_EQ(verdict.kind, Kind::kIgnored) << ignored.prefix;
    EXPECT_THAT(verdict.message, HasSubstr(ignored.why));
  }
}

TEST(JobSettingsTest, AnUnknownKeyGetsTheNearestOne) {
  const SettingVerdict verdict = JudgeSetting("pipeline.nme", "x");
  EXPECT_EQ(verdict.kind, Kind::kUnknown);
  EXPECT_THAT(verdict.message, HasSubstr("did you mean 'pipeline.name'?"));
}

}  // namespace
}  // namespace millrace
