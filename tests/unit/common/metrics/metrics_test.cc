#include "common/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/metrics/metric_catalog.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const MetricLabels kTask = {{"job", "job-1"}, {"job_name", "fraud"}, {"stage", "0"}, {"task", "1"}};

TEST(MetricsTest, ASeriesIsExposedWithItsHelpKindAndLabels) {
  MetricRegistry registry;
  const auto task = registry.root().Child(kTask);
  task->GetCounter("millrace_task_records_in_total")->Add(3);
  EXPECT_THAT(registry.Expose(), AllOf(HasSubstr("# HELP millrace_task_records_in_total "),
                                       HasSubstr("# TYPE millrace_task_records_in_total counter"),
                                       HasSubstr("millrace_task_records_in_total{"),
                                       HasSubstr("job=\"job-1\""), HasSubstr("} 3")));
}

TEST(MetricsTest, TheSameCallGivesTheSameHandle) {
  MetricRegistry registry;
  const auto task = registry.root().Child(kTask);
  EXPECT_EQ(task->GetGauge("millrace_task_backpressured"),
            task->GetGauge("millrace_task_backpressured"));
}

TEST(MetricsTest, TheSeriesOfAScopeGoWithIt) {
  MetricRegistry registry;
  auto task = registry.root().Child(kTask);
  task->GetGauge("millrace_task_backpressured")->Set(1);
  EXPECT_THAT(registry.Expose(), HasSubstr("millrace_task_backpressured{"));
  task.reset();
  EXPECT_THAT(registry.Expose(), Not(HasSubstr("millrace_task_backpressured{")));
}

TEST(MetricsTest, TwoAttemptsOfATaskMayOverlap) {
  // A new attempt opens before the old one has let go.
  MetricRegistry registry;
  auto old_attempt = registry.root().Child(kTask);
  old_attempt->GetCounter("millrace_task_records_in_total")->Add(5);
  auto new_attempt = registry.root().Child(kTask);
  new_attempt->GetCounter("millrace_task_records_in_total")->Add(1);
  old_attempt.reset();
  new_attempt->GetCounter("millrace_task_records_in_total")->Add(1);
  EXPECT_THAT(registry.Expose(), HasSubstr("millrace_task_records_in_total{"));
}

TEST(MetricCatalogTest, NamesFollowPrometheusRules) {
  std::set<std::string_view> names;
  for (const MetricFamily& family : MetricCatalog()) {
    const std::string name(family.name);
    EXPECT_TRUE(names.insert(family.name).second) << name << " is declared twice";
    const bool total = name.size() > 6 && name.substr(name.size() - 6) == "_total";
    EXPECT_EQ(total, family.kind == MetricKind::kCounter) << name;
    EXPECT_EQ(family.buckets.empty(), family.kind != MetricKind::kHistogram) << name;
    EXPECT_FALSE(family.help.empty()) << name;
    EXPECT_EQ(family.help.back(), '.') << name;
    EXPECT_EQ(FindMetric(family.name), &family);
  }
  EXPECT_EQ(FindMetric("millrace_nothing"), nullptr);
}

// What varies with the data (keys, texts of queries, errors) is no label; a family that named both
// ends of a channel would grow with the square of the parallelism.
TEST(MetricCatalogTest, LabelsAreKnownOnesAndNeverBothEndsOfAChannel) {
  const std::set<std::string_view> known = {
      "version", "role",   "account", "folder", "job",  "job_name", "stage", "task", "phase",
      "state",   "result", "table",   "split",  "kind", "operator", "edge",  "bound"};
  for (const MetricFamily& family : MetricCatalog()) {
    for (const std::string_view label : family.labels) {
      EXPECT_TRUE(known.contains(label)) << std::string(family.name) << ": " << std::string(label);
    }
  }
}

}  // namespace
}  // namespace millrace
