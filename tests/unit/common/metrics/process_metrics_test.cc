#include "common/metrics/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/metrics/disk_metrics.h"
#include "tests/harness/metric_values.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Gt;
using testing::Le;
using testing::Optional;

TEST(ProcessMetricsTest, WhatTheSystemSaysOfThisProcess) {
  MetricRegistry registry;
  PublishProcessMetrics(registry.root(), "worker");
  EXPECT_THAT(MetricValue(registry, "millrace_build_info", {{"role", "worker"}}), Optional(1));
  EXPECT_THAT(MetricValue(registry, "process_resident_memory_bytes"), Optional(Gt(1e6)));
  EXPECT_THAT(MetricValue(registry, "process_cpu_seconds_total"), Optional(Gt(0)));
  EXPECT_THAT(MetricValue(registry, "process_threads"), Optional(Gt(0)));
  const double open_fds = *MetricValue(registry, "process_open_fds");
  EXPECT_GE(open_fds, 3);
  EXPECT_THAT(MetricValue(registry, "process_max_fds"), Optional(Gt(open_fds)));
}

TEST(ProcessMetricsTest, TheStartIsATimeOfToday) {
  MetricRegistry registry;
  PublishProcessMetrics(registry.root(), "worker");
  const double now = absl::ToDoubleSeconds(SystemClock().Wall() - absl::UnixEpoch());
  // The system counts both in steps.
  EXPECT_THAT(MetricValue(registry, "process_start_time_seconds"),
              Optional(AllOf(Le(now + 2), Gt(now - 24 * 3600))));
}

TEST(DiskMetricsTest, AFolderHasRoomOnADiskOfSomeSize) {
  MetricRegistry registry;
  PublishDiskMetrics(registry.root(), {.name = "data", .path = testing::TempDir()});
  const double size = *MetricValue(registry, "millrace_disk_size_bytes", {{"folder", "data"}});
  EXPECT_GT(size, 0);
  EXPECT_THAT(MetricValue(registry, "millrace_disk_free_bytes", {{"folder", "data"}}),
              Optional(AllOf(Gt(0), Le(size))));
}

TEST(DiskMetricsTest, AFolderThatIsToBeMadeIsLookedAtWhereItWillBe) {
  MetricRegistry registry;
  PublishDiskMetrics(registry.root(),
                     {.name = "checkpoint", .path = testing::TempDir() + "/not/made/yet"});
  EXPECT_THAT(MetricValue(registry, "millrace_disk_size_bytes"), Optional(Gt(0)));
}

TEST(DiskMetricsTest, AFolderThatCannotBeLookedAtIsNeitherFullNorEmpty) {
  MetricRegistry registry;
  PublishDiskMetrics(registry.root(), {.name = "odd", .path = std::string(100'000, 'x')});
  EXPECT_TRUE(std::isnan(*MetricValue(registry, "millrace_disk_free_bytes", {{"folder", "odd"}})));
}

}  // namespace
}  // namespace millrace
