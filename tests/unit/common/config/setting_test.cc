#include "common/config/setting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SettingTest : public testing::Test {
 protected:
  std::string File(const std::string& text) {
    const std::string path = testing::TempDir() + "/setting_test.yaml";
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(SettingTest, TheDefaultsAreAWholeConfiguration) {
  ASSERT_OK_AND_ASSIGN(const WorkerConfig config, LoadWorkerConfig({}));
  EXPECT_EQ(config.coordinator, "127.0.0.1:7070");
  EXPECT_EQ(config.memory_bytes, int64_t{2} << 30);
}

TEST_F(SettingTest, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  const std::string file = File("worker:\n  id: file\n  slots: 3\n  memory: 1GiB\n");
  ASSERT_OK_AND_ASSIGN(const WorkerConfig config,
                       LoadWorkerConfig({.file = file,
                                         .environment = {{"MILLRACE_WORKER_ID", "environment"},
                                                         {"MILLRACE_WORKER_SLOTS", "4"},
                                                         {"PATH", "/bin"}},
                                         .flags = {{"worker.id", "flag"}}}));
  EXPECT_EQ(config.id, "flag");
  EXPECT_EQ(config.slots, 4);
  EXPECT_EQ(config.memory_bytes, int64_t{1} << 30);
}

TEST_F(SettingTest, AnUnknownKeyIsRefusedWithItsPlaceAndTheNearestKnownOne) {
  EXPECT_THAT(LoadWorkerConfig({.file = File("worker:\n  slotz: 4\n")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("setting_test.yaml:2"), HasSubstr("slotz"),
                             HasSubstr("worker.slots"))));
  EXPECT_THAT(LoadWorkerConfig({.environment = {{"MILLRACE_WORKER_SLOTZ", "4"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MILLRACE_WORKER_SLOTZ")));
  EXPECT_THAT(LoadWorkerConfig({.flags = {{"worker.slotz", "4"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("worker.slotz")));
}

TEST_F(SettingTest, AValueThatMakesNoSenseIsRefusedWithWhatWasExpected) {
  EXPECT_THAT(LoadWorkerConfig({.flags = {{"worker.slots", "many"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("worker.slots")));
  EXPECT_THAT(LoadWorkerConfig({.flags = {{"worker.memory", "2 GB of RAM"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("worker.memory")));
  EXPECT_THAT(LoadWorkerConfig({.flags = {{"log.level", "loud"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("warning")));
}

TEST_F(SettingTest, OneFileMayServeBothRoles) {
  const std::string file = File("coordinator:\n  data_dir: /a\nworker:\n  data_dir: /b\n");
  ASSERT_OK_AND_ASSIGN(const CoordinatorConfig coordinator, LoadCoordinatorConfig({.file = file}));
  ASSERT_OK_AND_ASSIGN(const WorkerConfig worker, LoadWorkerConfig({.file = file}));
  EXPECT_EQ(coordinator.data_dir, "/a");
  EXPECT_EQ(worker.data_dir, "/b");
}

TEST_F(SettingTest, AMissingOrBrokenFileIsNamed) {
  EXPECT_THAT(LoadWorkerConfig({.file = "/no/such/file.yaml"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/file.yaml")));
  EXPECT_THAT(LoadWorkerConfig({.file = File("worker: [\n")}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("setting_test.yaml")));
}

TEST_F(SettingTest, SizesReadInTheUsualUnits) {
  EXPECT_THAT(ParseSize("1024"), IsOkAndHolds(1024));
  EXPECT_THAT(ParseSize("512 MiB"), IsOkAndHolds(int64_t{512} << 20));
  EXPECT_THAT(ParseSize("2GiB"), IsOkAndHolds(int64_t{2} << 30));
  EXPECT_FALSE(ParseSize("-1").ok());
  EXPECT_FALSE(ParseSize("GiB").ok());
  EXPECT_EQ(FormatSize(int64_t{2} << 30), "2GiB");
}

TEST_F(SettingTest, EverySettingExplainsItself) {
  CoordinatorConfig coordinator;
  WorkerConfig worker;
  for (const auto& settings : {CoordinatorSettings(coordinator), WorkerSettings(worker)}) {
    for (const Setting& setting : settings) {
      EXPECT_FALSE(setting.help.empty()) << setting.key;
      EXPECT_FALSE(setting.type.empty()) << setting.key;
    }
  }
}

}  // namespace
}  // namespace millrace
