// A worker's end of the session with its coordinator: one stream, opened again whenever it breaks.
//
// Messages to the coordinator are queued and written in order; what is queued when the stream
// breaks is dropped, since a new session starts from nothing: the worker has registered anew and
// runs no tasks. A coordinator that is not there yet is waited for, with a line in the log now and
// then; so is an id that a process before this one may still hold.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "proto/control.grpc.pb.h"

namespace millrace {

struct SessionOptions {
  std::string coordinator;  // "host:port"
  absl::Duration heartbeat_interval = absl::Milliseconds(500);
  absl::Duration answer_timeout =
      absl::Seconds(5);  // Silence of the coordinator after which the stream is given up.
  absl::Duration reconnect_delay = absl::Milliseconds(500);
};

// Called on the session's reading thread, one at a time.
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  // What the worker tells of itself to this coordinator. An error: it does not want to register.
  virtual absl::StatusOr<v1::RegisterWorker> MakeRegistration(const v1::Welcome& welcome) = 0;
  virtual void OnRegistered(int64_t term) = 0;
  // The coordinator refused this worker for good (another live worker has its id, another cluster).
  virtual void OnRefused(const std::string& reason) = 0;
  virtual void OnMessage(v1::SessionResponse message) = 0;
  // The session is over; everything that runs belongs to nobody.
  virtual void OnDisconnected(const absl::Status& why) = 0;
  virtual v1::Heartbeat MakeHeartbeat() = 0;
};

// Thread-safe.
class SessionClient {
 public:
  SessionClient(SessionOptions options, SessionHandler& handler);
  ~SessionClient();  // Stops.

  // Once. The handler may be called from now on, also before this returns.
  void Start();

  // Ends the session and waits for the handler's last call, of whatever kind. What is sent
  // afterwards is dropped.
  void Stop();

  void Send(v1::SessionRequest message);

 private:
  using Stream = grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>;

  void RunOnce();
  bool AwaitCoordinator();
  void SayThatItWaits(const std::string& why);
  absl::Status RunSession();
  absl::Status Register(Stream& stream);
  absl::Status ReadUntilEnd(Stream& stream);
  absl::Status OnRegisterAnswer(const v1::RegisterAnswer& answer);
  bool is_stopping();
  void ScheduleHeartbeat(int64_t session);
  void Beat(int64_t session);
  void WriteNow(int64_t session, const v1::SessionRequest& message);

  const SessionOptions options_;
  SessionHandler& handler_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ClusterService::Stub> stub_;

  // Of the reading thread.
  std::optional<int64_t> waiting_line_ns_;   // When it last said that it waits.
  bool welcomed_ = false;                    // By the coordinator of the present session.
  std::optional<int64_t> first_refusal_ns_;  // Of those that may pass.

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t session_ ABSL_GUARDED_BY(mutex_) =
      0;  // Counts sessions; writes of an older one are dropped.
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<Stream> stream_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;  // The writer's thread uses the stream.
  std::atomic<int64_t> last_message_ns_ = 0;

  std::unique_ptr<Executor> writer_;  // One thread: keeps messages in order.
  std::unique_ptr<Executor>
      reader_;  // One thread: runs sessions one after the other. Destroyed first.
  // Stay readable while those are being destroyed.
  Executor* const writes_;
  Executor* const reads_;
};

}  // namespace millrace
