#include "coordinator/cluster/worker_registry.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

class WorkerRegistryTest : public testing::Test {
 protected:
  static WorkerRegistration A(std::string instance = "process-1") {
    return {.cluster_id = "c",
            .version = "0.1.0",
            .protocol = 1,
            .worker = WorkerId("a"),
            .instance = std::move(instance),
            .exchange_address = "127.0.0.1:7073",
            .slots = 4};
  }
  static WorkerRegistration B() {
    WorkerRegistration b = A();
    b.worker = WorkerId("b");
    return b;
  }
  auto Register(int64_t session, const WorkerRegistration& worker, int at_ms = 0) {
    return registry_.Register(SessionId(session), worker, absl::Milliseconds(at_ms));
  }
  auto Disconnect(int64_t session, int at_ms = 0) {
    return registry_.Disconnected(SessionId(session), "its connection was lost",
                                  absl::Milliseconds(at_ms));
  }
  std::vector<std::string> Departures() {
    std::vector<std::string> departed;
    for (const WorkerDeparture& departure : registry_.TakeDepartures()) {
      departed.push_back(departure.worker.value());
    }
    return departed;
  }
  int32_t MissingAt(int at_ms) { return registry_.missing(absl::Milliseconds(at_ms)); }
  std::vector<std::string> LostAt(int at_ms) {
    std::vector<std::string> lost;
    for (const WorkerLoss& loss : registry_.Tick(absl::Milliseconds(at_ms))) {
      lost.push_back(loss.worker.value());
    }
    return lost;
  }

  WorkerRegistry registry_{{.cluster_id = "c", .protocol = 1}};
};

TEST_F(WorkerRegistryTest, ARegisteredWorkerIsThere) {
  ASSERT_OK(Register(1, A()));
  ASSERT_NE(registry_.Find(WorkerId("a")), nullptr);
  EXPECT_EQ(registry_.Find(WorkerId("a"))->registration.slots, 4);
  EXPECT_EQ(*registry_.FindSession(SessionId(1)), WorkerId("a"));
}

TEST_F(WorkerRegistryTest, AWorkerOfAnotherClusterOrProtocolIsRefused) {
  WorkerRegistration stranger = A();
  stranger.cluster_id = "d";
  EXPECT_THAT(Register(1, stranger), StatusIs(absl::StatusCode::kFailedPrecondition,
                                              AllOf(HasSubstr("'d'"), HasSubstr("'c'"))));
  WorkerRegistration newer = A();
  newer.protocol = 2;
  EXPECT_THAT(Register(1, newer),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("protocol 2")));
  EXPECT_TRUE(registry_.workers().empty());
}

TEST_F(WorkerRegistryTest, AWorkerWithoutIdOrSlotsIsRefused) {
  WorkerRegistration worker = A();
  worker.slots = 0;
  EXPECT_THAT(Register(1, worker),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("slots")));
  worker = A();
  worker.worker = WorkerId("");
  EXPECT_THAT(Register(1, worker), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("id")));
}

TEST_F(WorkerRegistryTest, AnIdBelongsToOneLiveProcess) {
  ASSERT_OK(Register(1, A("process-1")));
  EXPECT_THAT(Register(2, A("process-2")),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       AllOf(HasSubstr("'a'"), HasSubstr("127.0.0.1:7073"))));
  EXPECT_EQ(registry_.Find(WorkerId("a"))->session, SessionId(1));
}

TEST_F(WorkerRegistryTest, TheIdIsFreeOnceTheOldProcessIsLost) {
  ASSERT_OK(Register(1, A("process-1")));
  Disconnect(1);
  EXPECT_OK(Register(2, A("process-2")));
}

TEST_F(WorkerRegistryTest, AProcessThatConnectsAgainReplacesItself) {
  ASSERT_OK(Register(1, A()));
  registry_.Occupy(WorkerId("a"), JobId("j"), 2);
  ASSERT_OK_AND_ASSIGN(const auto replaced, Register(2, A()));
  ASSERT_TRUE(replaced.has_value());
  EXPECT_EQ(replaced->session, SessionId(1));
  EXPECT_EQ(registry_.Find(WorkerId("a"))->session, SessionId(2));
  EXPECT_EQ(registry_.Find(WorkerId("a"))->used_slots(), 0);
  EXPECT_FALSE(Disconnect(1).has_value());
  EXPECT_NE(registry_.Find(WorkerId("a")), nullptr);
}

TEST_F(WorkerRegistryTest, ALostConnectionIsALostWorkerAtOnce) {
  ASSERT_OK(Register(1, A()));
  const auto loss = Disconnect(1);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(loss->worker, WorkerId("a"));
  EXPECT_EQ(loss->reason, "its connection was lost");
  EXPECT_EQ(registry_.Find(WorkerId("a")), nullptr);
}

TEST_F(WorkerRegistryTest, SilenceOfMoreThanTwoSecondsIsALoss) {
  ASSERT_OK(Register(1, A(), 0));
  ASSERT_OK(Register(2, B(), 0));
  registry_.Heard(SessionId(2), absl::Milliseconds(1500));
  EXPECT_THAT(LostAt(2000), ElementsAre());
  EXPECT_THAT(LostAt(2001), ElementsAre("a"));
  EXPECT_THAT(LostAt(3500), ElementsAre());
  EXPECT_THAT(LostAt(3501), ElementsAre("b"));
}

