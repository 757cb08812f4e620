#include "cli/doctor/gather.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "cli/doctor/folder_facts.h"
#include "cli/doctor/kafka_facts.h"
#include "cli/doctor/machine_facts.h"
#include "common/rpc/http_server.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::Contains;
using testing::Field;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

class GatherTest : public testing::Test {
 protected:
  GatherTest() { std::filesystem::create_directories(folder_); }
  ~GatherTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = testing::TempDir() + "gather_test";
};

ControlGroupLimits Limits(const std::map<std::string, std::string>& files) {
  return ReadControlGroupLimits([&](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ControlGroupTest, TheTightestLimitOnTheWayToTheRootCounts) {
  const ControlGroupLimits limits =
      Limits({{"/proc/self/cgroup", "0::/system.slice/job\n"},
              {"/sys/fs/cgroup/system.slice/job/memory.max", "max\n"},
              {"/sys/fs/cgroup/system.slice/memory.max", "1048576\n"},
              {"/sys/fs/cgroup/system.slice/job/cpu.max", "150000 100000\n"},
              {"/sys/fs/cgroup/system.slice/cpu.max", "max 100000\n"}});
  EXPECT_THAT(limits.memory_bytes, Optional(1048576));
  EXPECT_THAT(limits.cores, Optional(1.5));
}

TEST(ControlGroupTest, InAContainerTheRootIsItsOwnGroup) {
  const ControlGroupLimits limits = Limits({{"/proc/self/cgroup", "0::/\n"},
                                            {"/sys/fs/cgroup/memory.max", "2097152\n"},
                                            {"/sys/fs/cgroup/cpu.max", "200000 100000\n"}});
  EXPECT_THAT(limits.memory_bytes, Optional(2097152));
  EXPECT_THAT(limits.cores, Optional(2.0));
}

TEST(ControlGroupTest, VersionOneIsReadToo) {
  const ControlGroupLimits limits =
      Limits({{"/proc/self/cgroup", "4:memory:/docker/x\n"},
              {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
              {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"},
              {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});
  EXPECT_EQ(limits.memory_bytes, std::nullopt);
  EXPECT_THAT(limits.cores, Optional(0.5));
}

TEST(ControlGroupTest, NoFilesMeanNoLimits) {
  const ControlGroupLimits limits = Limits({});
  EXPECT_EQ(limits.memory_bytes, std::nullopt);
  EXPECT_EQ(limits.cores, std::nullopt);
}

TEST(MachineFactsTest, EveryMachineHasMemoryCoresAndAKernel) {
  const MachineFacts machine = GatherMachineFacts();
  EXPECT_GT(machine.memory_bytes, 0);
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.open_files_limit, 0);
  EXPECT_THAT(machine.kernel, HasSubstr("Linux"));
}

TEST_F(GatherTest, AFolderThatIsThereIsWrittenToAndLeftAsItWas) {
  const FolderFacts facts = GatherFolderFacts(PosixFileSystem(), folder_ + "/");
  EXPECT_EQ(facts.path, folder_);
  EXPECT_OK(facts.usable);
  EXPECT_EQ(facts.parent, "");
  EXPECT_GT(facts.size_bytes, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(GatherTest, AFolderThatIsNotThereIsNotMade) {
  const FolderFacts facts = GatherFolderFacts(PosixFileSystem(), folder_ + "/a/b");
  EXPECT_OK(facts.usable);
  EXPECT_EQ(facts.parent, folder_);
  EXPECT_GT(facts.size_bytes, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(GatherTest, AFileInTheWayIsNamed) {
  std::ofstream(folder_ + "/a") << "text";
  EXPECT_THAT(GatherFolderFacts(PosixFileSystem(), folder_ + "/a/b").usable,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/a is not a folder")));
}

TEST_F(GatherTest, AWriteThatFailsIsTheFoldersFault) {
  MemoryFiles files;
  files.FailWrites(absl::ResourceExhaustedError("no space left"));
  EXPECT_THAT(GatherFolderFacts(files, folder_).usable,
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("no space left")));
}

TEST_F(GatherTest, APortThatIsTakenCannotBeListenedOn) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<HttpServer> server,
                       HttpServer::Start({.address = {"127.0.0.1", 0}}));
  EXPECT_THAT(TryListening(server->address().ToString()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("already in use")));
  EXPECT_OK(TryListening("127.0.0.1:0"));
}

TEST_F(GatherTest, AKafkaThatIsNotThereIsNamedWithTheCause) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<HttpServer> server,
                       HttpServer::Start({.address = {"127.0.0.1", 0}}));
  const std::string address = server->address().ToString();
  server.reset();
  const KafkaFacts facts = GatherKafkaFacts(address, {}, absl::Milliseconds(500));
  EXPECT_THAT(facts.reached, StatusIs(absl::StatusCode::kUnavailable,
                                      testing::AllOf(HasSubstr(address), HasSubstr("refused"))));
}

TEST_F(GatherTest, APropertyThatTheKafkaClientDoesNotHaveIsNamed) {
  EXPECT_THAT(GatherKafkaFacts("127.0.0.1:1", {{"no.such", "x"}}, absl::Milliseconds(100)).reached,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no.such")));
}

TEST_F(GatherTest, ARoleThatRunsIsToldFromAnotherProgram) {
  ASSERT_OK_AND_ASSIGN(
      const std::unique_ptr<HttpServer> server,
      HttpServer::Start(
          {.address = {"127.0.0.1", 0},
           .routes = {{"/healthz", [](const HttpRequest&) { return HttpResponse(); }}}}));
  const std::string http = server->address().ToString();
  const auto gather = [&](const std::string& address) {
    return GatherFacts({.sources = {.flags = {{"coordinator.http_address", address},
                                              {"coordinator.rpc_address", http},
                                              {"coordinator.data_dir", folder_ + "/data"},
                                              {"checkpoint.dir", folder_}}},
                        .worker_role = false});
  };
  EXPECT_THAT(gather(http).ports, testing::Each(Field(&PortFacts::role_runs, true)));
  const DoctorFacts stopped = gather("127.0.0.1:0");
  EXPECT_THAT(stopped.ports, testing::Each(Field(&PortFacts::role_runs, false)));
  EXPECT_THAT(stopped.ports[0].is_free,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("already in use")));
  EXPECT_OK(stopped.ports[1].is_free);
  EXPECT_EQ(stopped.worker, std::nullopt);
}

TEST_F(GatherTest, AWorkerAloneNeedsItsCoordinatorAndTheFolderOfASharedFile) {
  const DoctorFacts facts =
      GatherFacts({.sources = {.flags = {{"worker.coordinator", "127.0.0.1:1"},
                                         {"worker.data_dir", folder_},
                                         {"checkpoint.dir", folder_ + "/checkpoints"}}},
                   .coordinator_role = false});
  EXPECT_OK(facts.configuration);
  EXPECT_THAT(facts.folders, Contains(Field(&FolderFacts::setting, "checkpoint.dir")));
  ASSERT_TRUE(facts.coordinator.has_value());
  EXPECT_FALSE(facts.coordinator->required);
  EXPECT_THAT(facts.coordinator->healthy,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("127.0.0.1:1")));
}

TEST_F(GatherTest, ABrokenConfigurationLeavesTheMachine) {
  const DoctorFacts facts = GatherFacts({.sources = {.flags = {{"worker.slotz", "1"}}}});
  EXPECT_THAT(facts.configuration,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("slotz")));
  EXPECT_THAT(facts.worker, testing::Eq(std::nullopt));
  EXPECT_THAT(facts.machine.memory_bytes, Gt(0));
}

}  // namespace
}  // namespace millrace
