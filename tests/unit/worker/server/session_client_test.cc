// The worker's end of a session against a real gRPC server on loopback.

#include "worker/server/session_client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/check.h"

namespace millrace {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// A coordinator that answers as it is told and can end the session.
class FakeCoordinator final : public v1::ClusterService::Service {
 public:
  struct Refusal {
    std::string reason;
    int times = 1'000'000;
    absl::Duration retry_for;
  };

  FakeCoordinator() = default;
  explicit FakeCoordinator(Refusal refusal) : refusal_(std::move(refusal)) {}

  grpc::Status Session(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::SessionResponse, v1::SessionRequest>* stream) override {
    v1::SessionResponse welcome;
    welcome.mutable_welcome()->set_term(7);
    welcome.mutable_welcome()->set_checkpoint_dir("/ckpt");
    stream->Write(welcome);
    v1::SessionRequest request;
    while (stream->Read(&request)) {
      v1::SessionResponse response;
      if (request.has_register_()) {
        response.mutable_register_answer()->set_term(7);
        absl::MutexLock lock(&mutex_);
        if (registrations_ < refusal_.times) {
          response.mutable_register_answer()->set_error(refusal_.reason);
          response.mutable_register_answer()->set_retry_for_ms(
              absl::ToInt64Milliseconds(refusal_.retry_for));
        }
      } else if (request.has_heartbeat()) {
        response.mutable_heartbeat_answer()->set_term(7);
      } else {
        response.mutable_start()->set_job_id(request.task_status().job_id());
      }
      stream->Write(response);
      absl::MutexLock lock(&mutex_);
      if (request.has_register_()) ++registrations_;
      if (request.has_heartbeat()) ++heartbeats_;
      if (request.has_task_status() && request.task_status().job_id() == "end the session") break;
    }
    return grpc::Status::OK;
  }

  bool WaitFor(int registrations, int heartbeats) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] {
      mutex_.AssertHeld();
      return registrations_ >= registrations && heartbeats_ >= heartbeats;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }

 private:
  const Refusal refusal_;
  absl::Mutex mutex_;
  int registrations_ ABSL_GUARDED_BY(mutex_) = 0;
  int heartbeats_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Recorder final : public SessionHandler {
 public:
  absl::StatusOr<v1::RegisterWorker> MakeRegistration(const v1::Welcome& welcome) override {
    Add(absl::StrCat("welcomed to ", welcome.checkpoint_dir()));
    v1::RegisterWorker registration;
    registration.set_worker_id("a");
    return registration;
  }
  void OnRegistered(int64_t term) override { Add(absl::StrCat("registered ", term)); }
  void OnRefused(const std::string& reason) override { Add(absl::StrCat("refused: ", reason)); }
  void OnMessage(v1::SessionResponse message) override {
    Add(absl::StrCat("start ", message.start().job_id()));
  }
  void OnDisconnected(const absl::Status&) override { Add("disconnected"); }
  v1::Heartbeat MakeHeartbeat() override { return {}; }

  bool Has(const std::string& event) {
    absl::MutexLock lock(&mutex_);
    return std::find(events_.begin(), events_.end(), event) != events_.end();
  }
  bool WaitFor(const std::string& event) {
    absl::MutexLock lock(&mutex_);
    const auto seen = [&] {
      mutex_.AssertHeld();
      return std::find(events_.begin(), events_.end(), event) != events_.end();
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&seen), kPatience);
  }

 private:
  void Add(std::string event) {
    absl::MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
  }

  absl::Mutex mutex_;
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

class SessionClientTest : public testing::Test {
 protected:
  std::unique_ptr<grpc::Server> Serve(FakeCoordinator& coordinator) {
    grpc::ServerBuilder builder;
    // The second time, on the port of the first.
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_), grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(&coordinator);
    return builder.BuildAndStart();
  }

  SessionOptions Options() const {
    return {.coordinator = absl::StrCat("127.0.0.1:", port_),
            .heartbeat_interval = absl::Milliseconds(10),
            .reconnect_delay = absl::Milliseconds(10)};
  }

  static v1::SessionRequest Status(const std::string& job) {
    v1::SessionRequest message;
    message.mutable_task_status()->set_job_id(job);
    return message;
  }

  int port_ = 0;
  Recorder recorder_;
};

