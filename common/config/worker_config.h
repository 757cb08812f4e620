// How a worker is set up. docs list these settings from WorkerSettings().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/config/setting.h"

namespace millrace {

struct WorkerConfig {
  std::string cluster_id = "millrace";
  std::string id;  // Empty: host name and process id.
  std::string coordinator = "127.0.0.1:7070";
  std::string exchange_address = "127.0.0.1:7073";
  // What other workers connect to. Empty: the real exchange address, with the host name if it is
  // that of all of the machine's addresses.
  std::string advertised_exchange_address;
  std::string http_address = "127.0.0.1:7074";
  std::string data_dir = "data/worker";  // Local state; rebuilt from checkpoints.
  int64_t slots = 0;                     // 0: one per core.
  int64_t memory_bytes = int64_t{2} << 30;
  bool insecure = false;
  absl::Duration heartbeat_interval = absl::Milliseconds(500);
  absl::Duration drain_timeout = absl::Seconds(10);
  std::string log_level = "info";
  std::string log_format = "text";
};

std::vector<Setting> WorkerSettings(WorkerConfig& config);
absl::StatusOr<WorkerConfig> LoadWorkerConfig(const SettingSources& sources);

}  // namespace millrace
