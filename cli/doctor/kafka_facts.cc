#include "cli/doctor/kafka_facts.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/probe/http_probe.h"
#include "common/kafka/client.h"

namespace millrace {
namespace {

constexpr int kErrorBytes = 512;
constexpr int kSyslogError = 3;
constexpr int kBrokersTried = 10;  // Of a large cluster, some say enough.

// What the library complains of while it connects: the cause that its result does not name.
struct Trouble {
  absl::Mutex mutex;
  std::string first ABSL_GUARDED_BY(mutex);
};

void Remember(const rd_kafka_t* client, int level, const char*, const char* message) {
  if (level > kSyslogError) return;
  auto* const trouble = static_cast<Trouble*>(rd_kafka_opaque(client));
  absl::MutexLock lock(&trouble->mutex);
  if (trouble->first.empty()) trouble->first = message;
}

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;

absl::StatusOr<Client> NewClient(const std::map<std::string, std::string>& properties,
                                 Trouble& trouble) {
  char reason[kErrorBytes];
  KafkaPtr<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof reason) !=
        RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(
          absl::StrCat("the Kafka client refuses the property ", name, ": ", reason));
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), &trouble);
  rd_kafka_conf_set_log_cb(conf.get(), Remember);
  Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason, sizeof reason));
  if (client == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("the Kafka client cannot be made: ", reason));
  }
  static_cast<void>(conf.release());  // The client owns it now.
  return client;
}

absl::Status Unreached(const KafkaFacts& facts, rd_kafka_resp_err_t error, Trouble& trouble) {
  absl::MutexLock lock(&trouble.mutex);
  return absl::UnavailableError(
      absl::StrCat("no broker answers at ", facts.bootstrap, ": ",
                   trouble.first.empty() ? rd_kafka_err2str(error) : trouble.first));
}

void TryBrokers(KafkaFacts& facts, absl::Duration timeout) {
  for (size_t i = 0; i < std::min<size_t>(facts.brokers.size(), kBrokersTried); ++i) {
    const absl::StatusOr<ListenAddress> address = ParseListenAddress(facts.brokers[i]);
    const absl::Status reached =
        address.ok() ? ProbeTcp(*address, timeout / kBrokersTried) : address.status();
    if (!reached.ok()) {
      facts.unreachable.emplace(facts.brokers[i], std::string(reached.message()));
    }
  }
}

}  // namespace

KafkaFacts GatherKafkaFacts(const std::string& bootstrap,
                            const std::map<std::string, std::string>& properties,
                            absl::Duration timeout) {
  KafkaFacts facts = {.bootstrap = bootstrap};
  std::map<std::string, std::string> all = properties;
  all["bootstrap.servers"] = bootstrap;
  Trouble trouble;  // Outlives the client.
  const absl::StatusOr<Client> client = NewClient(all, trouble);
  if (!client.ok()) {
    facts.reached = client.status();
    return facts;
  }
  const int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client->get(), /*all_topics=*/0, nullptr, &raw, timeout_ms);
  const KafkaPtr<const rd_kafka_metadata_t> metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    facts.reached = Unreached(facts, error, trouble);
    return facts;
  }
  for (int i = 0; i < metadata->broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& broker = metadata->brokers[i];
    facts.brokers.push_back(
        ListenAddress{broker.host, static_cast<uint16_t>(broker.port)}.ToString());
  }
  if (char* const id = rd_kafka_clusterid(client->get(), timeout_ms); id != nullptr) {
    facts.cluster_id = id;
    rd_kafka_mem_free(client->get(), id);
  }
  TryBrokers(facts, timeout);
  return facts;
}

}  // namespace millrace