TEST_F(SessionClientTest, RegistersFirstThenBeatsAndCarriesMessagesBothWays) {
  FakeCoordinator coordinator;
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  ASSERT_TRUE(recorder_.WaitFor("registered 7"));
  client.Send(Status("job-1"));
  EXPECT_TRUE(recorder_.WaitFor("start job-1"));
  EXPECT_TRUE(coordinator.WaitFor(1, 3));
}

TEST_F(SessionClientTest, ASessionThatEndsIsOpenedAgain) {
  FakeCoordinator coordinator;
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  ASSERT_TRUE(recorder_.WaitFor("registered 7"));
  client.Send(Status("end the session"));
  EXPECT_TRUE(recorder_.WaitFor("disconnected"));
  EXPECT_TRUE(coordinator.WaitFor(2, 0));
}

TEST_F(SessionClientTest, ARefusalReachesTheHandlerWithItsReason) {
  FakeCoordinator coordinator({.reason = "worker-1 is taken"});
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  EXPECT_TRUE(recorder_.WaitFor("refused: worker-1 is taken"));
}

TEST_F(SessionClientTest, ARefusalThatMayPassIsTriedAgain) {
  FakeCoordinator coordinator(
      {.reason = "worker-1 is taken", .times = 3, .retry_for = absl::Minutes(1)});
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  EXPECT_TRUE(recorder_.WaitFor("registered 7"));
  EXPECT_FALSE(recorder_.Has("refused: worker-1 is taken"));
}

TEST_F(SessionClientTest, ARefusalThatDoesNotPassInTimeIsOneForGood) {
  FakeCoordinator coordinator({.reason = "worker-1 is taken", .retry_for = absl::Milliseconds(50)});
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  EXPECT_TRUE(recorder_.WaitFor("refused: worker-1 is taken"));
  EXPECT_TRUE(coordinator.WaitFor(2, 0));
}

TEST_F(SessionClientTest, AWorkerRegistersOnceItHasBeenWelcomed) {
  FakeCoordinator coordinator;
  const auto server = Serve(coordinator);
  SessionClient client(Options(), recorder_);
  client.Start();
  EXPECT_TRUE(recorder_.WaitFor("welcomed to /ckpt"));
  EXPECT_TRUE(coordinator.WaitFor(1, 0));
}

TEST_F(SessionClientTest, ACoordinatorThatComesLaterIsFound) {
  {
    FakeCoordinator finds_a_free_port;
    Serve(finds_a_free_port)->Shutdown();
  }
  SessionClient client(Options(), recorder_);
  client.Start();
  FakeCoordinator coordinator;
  const auto server = Serve(coordinator);
  EXPECT_TRUE(recorder_.WaitFor("registered 7"));
  client.Stop();  // The server, which goes first, waits for its sessions.
}

TEST_F(SessionClientTest, StopEndsASessionThatNeverCameAbout) {
  port_ = 1;  // Nobody listens there.
  SessionClient client(Options(), recorder_);
  client.Start();
  client.Stop();
  client.Send(Status("job-1"));
}

// A heartbeat or a new attempt may be due at any moment of the stopping.
TEST_F(SessionClientTest, AStoppedClientCallsItsHandlerNoMore) {
  FakeCoordinator coordinator;
  const auto server = Serve(coordinator);
  for (int i = 0; i < 20; ++i) {
    class Handler final : public SessionHandler {
     public:
      absl::StatusOr<v1::RegisterWorker> MakeRegistration(const v1::Welcome&) override {
        return v1::RegisterWorker();
      }
      void OnRegistered(int64_t) override { registered_.Notify(); }
      void OnRefused(const std::string&) override {}
      void OnMessage(v1::SessionResponse) override {}
      void OnDisconnected(const absl::Status&) override {}
      v1::Heartbeat MakeHeartbeat() override {
        CHECK(!stopped_);
        return {};
      }
      absl::Notification registered_;
      std::atomic<bool> stopped_ = false;
    };
    Handler handler;
    SessionOptions options = Options();
    options.heartbeat_interval = absl::Microseconds(10);
    SessionClient client(options, handler);
    client.Start();
    handler.registered_.WaitForNotification();
    client.Stop();
    handler.stopped_ = true;
    client.Send(Status("job-1"));
  }
}

}  // namespace
}  // namespace millrace
