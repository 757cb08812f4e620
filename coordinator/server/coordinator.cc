#include "coordinator/server/coordinator.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/base/version.h"
#include "common/io/file_system.h"
#include "common/io/process_folder.h"
#include "common/log/log.h"
#include "common/rpc/http_server.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/rpc_server.h"
#include "coordinator/job/job_manager.h"
#include "coordinator/server/cluster_service.h"
#include "coordinator/server/http_routes.h"
#include "coordinator/server/job_service.h"
#include "coordinator/server/proto_codecs.h"
#include "coordinator/store/memory_store.h"
#include "coordinator/store/rocksdb_store.h"

namespace millrace {
namespace {

constexpr int kIoThreads = 4;
constexpr absl::Duration kLastCalls = absl::Milliseconds(500);  // To end once the coordinator goes.
constexpr absl::Duration kWaitForId = absl::Seconds(1);  // Beyond the silence that is a loss.

class CoordinatorProcess final : public Coordinator {
 public:
  CoordinatorProcess(const CoordinatorConfig& config, const CoordinatorEnvironment& environment)
      : config_(config), environment_(environment) {}

  // In the order in which nothing is used any more: calls, sessions, decisions, what blocks.
  ~CoordinatorProcess() override {
    Drain();
    http_.reset();
    if (cluster_ != nullptr) cluster_->Detach();
    if (rpc_ != nullptr) rpc_->Shutdown(kLastCalls);
    if (manager_ != nullptr) {
      absl::Notification closed;
      manager_->Close([&closed] { closed.Notify(); });
      closed.WaitForNotification();
    }
    io_.reset();
    decisions_.reset();
  }

  absl::Status Open() {
    ASSIGN_OR_RETURN(const ListenAddress rpc,
                     OfSetting("coordinator.rpc_address", ParseListenAddress(config_.rpc_address)));
    ASSIGN_OR_RETURN(const ListenAddress http, OfSetting("coordinator.http_address",
                                                         ParseListenAddress(config_.http_address)));
    RETURN_IF_ERROR(
        CheckExposure("the gRPC port (coordinator.rpc_address)", rpc, config_.insecure));
    RETURN_IF_ERROR(CheckExposure("HTTP (coordinator.http_address)", http, config_.insecure));
    RETURN_IF_ERROR(OpenFolders());
    RETURN_IF_ERROR(OpenJobs());
    absl::Notification begun;
    manager_->Begin([&begun] { begun.Notify(); });
    begun.WaitForNotification();
    RETURN_IF_ERROR(Listen(rpc, http));
    if (!IsLoopback(rpc.host) || !IsLoopback(http.host)) {
      LOG_WARNING(kExposureWarning, {{"rpc", rpc_address()}, {"http", http_address()}});
    }
    LOG_INFO("coordinator started", {{"version", kVersion},
                                     {"cluster", config_.cluster_id},
                                     {"rpc", rpc_address()},
                                     {"http", http_address()},
                                     {"data", environment_.ephemeral ? "in memory" : data_dir_},
                                     {"checkpoints", checkpoint_dir_},
                                     {"term", store_->term().value()},
                                     {"jobs", board_.List().size()}});
    return absl::OkStatus();
  }

  void Drain() override {
    ready_ = false;
    if (job_service_ != nullptr) job_service_->Drain();
    if (rpc_ != nullptr) rpc_->SetServing(false);
  }

  absl::Status WaitUntilFenced(absl::Duration timeout) override {
    fenced_.WaitForNotificationWithTimeout(timeout);
    return fenced_.HasBeenNotified() ? fence_ : absl::OkStatus();
  }

  Epoch RequestCheckpoint(const JobId& job) override {
    absl::Notification answered;
    Epoch epoch;
    manager_->RequestCheckpoint(job, [&](Epoch given) {
      epoch = given;
      answered.Notify();
    });
    answered.WaitForNotification();
    return epoch;
  }

  std::string rpc_address() const override { return rpc_->address().ToString(); }
  std::string http_address() const override { return http_->address().ToString(); }

