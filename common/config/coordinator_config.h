// How a coordinator is set up. docs list these settings from CoordinatorSettings().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/config/setting.h"

namespace millrace {

struct CoordinatorConfig {
  std::string cluster_id = "millrace";
  std::string rpc_address = "127.0.0.1:7070";
  std::string http_address = "127.0.0.1:7071";
  std::string data_dir = "data/coordinator";  // Metadata store.
  std::string checkpoint_dir =
      "data/checkpoints";  // Must be the same folder for the coordinator and all workers.
  std::string savepoint_dir;  // Empty: "savepoints" in checkpoint_dir.
  bool insecure = false;
  absl::Duration worker_timeout = absl::Seconds(2);
  int64_t checkpoints_retained = 3;
  std::string log_level = "info";
  std::string log_format = "text";
};

std::vector<Setting> CoordinatorSettings(CoordinatorConfig& config);
absl::StatusOr<CoordinatorConfig> LoadCoordinatorConfig(const SettingSources& sources);

}  // namespace millrace
