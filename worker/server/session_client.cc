#include "worker/server/session_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/log/log.h"
#include "common/rpc/channel.h"

namespace millrace {
namespace {

int64_t Now() { return absl::ToInt64Nanoseconds(SystemClock().Monotonic()); }

}  // namespace

SessionClient::SessionClient(SessionOptions options, SessionHandler& handler)
    : options_(std::move(options)),
      handler_(handler),
      stub_(v1::ClusterService::NewStub(NewChannel(options_.coordinator))),
      writer_(NewThreadPool("session-write", 1)),
      reader_(NewThreadPool("session-read", 1)),
      writes_(writer_.get()),
      reads_(reader_.get()) {}

SessionClient::~SessionClient() { Stop(); }

void SessionClient::Start() {
  reads_->Post([this] { RunOnce(); });
}

void SessionClient::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  // Their threads still post while they come to an end, hence the second pointers.
  reader_.reset();
  writer_.reset();
}

void SessionClient::RunOnce() {
  const absl::Status ended = RunSession();
  bool stopping = false;
  {
    absl::MutexLock lock(&mutex_);
    stopping = stopping_;
  }
  handler_.OnDisconnected(ended);
  if (!stopping) reads_->PostAfter(options_.reconnect_delay, [this] { RunOnce(); });
}

absl::Status SessionClient::RunSession() {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  std::shared_ptr<Stream> stream;
  int64_t session = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("shutting down");
    context_ = &context;
  }
  stream = stub_->Session(&context);
  v1::SessionRequest first;
  *first.mutable_register_() = options_.registration;
  absl::Status ended;
  if (stream->Write(first)) {
    {
      absl::MutexLock lock(&mutex_);
      session = ++session_;
      stream_ = stream;
    }
    last_message_ns_ = Now();
    ScheduleHeartbeat(session);
    ended = ReadUntilEnd(*stream);
  }
  {
    absl::MutexLock lock(&mutex_);
    stream_.reset();
    ++session_;
  }
  context.TryCancel();
  {
    // A write that is under way uses the context, and must be over before Finish.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](bool* writing) { return !*writing; }, &writing_));
  }
  const grpc::Status status = stream->Finish();
  {
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
  }
  if (!ended.ok()) return ended;
  return absl::UnavailableError(absl::StrCat("the session with the coordinator at ",
                                             options_.coordinator,
                                             " ended: ", status.error_message()));
}

absl::Status SessionClient::ReadUntilEnd(Stream& stream) {
  v1::SessionResponse message;
  while (stream.Read(&message)) {
    last_message_ns_ = Now();
    if (!message.has_register_answer()) {
      if (!message.has_heartbeat_answer()) handler_.OnMessage(std::move(message));
    } else if (message.register_answer().error().empty()) {
      handler_.OnRegistered(message.register_answer().term());
    } else {
      handler_.OnRefused(message.register_answer().error());
      return absl::FailedPreconditionError(message.register_answer().error());
    }
    message.Clear();
  }
  return absl::OkStatus();
}

void SessionClient::Send(v1::SessionRequest message) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  writes_->Post(
      [this, session = session_, message = std::move(message)] { WriteNow(session, message); });
}

void SessionClient::WriteNow(int64_t session, const v1::SessionRequest& message) {
  std::shared_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mutex_);
    if (session != session_ || stream_ == nullptr) return;
    stream = stream_;
    writing_ = true;
  }
  stream->Write(message);  // A broken stream ends the reader, too.
  stream.reset();
  absl::MutexLock lock(&mutex_);
  writing_ = false;
}

void SessionClient::ScheduleHeartbeat(int64_t session) {
  writes_->PostAfter(options_.heartbeat_interval, [this, session] { Beat(session); });
}

void SessionClient::Beat(int64_t session) {
  {
    absl::MutexLock lock(&mutex_);
    if (session != session_ || stopping_) return;
    const absl::Duration silence = absl::Nanoseconds(Now() - last_message_ns_);
    if (silence > options_.answer_timeout && context_ != nullptr) {
      LOG_WARNING("the coordinator is silent, giving the session up",
                  {{"silence_ms", absl::ToInt64Milliseconds(silence)}});
      context_->TryCancel();
      return;
    }
  }
  v1::SessionRequest message;
  *message.mutable_heartbeat() = handler_.MakeHeartbeat();
  WriteNow(session, message);
  ScheduleHeartbeat(session);
}

}  // namespace millrace
