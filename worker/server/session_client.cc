#include "worker/server/session_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/rpc/channel.h"

namespace millrace {
namespace {

// While the coordinator is not there: how often it is looked for the order to stop, and how often
// the log says so.
constexpr absl::Duration kConnectStep = absl::Milliseconds(200);
constexpr absl::Duration kWaitingLine = absl::Seconds(10);

int64_t Now() { return absl::ToInt64Nanoseconds(SystemClock().Monotonic()); }

}  // namespace

SessionClient::SessionClient(SessionOptions options, SessionHandler& handler)
    : options_(std::move(options)),
      handler_(handler),
      channel_(NewChannel(options_.coordinator)),
      stub_(v1::ClusterService::NewStub(channel_)),
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

bool SessionClient::is_stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void SessionClient::RunOnce() {
  const absl::Status ended = RunSession();
  handler_.OnDisconnected(ended);
  if (!is_stopping()) reads_->PostAfter(options_.reconnect_delay, [this] { RunOnce(); });
}

// False: this client is to stop.
bool SessionClient::AwaitCoordinator() {
  while (!is_stopping()) {
    if (WaitUntilConnected(*channel_, kConnectStep)) return true;
    if (!is_stopping()) SayThatItWaits("it cannot be reached");
  }
  return false;
}

void SessionClient::SayThatItWaits(const std::string& why) {
  const int64_t now = Now();
  const bool has_just_said_so =
      waiting_line_ns_.has_value() && absl::Nanoseconds(now - *waiting_line_ns_) < kWaitingLine;
  if (has_just_said_so) return;
  waiting_line_ns_ = now;
  LOG_WARNING("waiting for the coordinator", {{"address", options_.coordinator}, {"reason", why}});
}

absl::Status SessionClient::RunSession() {
  if (!AwaitCoordinator()) return absl::CancelledError("shutting down");
  grpc::ClientContext context;
  std::shared_ptr<Stream> stream;
  int64_t session = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("shutting down");
    context_ = &context;
  }
  stream = stub_->Session(&context);
  absl::Status ended = Register(*stream);
  if (ended.ok()) {
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
  if (!welcomed_ && !is_stopping()) {
    SayThatItWaits(status.ok() ? std::string(ended.message()) : status.error_message());
  }
  if (!ended.ok()) return ended;
  return absl::UnavailableError(absl::StrCat("the session with the coordinator at ",
                                             options_.coordinator,
                                             " ended: ", status.error_message()));
}

// The coordinator speaks first. A stream that breaks meanwhile shows when it is read.
absl::Status SessionClient::Register(Stream& stream) {
  v1::SessionResponse first;
  welcomed_ = stream.Read(&first) && first.has_welcome();
  if (!welcomed_) return absl::UnavailableError("what answers there is no coordinator that serves");
  absl::StatusOr<v1::RegisterWorker> registration = handler_.MakeRegistration(first.welcome());
  if (!registration.ok()) return registration.status();
  v1::SessionRequest message;
  *message.mutable_register_() = *std::move(registration);
  stream.Write(message);
  return absl::OkStatus();
}

absl::Status SessionClient::ReadUntilEnd(Stream& stream) {
  v1::SessionResponse message;
  while (stream.Read(&message)) {
    last_message_ns_ = Now();
    if (message.has_register_answer()) {
      RETURN_IF_ERROR(OnRegisterAnswer(message.register_answer()));
    } else if (!message.has_heartbeat_answer()) {
      handler_.OnMessage(std::move(message));
    }
    message.Clear();
  }
  return absl::OkStatus();
}

// A process that has taken the place of a dead one, with its id, may come before that one's end has
// been noticed.
absl::Status SessionClient::OnRegisterAnswer(const v1::RegisterAnswer& answer) {
  if (answer.error().empty()) {
    first_refusal_ns_.reset();
    waiting_line_ns_.reset();
    handler_.OnRegistered(answer.term());
    return absl::OkStatus();
  }
  const int64_t now = Now();
  if (!first_refusal_ns_.has_value()) first_refusal_ns_ = now;
  const absl::Duration since = absl::Nanoseconds(now - *first_refusal_ns_);
  if (since >= absl::Milliseconds(answer.retry_for_ms())) handler_.OnRefused(answer.error());
  return absl::FailedPreconditionError(answer.error());
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
