#include "cli/doctor/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kGiB = int64_t{1} << 30;

testing::Matcher<Finding> Is(Verdict verdict, const std::string& detail,
                             const std::string& remedy) {
  return AllOf(Field("verdict", &Finding::verdict, verdict),
               Field("detail", &Finding::detail, HasSubstr(detail)),
               Field("remedy", &Finding::remedy, HasSubstr(remedy)));
}

testing::Matcher<Finding> IsFine(const std::string& detail) {
  return AllOf(Is(Verdict::kOk, detail, ""), Field("remedy", &Finding::remedy, IsEmpty()));
}

MachineFacts Machine() {
  return {.kernel = "Linux 6.1 x86_64",
          .kafka_library = "2.0.2",
          .now = absl::FromUnixSeconds(1'795'600'000),
          .open_files_limit = 1 << 20,
          .open_files_limit_max = 1 << 20,
          .cores = 4,
          .memory_bytes = 16 * kGiB};
}

FolderFacts Folder() {
  return {.setting = "checkpoint.dir",
          .path = "/srv/checkpoints",
          .must_outlive = true,
          .free_bytes = 40 * kGiB,
          .size_bytes = 100 * kGiB};
}

PortFacts Port() {
  return {.role = "worker", .setting = "worker.http_address", .address = "127.0.0.1:7074"};
}

TEST(CheckKafkaTest, NamesTheBrokersOfAClusterThatAnswers) {
  EXPECT_THAT(CheckKafka({.bootstrap = "k:9092", .cluster_id = "abc", .brokers = {"k:9092"}}),
              IsFine("1 broker (k:9092) at k:9092, cluster abc"));
}

TEST(CheckKafkaTest, NobodyThereFails) {
  EXPECT_THAT(CheckKafka({.bootstrap = "k:9092", .reached = absl::UnavailableError("no answer")}),
              Is(Verdict::kFail, "no answer", "check that the broker runs"));
}

TEST(CheckKafkaTest, AdvertisedListenersThatCannotBeReachedAreNamedWithTheReason) {
  KafkaFacts kafka = {.bootstrap = "localhost:9092",
                      .brokers = {"a:9092", "b:9092"},
                      .unreachable = {{"a:9092", "cannot find a:9092"}}};
  EXPECT_THAT(CheckKafka(kafka),
              Is(Verdict::kWarn, "a:9092: cannot find a:9092", "advertised.listeners"));
  kafka.unreachable["b:9092"] = "cannot find b:9092";
  EXPECT_THAT(CheckKafka(kafka), Is(Verdict::kFail, "b:9092", "advertised.listeners"));
}

TEST(CheckCoordinatorTest, AMissingOneFailsOnlyIfItWasAskedFor) {
  CoordinatorFacts coordinator = {.address = "c:7070"};
  EXPECT_THAT(CheckCoordinator(coordinator), IsFine("serves at c:7070"));
  coordinator.healthy = absl::UnavailableError("refused");
  EXPECT_THAT(CheckCoordinator(coordinator), Is(Verdict::kWarn, "refused", "a worker waits"));
  coordinator.required = true;
  EXPECT_THAT(CheckCoordinator(coordinator), Is(Verdict::kFail, "refused", "--coordinator"));
}

TEST(CheckFolderTest, SaysHowMuchRoomThereIs) {
  EXPECT_THAT(CheckFolder(Folder()), IsFine("/srv/checkpoints: 40.0 GiB of 100.0 GiB free"));
}

TEST(CheckFolderTest, AFolderThatIsNotThereIsFineWhereItCanBeMade) {
  FolderFacts folder = Folder();
  folder.parent = "/srv";
  EXPECT_THAT(CheckFolder(folder), IsFine("can be made in /srv"));
}

TEST(CheckFolderTest, OneThatCannotBeWrittenFailsAndNamesTheSetting) {
  FolderFacts folder = Folder();
  folder.usable = absl::PermissionDeniedError("cannot create x: Permission denied");
  EXPECT_THAT(CheckFolder(folder),
              Is(Verdict::kFail, "Permission denied", "set checkpoint.dir to a folder that is"));
}

TEST(CheckFolderTest, TheLastTenthOfADiskWarnsAndTheLastHundredthFails) {
  FolderFacts folder = Folder();
  folder.free_bytes = 10 * kGiB;
  EXPECT_EQ(CheckFolder(folder).verdict, Verdict::kOk);
  folder.free_bytes = 10 * kGiB - 1;
  EXPECT_THAT(CheckFolder(folder), Is(Verdict::kWarn, "10.0 GiB of", "another disk"));
  folder.free_bytes = kGiB - 1;
  EXPECT_EQ(CheckFolder(folder).verdict, Verdict::kFail);
}

TEST(CheckFolderTest, WhatMustOutliveARestartShouldNotLieInMemoryOrInAContainersLayer) {
  FolderFacts folder = Folder();
  folder.file_system = "tmpfs";
  EXPECT_THAT(CheckFolder(folder), Is(Verdict::kWarn, "lost at a restart", "a volume"));
  folder.file_system = "overlay";
  EXPECT_THAT(CheckFolder(folder), Is(Verdict::kWarn, "lost with the container", "a volume"));
  folder.must_outlive = false;
  EXPECT_EQ(CheckFolder(folder).verdict, Verdict::kOk);
}

TEST(CheckPortTest, AFreePortAndOneThatTheRoleItselfHoldsAreFine) {
  PortFacts port = Port();
  EXPECT_THAT(CheckPort(port), IsFine("127.0.0.1:7074 free"));
  port.role_runs = true;
  port.is_free = absl::UnavailableError("in use");
  EXPECT_THAT(CheckPort(port), IsFine("the worker runs"));
}

TEST(CheckPortTest, OneThatAnotherProgramHoldsFails) {
  PortFacts port = Port();
  port.is_free = absl::UnavailableError("Address already in use");
  EXPECT_THAT(CheckPort(port),
              Is(Verdict::kFail, "already in use", "set worker.http_address to another"));
}

TEST(CheckPortTest, BeyondLoopbackIsRefusedAsTheRoleRefusesItAndWarnsIfAllowed) {
  PortFacts port = Port();
  port.exposure = absl::FailedPreconditionError("would be open: accept that with --insecure");
  EXPECT_THAT(CheckPort(port), Is(Verdict::kFail, "--insecure", "the worker does not start"));
  port.exposure = absl::OkStatus();
  port.is_open = true;
  EXPECT_THAT(CheckPort(port), Is(Verdict::kWarn, "without TLS", "nobody but the cluster"));
}

TEST(CheckOpenFilesTest, FewerThan65536Warn) {
  MachineFacts machine = Machine();
  machine.open_files_limit = 65536;
  EXPECT_THAT(CheckOpenFiles(machine), IsFine("65536"));
  machine.open_files_limit = 65535;
  EXPECT_THAT(CheckOpenFiles(machine), Is(Verdict::kWarn, "65535", "ulimit -n 65536"));
}

TEST(CheckClockTest, AYearLongPastFails) {
  MachineFacts machine = Machine();
  EXPECT_THAT(CheckClock(machine), IsFine("2026-11-25"));
  machine.now = absl::UnixEpoch();
  EXPECT_THAT(CheckClock(machine), Is(Verdict::kFail, "1970-01-01", "set the clock"));
}

TEST(CheckMemoryTest, TheBudgetIsComparedWithTheMachine) {
  const MachineFacts machine = Machine();
  EXPECT_THAT(CheckMemory({.memory_bytes = 2 * kGiB}, machine), IsFine("16.0 GiB of the machine"));
  EXPECT_THAT(CheckMemory({.memory_bytes = 15 * kGiB}, machine),
              Is(Verdict::kWarn, "worker.memory 15.0 GiB", "leave a tenth"));
  EXPECT_THAT(CheckMemory({.memory_bytes = 17 * kGiB}, machine),
              Is(Verdict::kFail, "", "set worker.memory lower"));
  EXPECT_THAT(CheckMemory({.memory_bytes = 1 << 20}, machine),
              Is(Verdict::kFail, "", "needs at least 128MiB"));
}

TEST(CheckMemoryTest, TheControlGroupsLimitCountsIfItIsLower) {
  MachineFacts machine = Machine();
  machine.memory_limit_bytes = kGiB;
  EXPECT_THAT(CheckMemory({.memory_bytes = 2 * kGiB}, machine),
              Is(Verdict::kFail, "1.0 GiB that the control group allows", ""));
  machine.memory_limit_bytes = 64 * kGiB;
  EXPECT_THAT(CheckMemory({.memory_bytes = 2 * kGiB}, machine), IsFine("of the machine"));
}

TEST(CheckCoresTest, MoreSlotsThanCoresWarn) {
  EXPECT_THAT(CheckCores({}, Machine()), IsFine("4 cores, 4 slots"));
  EXPECT_THAT(CheckCores({.slots = 2}, Machine()), IsFine("2 slots"));
  EXPECT_THAT(CheckCores({.slots = 9}, Machine()), Is(Verdict::kWarn, "9 slots", "worker.slots"));
}

TEST(CheckCoresTest, AQuotaBelowTheCoresWarns) {
  MachineFacts machine = Machine();
  machine.core_quota = 1.5;
  EXPECT_THAT(CheckCores({}, machine),
              Is(Verdict::kWarn, "the time of 1.5", "set worker.slots to 2"));
  machine.core_quota = 4;
  EXPECT_EQ(CheckCores({}, machine).verdict, Verdict::kOk);
}

TEST(DiagnoseTest, AConfigurationThatCannotBeReadFailsAndTheRestIsStillChecked) {
  DoctorFacts facts = {.version = "9.9", .machine = Machine()};
  facts.configuration = absl::InvalidArgumentError("m.yaml:2: unknown setting 'slotz'");
  const std::vector<Finding> findings = Diagnose(facts);
  EXPECT_THAT(findings, ElementsAre(IsFine("millrace 9.9, librdkafka 2.0.2, Linux 6.1 x86_64"),
                                    Is(Verdict::kFail, "m.yaml:2", "correct it"), IsFine("limit"),
                                    IsFine("UTC")));
  EXPECT_TRUE(AnyFails(findings));
}

TEST(DiagnoseTest, WhatWasAskedForIsInTheAnswer) {
  DoctorFacts facts = {.machine = Machine(), .folders = {Folder()}, .ports = {Port()}};
  facts.worker = WorkerFacts{.memory_bytes = kGiB};
  facts.kafka = KafkaFacts{.bootstrap = "k:9092", .brokers = {"k:9092"}};
  facts.coordinator = CoordinatorFacts{.address = "c:7070"};
  const std::vector<Finding> findings = Diagnose(facts);
  std::vector<std::string> checks;
  for (const Finding& finding : findings) checks.push_back(finding.check);
  EXPECT_THAT(checks,
              ElementsAre("version", "configuration", "kafka", "coordinator", "checkpoint.dir",
                          "worker.http_address", "open files", "clock", "memory", "cores"));
  EXPECT_FALSE(AnyFails(findings));
}

}  // namespace
}  // namespace millrace