 private:
  absl::Status OpenFolders() {
    FileSystem& files = PosixFileSystem();
    if (environment_.ephemeral) {
      store_ = std::make_unique<MemoryStore>();
    } else {
      FolderSetting data{.key = "coordinator.data_dir", .path = config_.data_dir};
      ASSIGN_OR_RETURN(data_dir_, PrepareFolder(files, data));
      data.path = data_dir_;
      ASSIGN_OR_RETURN(claim_, FolderClaim::Take(data, "a coordinator"));
      ASSIGN_OR_RETURN(store_, OpenRocksDbStore(data_dir_));
    }
    ASSIGN_OR_RETURN(checkpoint_dir_, PrepareFolder(files, {.key = "checkpoint.dir",
                                                            .path = config_.checkpoint_dir}));
    // The default one is made when it is needed.
    places_ = {.checkpoint_dir = checkpoint_dir_,
               .savepoint_dir = absl::StrCat(checkpoint_dir_, "/savepoints")};
    if (!config_.savepoint_dir.empty()) {
      ASSIGN_OR_RETURN(
          places_.savepoint_dir,
          PrepareFolder(files, {.key = "checkpoint.savepoint_dir", .path = config_.savepoint_dir}));
    }
    ASSIGN_OR_RETURN(checkpoint_id_, OpenSharedFolder(files, checkpoint_dir_, SystemSeed()));
    return absl::OkStatus();
  }

  absl::Status OpenJobs() {
    decisions_ = NewThreadPool("decisions", 1);
    io_ = NewThreadPool("coordinator-io", kIoThreads);
    cluster_ = std::make_unique<ClusterService>(
        ClusterServiceOptions{.term = store_->term(),
                              .checkpoint_dir = checkpoint_dir_,
                              .checkpoint_id = checkpoint_id_,
                              .wait_for_id = config_.worker_timeout + kWaitForId});
    ASSIGN_OR_RETURN(
        manager_, JobManager::Create(
                      {.decisions = decisions_.get(),
                       .io = io_.get(),
                       .clock = &SystemClock(),
                       .store = store_.get(),
                       .files = &PosixFileSystem(),
                       .job_codec = &job_codec_,
                       .checkpoint_codec = &checkpoint_codec_,
                       .gateway = cluster_.get(),
                       .metrics = &environment_.metrics->root(),
                       .board = &board_,
                       .registry = {.cluster_id = config_.cluster_id,
                                    .protocol = kControlProtocol,
                                    .silence_limit = config_.worker_timeout,
                                    .checkpoint_dir = checkpoint_dir_,
                                    .checkpoint_id = checkpoint_id_},
                       .checkpoint_dir = checkpoint_dir_,
                       .savepoint_dir = places_.savepoint_dir,
                       .checkpoints_retained = static_cast<int32_t>(config_.checkpoints_retained),
                       .seed = SystemSeed(),
                       .on_fenced = [this](const absl::Status& status) { Fence(status); }}));
    cluster_->Attach(*manager_);
    job_service_ = std::make_unique<JobService>(*manager_, board_, *io_,
                                                SavepointSources{.files = &PosixFileSystem(),
                                                                 .codec = &checkpoint_codec_,
                                                                 .board = &board_,
                                                                 .clock = &SystemClock(),
                                                                 .places = places_});
    return absl::OkStatus();
  }

  absl::Status Listen(const ListenAddress& rpc, const ListenAddress& http) {
    ASSIGN_OR_RETURN(
        rpc_, OfSetting("coordinator.rpc_address",
                        RpcServer::Start(
                            {.address = rpc, .services = {job_service_.get(), cluster_.get()}})));
    auto routes =
        CoordinatorRoutes(*environment_.metrics, board_,
                          {{"data", config_.data_dir}, {"checkpoint", config_.checkpoint_dir}},
                          [this] { return ready_.load(); });
    ASSIGN_OR_RETURN(http_, OfSetting("coordinator.http_address",
                                      HttpServer::Start({.address = http,
                                                         .thread_name = "http",
                                                         .routes = std::move(routes)})));
    ready_ = true;
    return absl::OkStatus();
  }

  void Fence(const absl::Status& status) {
    ready_ = false;
    fence_ = status;
    fenced_.Notify();
  }

  const CoordinatorConfig config_;
  const CoordinatorEnvironment environment_;
  const ProtoJobCodec job_codec_;
  const ProtoCheckpointCodec checkpoint_codec_;
  std::atomic<bool> ready_ = false;
  absl::Notification fenced_;
  absl::Status fence_;  // Set before `fenced_` is notified.
  std::string data_dir_;
  std::string checkpoint_dir_;
  std::string checkpoint_id_;
  SavepointPlaces places_;
  std::unique_ptr<FolderClaim> claim_;

  JobBoard board_;
  std::unique_ptr<MetadataStore> store_;
  std::unique_ptr<ClusterService> cluster_;
  std::unique_ptr<JobManager> manager_;
  std::unique_ptr<JobService> job_service_;
  std::unique_ptr<Executor> decisions_;
  std::unique_ptr<Executor> io_;
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Coordinator>> Coordinator::Start(
    const CoordinatorConfig& config, const CoordinatorEnvironment& environment) {
  auto coordinator = std::make_unique<CoordinatorProcess>(config, environment);
  RETURN_IF_ERROR(coordinator->Open());
  return coordinator;
}

}  // namespace millrace
