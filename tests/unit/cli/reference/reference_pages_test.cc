#include "cli/reference/reference_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/reference/markdown.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "common/metrics/metric_catalog.h"
#include "coordinator/catalog/option_spec.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(MarkdownTest, BarsInCellsDoNotEndThem) {
  EXPECT_EQ(MarkdownTable({"a", "b"}, {{"x|y", ""}}), "| a | b |\n|---|---|\n| x\\|y |  |\n");
}

TEST(ReferencePagesTest, EveryPageSaysWhereItComesFrom) {
  for (const ReferencePage& page : ReferencePages()) {
    const std::string text = page.text();
    EXPECT_THAT(text, StartsWith("# ")) << page.name;
    EXPECT_THAT(text, HasSubstr("millrace reference " + page.name));
    EXPECT_THAT(text, HasSubstr("deploy/dev docs"));
  }
}

TEST(ConfigurationPageTest, EverySettingStandsThereWithItsVariableAndReader) {
  CoordinatorConfig coordinator;
  WorkerConfig worker;
  const std::string page = ConfigurationPage();
  for (const auto& settings : {CoordinatorSettings(coordinator), WorkerSettings(worker)}) {
    for (const Setting& setting : settings) {
      EXPECT_THAT(page, HasSubstr("| `" + setting.key + "` |"));
      EXPECT_THAT(page, HasSubstr("`" + EnvironmentName(setting.key) + "`"));
    }
  }
  EXPECT_THAT(page, HasSubstr("| `worker.slots` | integer | `0` | `MILLRACE_WORKER_SLOTS` | "
                              "worker |"));
  EXPECT_THAT(page,
              HasSubstr("| `cluster.id` | text | `millrace` | `MILLRACE_CLUSTER_ID` | both |"));
  EXPECT_THAT(page, HasSubstr("| `execution.checkpointing.interval` | duration |"));
}

TEST(ConfigurationPageTest, BothRolesReadTheExampleAsTheirDefaults) {
  const std::string file = testing::TempDir() + "/example.yaml";
  std::ofstream(file) << ExampleConfiguration();
  ASSERT_OK_AND_ASSIGN(const CoordinatorConfig coordinator, LoadCoordinatorConfig({.file = file}));
  ASSERT_OK_AND_ASSIGN(const WorkerConfig worker, LoadWorkerConfig({.file = file}));
  CoordinatorConfig read_coordinator = coordinator;
  CoordinatorConfig default_coordinator;
  const auto read = CoordinatorSettings(read_coordinator);
  const auto defaults = CoordinatorSettings(default_coordinator);
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].default_value, defaults[i].default_value) << read[i].key;
  }
  WorkerConfig read_worker = worker;
  WorkerConfig default_worker;
  const auto worker_read = WorkerSettings(read_worker);
  const auto worker_defaults = WorkerSettings(default_worker);
  for (size_t i = 0; i < worker_read.size(); ++i) {
    EXPECT_EQ(worker_read[i].default_value, worker_defaults[i].default_value) << worker_read[i].key;
  }
}

TEST(MetricsPageTest, EveryFamilyOfTheCatalogHasAHeadingAndALine) {
  const std::string page = MetricsPage();
  for (const MetricFamily& family : MetricCatalog()) {
    const std::string name(family.name);
    EXPECT_NE(MetricGroupOf(name), "") << name << ": give it a group in metrics_page.cc";
    EXPECT_THAT(page, HasSubstr("| `" + name + "` |"));
  }
}

TEST(MetricsPageTest, ALineSaysKindLabelsMeaningAndFlinksName) {
  const MetricFamily* const family = FindMetric("millrace_task_records_in_total");
  ASSERT_NE(family, nullptr);
  EXPECT_THAT(MetricsPage(), HasSubstr("| `millrace_task_records_in_total` | counter | job, "
                                       "job_name, stage, task | " +
                                       std::string(family->help) + " | `numRecordsIn` |"));
  EXPECT_EQ(FlinkMetricOf("millrace_exchange_floating_available_bytes"), "");
}

// kTwins names families; one that is renamed must be renamed there, too.
TEST(MetricsPageTest, EveryMetricOfFlinkStandsBesideAFamilyThatIsThere) {
  int twins = 0;
  for (const MetricFamily& family : MetricCatalog()) {
    twins += FlinkMetricOf(std::string(family.name)).empty() ? 0 : 1;
  }
  EXPECT_EQ(twins, FlinkMetricCount());
}

TEST(ConnectorsPageTest, WhatIsBuiltHasATableAndWhatIsNotIsNamed) {
  const std::string page = ConnectorsPage();
  for (const ConnectorSpec& connector : Connectors()) {
    const std::string heading = "### " + std::string(connector.name) + "\n";
    EXPECT_THAT(page, connector.built ? testing::Matcher<std::string>(HasSubstr(heading))
                                      : testing::Matcher<std::string>(Not(HasSubstr(heading))));
    EXPECT_THAT(page, HasSubstr(std::string(connector.name)));
  }
  EXPECT_THAT(page, HasSubstr("| `topic` |  | text | several for a source, separated by "
                              "';' |"));
  EXPECT_THAT(page, HasSubstr("| `json.ignore-parse-errors` |  | boolean |  |"));
}

}  // namespace
}  // namespace millrace
