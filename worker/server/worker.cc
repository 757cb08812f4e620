#include "worker/server/worker.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/clock.h"
#include "common/base/cores.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/base/version.h"
#include "common/io/file_system.h"
#include "common/io/process_folder.h"
#include "common/log/log.h"
#include "common/metrics/process_metrics.h"
#include "common/rpc/http_server.h"
#include "common/rpc/listen_address.h"
#include "worker/exchange/exchange.h"
#include "worker/server/control_messages.h"
#include "worker/server/memory_plan.h"
#include "worker/server/session_client.h"
#include "worker/server/worker_metrics.h"
#include "worker/task/worker_runtime.h"

namespace millrace {
namespace {

constexpr int32_t kControlProtocol = 2;  // Of proto/control.proto.
constexpr int kIoThreads = 4;
// Beyond drain_timeout, for tasks that are then cancelled: the coordinator gives those 5 s.
constexpr absl::Duration kMoveAfterDrain = absl::Seconds(6);

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "worker";
}

WorkerConfig WithDefaults(WorkerConfig config) {
  if (config.id.empty()) config.id = absl::StrCat(HostName(), "-", getpid());
  if (config.slots == 0) config.slots = CoreCount();
  return config;
}

class WorkerProcess final : public Worker, public SessionHandler, public WorkerListener {
 public:
  WorkerProcess(const WorkerConfig& config, const WorkerEnvironment& environment)
      : config_(WithDefaults(config)),
        environment_(environment),
        metrics_(environment.metrics->root(), config_) {}

  ~WorkerProcess() override {
    if (session_ == nullptr) return;  // Open failed half-way.
    session_->Stop();                 // Cancels what runs; nothing is deployed any more.
    metrics_.Detach();
    runtime_.reset();  // Tasks may still report while they end.
    session_.reset();
    http_.reset();
    exchange_.reset();
  }

  absl::Status Open() {
    FileSystem& files = PosixFileSystem();
    RETURN_IF_ERROR(
        OfSetting("worker.coordinator", ParseListenAddress(config_.coordinator)).status());
    ASSIGN_OR_RETURN(const MemoryPlan memory, PlanMemory(config_.memory_bytes));
    RETURN_IF_ERROR(OpenFolder(files));
    RETURN_IF_ERROR(OpenExchange(memory));
    RETURN_IF_ERROR(OpenHttp());
    if (is_open_) {
      LOG_WARNING(kExposureWarning, {{"exchange", exchange_->address()}, {"http", http_address()}});
    }
    runtime_ = std::make_unique<WorkerRuntime>(
        WorkerRuntimeOptions{.cluster_id = config_.cluster_id,
                             .worker = WorkerId(config_.id),
                             .cores = CoreCount(),
                             .io_threads = kIoThreads,
                             .state_dir = absl::StrCat(data_dir_, "/attempts"),
                             .state_memory_bytes = memory.state_bytes,
                             .print_to_stdout = environment_.print_to_stdout,
                             .collected = environment_.collected,
                             .files = &files,
                             .clock = &SystemClock(),
                             .metrics = &environment_.metrics->root(),
                             .exchange = exchange_.get(),
                             .listener = this});
    metrics_.Attach(*runtime_, *exchange_);
    session_ = std::make_unique<SessionClient>(
        SessionOptions{.coordinator = config_.coordinator,
                       .heartbeat_interval = config_.heartbeat_interval},
        *this);
    registration_ = Registration();
    LOG_INFO("worker started", {{"worker", config_.id},
                                {"version", kVersion},
                                {"cluster", config_.cluster_id},
                                {"coordinator", config_.coordinator},
                                {"exchange", exchange_->address()},
                                {"advertised", registration_.exchange_address()},
                                {"http", http_address()},
                                {"data", data_dir_},
                                {"slots", config_.slots},
                                {"memory", FormatSize(config_.memory_bytes)}});
    session_->Start();  // What it brings is answered through session_.
    return absl::OkStatus();
  }

  void Leave() override {
    leave_by_ = SystemClock().Monotonic() + config_.drain_timeout + kMoveAfterDrain;
    leaving_ = true;
    if (registered_) {
      session_->Send(LeaveMessage(config_.drain_timeout));
    } else {
      EndLeaving();
    }
  }

  bool WaitUntilLeft(absl::Duration timeout) override {
    left_.WaitForNotificationWithTimeout(timeout);
    if (left_.HasBeenNotified()) return true;
    if (SystemClock().Monotonic() < leave_by_) return false;
    LOG_WARNING(
        "the jobs of this worker have not moved in time; they go on from their last "
        "checkpoint");
    return true;
  }

  absl::Status WaitUntilRefused(absl::Duration timeout) override {
    refused_.WaitForNotificationWithTimeout(timeout);
    return refused_.HasBeenNotified() ? refusal_ : absl::OkStatus();
  }

