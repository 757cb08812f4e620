#include "cli/doctor/gather.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/doctor/folder_facts.h"
#include "cli/doctor/kafka_facts.h"
#include "cli/doctor/machine_facts.h"
#include "cli/probe/http_probe.h"
#include "cli/probe/rpc_probe.h"
#include "common/base/status_macros.h"
#include "common/base/version.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "common/rpc/listen_address.h"

namespace millrace {
namespace {

// Where a role listens, as configured; the last one is its HTTP port.
struct RolePorts {
  std::string role;
  bool insecure;
  std::vector<std::pair<std::string, std::string>> ports;  // Setting and address.
};

FolderFacts LookAtFolder(const std::string& setting, const std::string& path, bool must_outlive) {
  FolderFacts facts = GatherFolderFacts(PosixFileSystem(), path);
  facts.setting = setting;
  facts.must_outlive = must_outlive;
  return facts;
}

// Whether a process of ours answers there.
bool Runs(const std::string& http_address, absl::Duration timeout) {
  const absl::StatusOr<ListenAddress> address = ParseListenAddress(http_address);
  if (!address.ok() || address->port == 0) return false;
  const auto answer = ProbeHttp(ReachableAddress(*address), "/healthz", timeout);
  return answer.ok() && answer->status == 200 && absl::StartsWith(answer->server, "millrace/");
}

void LookAtPorts(const RolePorts& role, absl::Duration timeout, DoctorFacts& facts) {
  const bool runs = Runs(role.ports.back().second, timeout);
  for (const auto& [setting, text] : role.ports) {
    PortFacts port = {.role = role.role, .setting = setting, .address = text, .role_runs = runs};
    const absl::StatusOr<ListenAddress> address = ParseListenAddress(text);
    if (address.ok()) {
      port.exposure = CheckExposure(setting, *address, role.insecure);
      port.is_open = !IsLoopback(address->host);
      if (!runs) port.is_free = TryListening(text);
    } else {
      port.is_free = address.status();
    }
    facts.ports.push_back(std::move(port));
  }
}

absl::Status LookAtCoordinatorRole(const DoctorQuestions& questions, DoctorFacts& facts) {
  ASSIGN_OR_RETURN(const CoordinatorConfig config, LoadCoordinatorConfig(questions.sources));
  facts.folders.push_back(
      LookAtFolder("coordinator.data_dir", config.data_dir, /*must_outlive=*/true));
  facts.folders.push_back(
      LookAtFolder("checkpoint.dir", config.checkpoint_dir, /*must_outlive=*/true));
  LookAtPorts({.role = "coordinator",
               .insecure = config.insecure,
               .ports = {{"coordinator.rpc_address", config.rpc_address},
                         {"coordinator.http_address", config.http_address}}},
              questions.timeout, facts);
  return absl::OkStatus();
}

absl::Status LookAtWorkerRole(const DoctorQuestions& questions, DoctorFacts& facts) {
  ASSIGN_OR_RETURN(const WorkerConfig config, LoadWorkerConfig(questions.sources));
  facts.folders.push_back(LookAtFolder("worker.data_dir", config.data_dir, /*must_outlive=*/false));
  LookAtPorts({.role = "worker",
               .insecure = config.insecure,
               .ports = {{"worker.exchange_address", config.exchange_address},
                         {"worker.http_address", config.http_address}}},
              questions.timeout, facts);
  facts.worker = WorkerFacts{.memory_bytes = config.memory_bytes, .slots = config.slots};
  if (!questions.coordinator_role && questions.coordinator.empty()) {
    facts.coordinator =
        CoordinatorFacts{.address = config.coordinator,
                         .healthy = ProbeRpcHealth(config.coordinator, questions.timeout)};
  }
  // A worker is told the checkpoints' folder by its coordinator. A file that both roles share names
  // it, and then it has to be there for the worker, too.
  if (questions.coordinator_role) return absl::OkStatus();
  ASSIGN_OR_RETURN(const CoordinatorConfig shared, LoadCoordinatorConfig(questions.sources));
  if (shared.checkpoint_dir != CoordinatorConfig().checkpoint_dir) {
    facts.folders.push_back(
        LookAtFolder("checkpoint.dir", shared.checkpoint_dir, /*must_outlive=*/true));
  }
  return absl::OkStatus();
}

absl::Status LookAtRoles(const DoctorQuestions& questions, DoctorFacts& facts) {
  if (questions.coordinator_role) RETURN_IF_ERROR(LookAtCoordinatorRole(questions, facts));
  if (questions.worker_role) RETURN_IF_ERROR(LookAtWorkerRole(questions, facts));
  return absl::OkStatus();
}

}  // namespace

absl::Status TryListening(const std::string& text) {
  using Tcp = boost::asio::ip::tcp;
  ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(text));
  boost::system::error_code error;
  boost::asio::io_context io;
  const auto resolved = Tcp::resolver(io).resolve(address.host, absl::StrCat(address.port), error);
  Tcp::acceptor acceptor(io);
  if (!error) {
    const Tcp::endpoint endpoint = resolved.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1, error);
  }
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot listen on ", text, ": ", error.message()));
}

DoctorFacts GatherFacts(const DoctorQuestions& questions) {
  DoctorFacts facts = {.version = kVersion, .machine = GatherMachineFacts()};
  facts.configuration = LookAtRoles(questions, facts);
  if (!questions.kafka.empty()) {
    facts.kafka = GatherKafkaFacts(questions.kafka, questions.kafka_properties, questions.timeout);
  }
  if (!questions.coordinator.empty()) {
    facts.coordinator =
        CoordinatorFacts{.address = questions.coordinator,
                         .required = true,
                         .healthy = ProbeRpcHealth(questions.coordinator, questions.timeout)};
  }
  return facts;
}

}  // namespace millrace
