// A worker as the coordinator's sessions see it: a real stream on loopback that answers
// deployments, triggers, durables and cancellations at once, without running anything.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"
#include "common/rpc/channel.h"
#include "proto/control.grpc.pb.h"

namespace millrace {

class SessionWorker {
 public:
  SessionWorker(const std::string& address, v1::RegisterWorker registration)
      : id_(registration.worker_id()),
        stub_(v1::ClusterService::NewStub(NewChannel(address))),
        stream_(stub_->Session(&context_)),
        reader_(NewThreadPool("session-worker", 1)) {
    v1::SessionResponse welcome;
    stream_->Read(&welcome);
    welcome_ = welcome.welcome();
    if (registration.checkpoint_id().empty()) {
      registration.set_checkpoint_id(welcome_.checkpoint_id());
    }
    v1::SessionRequest first;
    *first.mutable_register_() = std::move(registration);
    stream_->Write(first);
    reader_->Post([this] { Read(); });
  }

  // kill -9: the stream breaks.
  ~SessionWorker() {
    context_.TryCancel();
    reader_.reset();
  }

  static v1::RegisterWorker Registration(const std::string& id, int32_t slots = 1) {
    v1::RegisterWorker registration;
    registration.set_cluster_id("test");
    registration.set_protocol(2);
    registration.set_worker_id(id);
    registration.set_instance(id + "-instance");
    registration.set_exchange_address("127.0.0.1:1");
    registration.set_slots(slots);
    return registration;
  }

  void Heartbeat(int64_t records_in) {
    absl::MutexLock lock(&mutex_);
    v1::SessionRequest request;
    request.mutable_heartbeat();
    for (const v1::TaskPlacement& task : tasks_) {
      v1::TaskProgress& progress = *request.mutable_heartbeat()->add_tasks();
      progress.set_job_id(deploy_.job_id());
      progress.set_attempt(deploy_.attempt());
      progress.set_stage(task.stage());
      progress.set_index(task.index());
      progress.set_records_in(records_in);
    }
    stream_->Write(request);
  }

  void Leave() {
    absl::MutexLock lock(&mutex_);
    v1::SessionRequest request;
    request.mutable_leave()->set_drain_timeout_ms(10'000);
    stream_->Write(request);
  }

  void FailTask(const std::string& error) {
    absl::MutexLock lock(&mutex_);
    Report(tasks_.front(), v1::TASK_STATE_FAILED, error);
  }

  // Acknowledgements name a file that they must not from now on.
  void DamageAcknowledgements() {
    absl::MutexLock lock(&mutex_);
    damage_ = true;
  }

  // Waits until the coordinator has said it; "" if it has not within the test's patience.
  bool WaitFor(const std::string& line) {
    absl::MutexLock lock(&mutex_);
    const auto said = [&] {
      mutex_.AssertHeld();
      return heard_.contains(line);
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&said), absl::Seconds(20));
  }
  const v1::Welcome& welcome() const { return welcome_; }
  v1::RegisterAnswer answer() {
    absl::MutexLock lock(&mutex_);
    return answer_;
  }
  std::string refusal() {
    absl::MutexLock lock(&mutex_);
    return refusal_;
  }
  v1::DeployTasks deployment() {
    absl::MutexLock lock(&mutex_);
    return deploy_;
  }

 private:
  void Read() {
    v1::SessionResponse message;
    while (stream_->Read(&message)) {
      absl::MutexLock lock(&mutex_);
      Handle(message);
    }
    const grpc::Status status = stream_->Finish();
    absl::MutexLock lock(&mutex_);
    heard_.insert("end");
  }

  void Handle(const v1::SessionResponse& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    using Message = v1::SessionResponse;
    switch (message.message_case()) {
      case Message::kRegisterAnswer:
        answer_ = message.register_answer();
        refusal_ = answer_.error();
        heard_.insert(refusal_.empty() ? "registered" : "refused");
        return;
      case Message::kDeploy:
        deploy_ = message.deploy();
        tasks_.clear();
        for (const v1::TaskPlacement& task : deploy_.placements()) {
          if (task.worker_id() == id_) tasks_.push_back(task);
        }
        heard_.insert(absl::StrCat("deploy ", deploy_.attempt()));
        return ReportAll(v1::TASK_STATE_OPEN);
      case Message::kStart:
        heard_.insert(absl::StrCat("start ", message.start().attempt()));
        return;
      case Message::kCancel:
        return ReportAll(v1::TASK_STATE_CANCELLED);
      case Message::kTrigger:
        final_ = message.trigger().final();
        return Acknowledge(message.trigger().epoch());
      case Message::kDurable:
        heard_.insert(absl::StrCat("durable ", message.durable().epoch()));
        if (final_) ReportAll(v1::TASK_STATE_FINISHED);
        return;
      case Message::kHeartbeatAnswer:
        heard_.insert("heartbeat answered");
        return;
      case Message::kAbort:
        heard_.insert(absl::StrCat("abort ", message.abort().epoch()));
        return;
      case Message::kLeaveAnswer:
        heard_.insert("dismissed");
        return;
      case Message::kWelcome:
      case Message::MESSAGE_NOT_SET:
        return;
    }
  }

  void ReportAll(v1::TaskState state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const v1::TaskPlacement& task : tasks_) Report(task, state, "");
  }

  void Report(const v1::TaskPlacement& task, v1::TaskState state, const std::string& error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::SessionRequest request;
    v1::TaskStatus& status = *request.mutable_task_status();
    status.set_job_id(deploy_.job_id());
    status.set_attempt(deploy_.attempt());
    status.set_stage(task.stage());
    status.set_index(task.index());
    status.set_state(state);
    status.set_error(error);
    status.set_retryable(true);
    stream_->Write(request);
  }

  void Acknowledge(int64_t epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::SessionRequest request;
    v1::CheckpointAck& ack = *request.mutable_checkpoint_ack();
    ack.set_job_id(deploy_.job_id());
    ack.set_attempt(deploy_.attempt());
    ack.set_epoch(epoch);
    for (const v1::TaskPlacement& task : tasks_) {
      v1::TaskSnapshot& snapshot = *ack.add_tasks();
      snapshot.set_stage(task.stage());
      snapshot.set_index(task.index());
      if (!damage_) continue;
      v1::OperatorSnapshot& part = *snapshot.add_operators();
      part.set_state_id("x");
      part.add_segments()->set_epoch(epoch);
      part.mutable_segments(0)->mutable_file()->set_path("../../etc/passwd");
    }
    stream_->Write(request);
  }

  const std::string id_;
  v1::Welcome welcome_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::ClusterService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  absl::Mutex mutex_;
  std::set<std::string> heard_ ABSL_GUARDED_BY(mutex_);
  std::string refusal_ ABSL_GUARDED_BY(mutex_);
  v1::RegisterAnswer answer_ ABSL_GUARDED_BY(mutex_);
  v1::DeployTasks deploy_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::TaskPlacement> tasks_ ABSL_GUARDED_BY(mutex_);
  bool final_ ABSL_GUARDED_BY(mutex_) = false;
  bool damage_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Executor> reader_;  // Destroyed first.
};

}  // namespace millrace