  std::string http_address() const override { return http_->address().ToString(); }
  std::string exchange_address() const override { return exchange_->address(); }

 private:
  absl::Status OpenFolder(FileSystem& files) {
    FolderSetting data{.key = "worker.data_dir", .path = config_.data_dir};
    ASSIGN_OR_RETURN(data_dir_, PrepareFolder(files, data));
    data.path = data_dir_;
    ASSIGN_OR_RETURN(claim_, FolderClaim::Take(data, absl::StrCat("worker ", config_.id)));
    return absl::OkStatus();
  }

  absl::Status OpenExchange(const MemoryPlan& memory) {
    constexpr char kKey[] = "worker.exchange_address";
    ASSIGN_OR_RETURN(const ListenAddress address,
                     OfSetting(kKey, ParseListenAddress(config_.exchange_address)));
    RETURN_IF_ERROR(
        CheckExposure("the exchange (worker.exchange_address)", address, config_.insecure));
    is_open_ = is_open_ || !IsLoopback(address.host);
    ASSIGN_OR_RETURN(
        exchange_,
        OfSetting(kKey, NewExchange({.cluster_id = config_.cluster_id,
                                     .worker_id = WorkerId(config_.id),
                                     .listen_address = address.ToString(),
                                     .floating_bytes = memory.exchange_floating_bytes,
                                     .credit = {.window_bytes_max = memory.window_bytes_max},
                                     .clock = &SystemClock(),
                                     .metrics = &environment_.metrics->root()})));
    return absl::OkStatus();
  }

  absl::Status OpenHttp() {
    constexpr char kKey[] = "worker.http_address";
    ASSIGN_OR_RETURN(const ListenAddress address,
                     OfSetting(kKey, ParseListenAddress(config_.http_address)));
    RETURN_IF_ERROR(CheckExposure("HTTP (worker.http_address)", address, config_.insecure));
    is_open_ = is_open_ || !IsLoopback(address.host);
    const auto answer_ready = [this](const HttpRequest&) -> HttpResponse {
      if (leaving_) return {.status = 503, .body = "about to end\n"};
      if (registered_) return {.body = "ready\n"};
      return {.status = 503,
              .body = absl::StrCat("not registered with the coordinator at ", config_.coordinator,
                                   "\n")};
    };
    ASSIGN_OR_RETURN(
        http_,
        OfSetting(kKey,
                  HttpServer::Start(
                      {.address = address,
                       .thread_name = "http",
                       .routes = {{"/metrics",
                                   [this](const HttpRequest&) -> HttpResponse {
                                     metrics_.Publish();
                                     return {.content_type = kMetricsContentType,
                                             .body = environment_.metrics->Expose()};
                                   }},
                                  {"/healthz",
                                   [](const HttpRequest&) { return HttpResponse{.body = "ok\n"}; }},
                                  {"/readyz", answer_ready},
                                  {"/debug/channels", [this](const HttpRequest&) -> HttpResponse {
                                     return {.content_type = "application/json",
                                             .body = exchange_->DescribeChannels()};
                                   }}}})));
    return absl::OkStatus();
  }

  v1::RegisterWorker Registration() const {
    v1::RegisterWorker registration;
    registration.set_cluster_id(config_.cluster_id);
    registration.set_version(kVersion);
    registration.set_protocol(kControlProtocol);
    registration.set_worker_id(config_.id);
    registration.set_instance(absl::StrCat(absl::Hex(SystemSeed(), absl::kZeroPad16)));
    registration.set_exchange_address(config_.advertised_exchange_address.empty()
                                          ? Advertised(exchange_->address())
                                          : config_.advertised_exchange_address);
    registration.set_http_address(Advertised(http_address()));
    registration.set_slots(static_cast<int32_t>(config_.slots));
    return registration;
  }

  // The name of a container is what others reach it by, whatever its addresses are.
  static std::string Advertised(const std::string& address) {
    const absl::StatusOr<ListenAddress> listening = ParseListenAddress(address);
    return listening.ok() ? ReachableAddress(*listening, HostName()).ToString() : address;
  }

  // From more than one thread.
  void EndLeaving() {
    if (!has_left_.exchange(true)) left_.Notify();
  }

  // SessionHandler: on the session's reading thread.
  absl::StatusOr<v1::RegisterWorker> MakeRegistration(const v1::Welcome& welcome) override {
    if (leaving_) return absl::CancelledError("this worker is about to end");
    v1::RegisterWorker registration = registration_;
    const absl::StatusOr<std::string> id =
        CheckSharedFolder(PosixFileSystem(), welcome.checkpoint_dir());
    if (id.ok()) {
      registration.set_checkpoint_id(*id);
    } else {
      registration.set_checkpoint_error(std::string(id.status().message()));
    }
    return registration;
  }

  void OnRegistered(int64_t term) override {
    registered_ = true;
    LOG_INFO("registered with the coordinator", {{"term", term}});
  }