TEST_F(WorkerRegistryTest, ALossSaysHowLongTheSilenceWas) {
  ASSERT_OK(Register(1, A(), 0));
  EXPECT_THAT(registry_.Tick(absl::Milliseconds(2300)),
              ElementsAre(Field(&WorkerLoss::reason, HasSubstr("2300 ms"))));
}

TEST_F(WorkerRegistryTest, AHeartbeatOfALostSessionRevivesNobody) {
  ASSERT_OK(Register(1, A(), 0));
  LostAt(5000);
  registry_.Heard(SessionId(1), absl::Milliseconds(5001));
  EXPECT_TRUE(registry_.workers().empty());
}

TEST_F(WorkerRegistryTest, AWorkerThatSeesAnotherCheckpointFolderIsRefused) {
  WorkerRegistry registry({.cluster_id = "c", .checkpoint_dir = "/ckpt", .checkpoint_id = "7f"});
  WorkerRegistration worker = A();
  worker.checkpoint_id = "99";
  EXPECT_THAT(registry.Register(SessionId(1), worker, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("/ckpt"), HasSubstr("another folder"))));
  worker.checkpoint_id = "";
  worker.checkpoint_error = "cannot open /ckpt: Permission denied";
  EXPECT_THAT(registry.Register(SessionId(1), worker, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Permission denied")));
  worker.checkpoint_id = "7f";
  EXPECT_OK(registry.Register(SessionId(1), worker, absl::ZeroDuration()));
}

TEST_F(WorkerRegistryTest, AWorkerThatLeavesDepartsOnceItHoldsNoSlots) {
  ASSERT_OK(Register(1, A()));
  ASSERT_OK(Register(2, B()));
  registry_.Occupy(WorkerId("a"), JobId("j"), 2);
  ASSERT_EQ(*registry_.Leave(SessionId(1)), WorkerId("a"));
  EXPECT_TRUE(registry_.Find(WorkerId("a"))->leaving);
  EXPECT_THAT(Departures(), ElementsAre());
  registry_.Release(JobId("j"));
  EXPECT_THAT(Departures(), ElementsAre("a"));
  EXPECT_THAT(Departures(), ElementsAre());
  EXPECT_FALSE(Disconnect(1).has_value()) << "nothing of it is lost";
  EXPECT_EQ(MissingAt(0), 0);
  EXPECT_OK(Register(3, A("process-2"))) << "its id is free";
}

TEST_F(WorkerRegistryTest, ASessionOfNobodyCannotLeave) {
  EXPECT_EQ(registry_.Leave(SessionId(9)), nullptr);
}

TEST_F(WorkerRegistryTest, ALostWorkerIsMissedUntilItComesBack) {
  ASSERT_OK(Register(1, A()));
  Disconnect(1);
  EXPECT_EQ(MissingAt(0), 1);
  ASSERT_OK(Register(2, A("process-2")));
  EXPECT_EQ(MissingAt(0), 0);
  LostAt(5000);
  EXPECT_EQ(MissingAt(5000), 1);
}

TEST_F(WorkerRegistryTest, AWorkerOfAnotherIdTakesThePlaceOfTheOneMissedLongest) {
  WorkerRegistration c = A();
  c.worker = WorkerId("c");
  ASSERT_OK(Register(1, A()));
  ASSERT_OK(Register(2, B()));
  Disconnect(2, 100);
  Disconnect(1, 200);
  EXPECT_EQ(MissingAt(200), 2);
  ASSERT_OK(Register(3, c, 300));
  EXPECT_EQ(MissingAt(300), 1);
  ASSERT_OK(Register(4, A("process-2"), 400));
  EXPECT_EQ(MissingAt(400), 0) << "b was replaced, a has come back";
}

TEST_F(WorkerRegistryTest, AReplacementMayComeBeforeTheLossIsNoticed) {
  ASSERT_OK(Register(1, A(), 0));
  ASSERT_OK(Register(2, B(), 1000));
  registry_.Heard(SessionId(2), absl::Milliseconds(2500));
  EXPECT_THAT(LostAt(2501), ElementsAre("a"));
  EXPECT_EQ(MissingAt(2501), 0);
  Disconnect(2, 2600);
  EXPECT_EQ(MissingAt(2600), 1) << "b itself has no replacement";
}

TEST_F(WorkerRegistryTest, AWorkerThatWasThereBeforeIsNoReplacement) {
  ASSERT_OK(Register(1, B(), 0));
  ASSERT_OK(Register(2, A(), 1000));
  Disconnect(2, 1500);
  EXPECT_EQ(MissingAt(1500), 1);
}

TEST_F(WorkerRegistryTest, NobodyIsMissedForMoreThanAnHour) {
  ASSERT_OK(Register(1, A()));
  Disconnect(1);
  EXPECT_EQ(MissingAt(3'600'000), 1);
  EXPECT_EQ(MissingAt(3'600'001), 0);
}

TEST_F(WorkerRegistryTest, SlotsAreCountedByJob) {
  ASSERT_OK(Register(1, A()));
  registry_.Occupy(WorkerId("a"), JobId("j"), 2);
  registry_.Occupy(WorkerId("a"), JobId("k"), 1);
  EXPECT_EQ(registry_.Find(WorkerId("a"))->used_slots(), 3);
  registry_.Release(JobId("j"));
  EXPECT_EQ(registry_.Find(WorkerId("a"))->used_slots(), 1);
}

}  // namespace
}  // namespace millrace
