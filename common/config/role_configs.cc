#include "common/base/status_macros.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"

namespace millrace {
namespace {

const std::vector<std::string> kLogLevels = {"debug", "info", "warning", "error"};
const std::vector<std::string> kLogFormats = {"text", "json"};

}  // namespace

std::vector<Setting> CoordinatorSettings(CoordinatorConfig& config) {
  return {
      TextSetting("cluster.id", &config.cluster_id,
                  "Name of the cluster; coordinator and workers must agree."),
      BooleanSetting("cluster.insecure", &config.insecure,
                     "Allow addresses beyond loopback without TLS and authentication."),
      TextSetting("coordinator.rpc_address", &config.rpc_address,
                  "host:port of the gRPC services."),
      TextSetting("coordinator.http_address", &config.http_address,
                  "host:port of /metrics, /healthz, /readyz and /api/v1."),
      TextSetting("coordinator.data_dir", &config.data_dir, "Folder of the metadata store."),
      DurationSetting("coordinator.worker_timeout", &config.worker_timeout,
                      "Silence after which a worker is lost."),
      TextSetting("checkpoint.dir", &config.checkpoint_dir,
                  "Folder of all checkpoints, the same for coordinator and workers."),
      IntegerSetting("checkpoint.retained", &config.checkpoints_retained, 1, 1000,
                     "Completed checkpoints that are kept per job."),
      TextSetting(
          "checkpoint.savepoint_dir", &config.savepoint_dir,
          "Folder of savepoints; default: savepoints in checkpoint.dir. They are written here "
          "only."),
      ChoiceSetting("log.level", &config.log_level, kLogLevels,
                    "The least important lines that are written."),
      ChoiceSetting("log.format", &config.log_format, kLogFormats,
                    "Lines for people (text) or for programs (json, one object a line)."),
  };
}

std::vector<Setting> WorkerSettings(WorkerConfig& config) {
  return {
      TextSetting("cluster.id", &config.cluster_id,
                  "Name of the cluster; coordinator and workers must agree."),
      BooleanSetting("cluster.insecure", &config.insecure,
                     "Allow addresses beyond loopback without TLS and authentication."),
      TextSetting("worker.id", &config.id,
                  "Name of the worker, unique in the cluster; default: host name and process id."),
      TextSetting("worker.coordinator", &config.coordinator,
                  "host:port of the coordinator's gRPC services."),
      TextSetting("worker.exchange_address", &config.exchange_address,
                  "host:port where other workers connect."),
      TextSetting("worker.advertised_exchange_address", &config.advertised_exchange_address,
                  "host:port that other workers are told; default: exchange_address, with the host "
                  "name in place of 0.0.0.0."),
      TextSetting("worker.http_address", &config.http_address,
                  "host:port of /metrics, /healthz and /readyz."),
      TextSetting("worker.data_dir", &config.data_dir,
                  "Folder of local state; it is rebuilt from checkpoints."),
      IntegerSetting("worker.slots", &config.slots, 0, 1024,
                     "Tasks of a stage that the worker runs; 0: one per core."),
      SizeSetting("worker.memory", &config.memory_bytes, "Memory budget of the process."),
      DurationSetting("worker.heartbeat_interval", &config.heartbeat_interval,
                      "Time between heartbeats."),
      DurationSetting("worker.drain_timeout", &config.drain_timeout,
                      "When the worker is told to end: how long its jobs may take for a last "
                      "checkpoint before they move to other workers."),
      ChoiceSetting("log.level", &config.log_level, kLogLevels,
                    "The least important lines that are written."),
      ChoiceSetting("log.format", &config.log_format, kLogFormats,
                    "Lines for people (text) or for programs (json, one object a line)."),
  };
}

absl::StatusOr<CoordinatorConfig> LoadCoordinatorConfig(const SettingSources& sources) {
  CoordinatorConfig config;
  RETURN_IF_ERROR(ApplySettings(sources, CoordinatorSettings(config), {"worker"}));
  return config;
}

absl::StatusOr<WorkerConfig> LoadWorkerConfig(const SettingSources& sources) {
  WorkerConfig config;
  RETURN_IF_ERROR(ApplySettings(sources, WorkerSettings(config), {"coordinator", "checkpoint"}));
  return config;
}

}  // namespace millrace