  void OnRefused(const std::string& reason) override {
    if (refused_.HasBeenNotified()) return;
    LOG_ERROR("the coordinator refused this worker", {{"reason", reason}});
    refusal_ = absl::FailedPreconditionError(reason);
    refused_.Notify();
  }

  void OnDisconnected(const absl::Status& why) override {
    if (registered_.exchange(false) && !left_.HasBeenNotified()) {
      LOG_WARNING("lost the coordinator; all tasks are cancelled", {{"reason", why}});
    }
    runtime_->CancelAll();
    if (leaving_) EndLeaving();
  }

  void OnMessage(v1::SessionResponse message) override;

  v1::Heartbeat MakeHeartbeat() override { return HeartbeatMessage(runtime_->progress()); }

  // WorkerListener: on any thread of the runtime.
  void OnTaskEvent(const AttemptId& attempt, TaskId task, TaskEvent event,
                   const absl::Status& status) override {
    Send(TaskStatusMessage(attempt, task, event, status));
  }

  void OnCheckpointAck(const AttemptId& attempt, Epoch epoch, std::vector<TaskSnapshot> tasks,
                       bool moved) override {
    Send(AckMessage(attempt, epoch, tasks, moved));
  }

  void OnCheckpointDecline(const AttemptId& attempt, Epoch epoch,
                           const absl::Status& reason) override {
    LOG_WARNING("checkpoint declined",
                {{"job", attempt.job.value()}, {"epoch", epoch.value()}, {"reason", reason}});
    Send(DeclineMessage(attempt, epoch, reason));
  }

  // A worker that is going away, or is not there yet, has nothing to say.
  void Send(v1::SessionRequest message) {
    if (registered_) session_->Send(std::move(message));
  }

  void Deploy(const v1::DeployTasks& message);

  const WorkerConfig config_;
  const WorkerEnvironment environment_;
  std::atomic<bool> registered_ = false;
  absl::Notification refused_;
  absl::Status refusal_;  // Set before `refused_` is notified.
  std::atomic<bool> leaving_ = false;
  std::atomic<bool> has_left_ = false;
  absl::Notification left_;
  absl::Duration leave_by_;  // Of the thread that lets it leave.

  bool is_open_ = false;  // Listens beyond loopback.
  std::string data_dir_;
  std::unique_ptr<FolderClaim> claim_;
  v1::RegisterWorker registration_;  // But for what each coordinator's folder is.

  WorkerMetrics metrics_;
  std::unique_ptr<NetworkExchange> exchange_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<WorkerRuntime> runtime_;
  std::unique_ptr<SessionClient> session_;
};

void WorkerProcess::OnMessage(v1::SessionResponse message) {
  using Message = v1::SessionResponse;
  switch (message.message_case()) {
    case Message::kDeploy:
      return Deploy(message.deploy());
    case Message::kStart:
      return runtime_->Start(AttemptOf(message.start()));
    case Message::kCancel:
      return runtime_->Cancel(AttemptOf(message.cancel()));
    case Message::kTrigger:
      return runtime_->TriggerCheckpoint(
          AttemptOf(message.trigger()),
          {.epoch = Epoch(message.trigger().epoch()), .final = message.trigger().final()});
    case Message::kAbort:
      return runtime_->AbortCheckpoint(AttemptOf(message.abort()), Epoch(message.abort().epoch()));
    case Message::kDurable:
      return runtime_->OnDurable(AttemptOf(message.durable()), Epoch(message.durable().epoch()),
                                 Term(message.durable().term()));
    case Message::kLeaveAnswer:
      return EndLeaving();
    case Message::kRegisterAnswer:
    case Message::kWelcome:
    case Message::kHeartbeatAnswer:
    case Message::MESSAGE_NOT_SET:
      return;  // The session's own.
  }
}

void WorkerProcess::Deploy(const v1::DeployTasks& message) {
  absl::StatusOr<Deployment> deployment = ToDeployment(message);
  if (deployment.ok()) {
    LOG_INFO("deploying", {{"job", deployment->job.value()},
                           {"attempt", deployment->attempt.value()},
                           {"epoch", message.restored_epoch()}});
    return runtime_->Deploy(std::move(*deployment));
  }
  // No task can be built from it: each one that should run here fails for that reason.
  const AttemptId attempt{JobId(message.job_id()), Attempt(message.attempt())};
  for (const v1::TaskPlacement& placement : message.placements()) {
    if (placement.worker_id() != config_.id) continue;
    const TaskId task{StageId(placement.stage()), placement.index()};
    Send(TaskStatusMessage(attempt, task, TaskEvent::kFailed, deployment.status()));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Worker>> Worker::Start(const WorkerConfig& config,
                                                      const WorkerEnvironment& environment) {
  auto worker = std::make_unique<WorkerProcess>(config, environment);
  RETURN_IF_ERROR(worker->Open());
  return worker;
}

}  // namespace millrace
