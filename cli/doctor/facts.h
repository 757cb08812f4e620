// What `millrace doctor` knows of a machine, as plain data: gather.h fills it in, checks.h judges.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace millrace {

struct MachineFacts {
  std::string kernel;         // "Linux 6.1.0 x86_64"
  std::string kafka_library;  // "2.0.2"
  absl::Time now;
  int64_t open_files_limit = 0;               // Soft: what a process started from here gets.
  int64_t open_files_limit_max = 0;           // Hard: what its owner may raise it to.
  int cores = 1;                              // That this process may run on.
  std::optional<double> core_quota;           // Cores' worth of time that the control group grants.
  int64_t memory_bytes = 0;                   // Physical.
  std::optional<int64_t> memory_limit_bytes;  // Of the control group.
};

struct FolderFacts {
  std::string setting;        // "checkpoint.dir"
  std::string path;           // Absolute.
  bool must_outlive = false;  // Losing it loses jobs or their state.
  std::string parent;         // Not empty: there is no such folder; it would be made in here.
  // A file was written, synced, renamed and removed there; or the folder can be made.
  absl::Status usable;
  std::string file_system;  // "tmpfs", "overlay"; empty: another one.
  int64_t free_bytes = 0;
  int64_t size_bytes = 0;
};

struct PortFacts {
  std::string role;        // "coordinator"
  std::string setting;     // "coordinator.rpc_address"
  std::string address;     // As configured.
  absl::Status exposure;   // Why the role would refuse to listen there, if it would.
  bool is_open = false;    // Beyond loopback, by the operator's word.
  bool role_runs = false;  // The role itself answers on its HTTP port.
  absl::Status is_free;    // OK: something can listen there.
};

struct KafkaFacts {
  std::string bootstrap;
  absl::Status reached;
  std::string cluster_id;
  std::vector<std::string> brokers;                // host:port, as the cluster tells its clients.
  std::map<std::string, std::string> unreachable;  // Of those: why.
};

struct CoordinatorFacts {
  std::string address;
  bool required = false;  // Whoever asked wants it to be there.
  absl::Status healthy;
};

struct WorkerFacts {
  int64_t memory_bytes = 0;
  int64_t slots = 0;  // As set; 0: one per core.
};

struct DoctorFacts {
  std::string version;
  MachineFacts machine;
  absl::Status configuration;
  // Empty, if the configuration cannot be read:
  std::vector<FolderFacts> folders;
  std::vector<PortFacts> ports;
  std::optional<WorkerFacts> worker;
  // If asked:
  std::optional<KafkaFacts> kafka;
  std::optional<CoordinatorFacts> coordinator;
};

}  // namespace millrace
