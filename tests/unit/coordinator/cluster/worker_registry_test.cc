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
  registry_.Disconnected(SessionId(1), "its connection was lost");
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
  EXPECT_FALSE(registry_.Disconnected(SessionId(1), "late news").has_value());
  EXPECT_NE(registry_.Find(WorkerId("a")), nullptr);
}

TEST_F(WorkerRegistryTest, ALostConnectionIsALostWorkerAtOnce) {
  ASSERT_OK(Register(1, A()));
  const auto loss = registry_.Disconnected(SessionId(1), "its connection was lost");
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
