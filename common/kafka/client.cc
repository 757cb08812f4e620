#include "common/kafka/client.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/kafka/client_end.h"
#include "common/log/log.h"

namespace millrace {
namespace {

constexpr int kErrorBytes = 512;

// syslog's LOG_ERR; the header's macros would collide with those of common/log.
constexpr int kSyslogError = 3;

}  // namespace

KafkaClient::KafkaClient(const KafkaClientOptions& options)
    : table_(options.table), shared_(std::make_shared<Shared>()) {
  shared_->table = options.table;
  shared_->on_delivery = options.on_delivery;
  shared_->on_error = options.on_error;
  shared_->log_fields = LogScope::Current();
}

absl::StatusOr<std::unique_ptr<KafkaClient>> KafkaClient::Create(KafkaClientOptions options) {
  auto client = absl::WrapUnique(new KafkaClient(options));
  KafkaPtr<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  RETURN_IF_ERROR(client->Configure(options, conf.get()));
  char reason[kErrorBytes];
  client->client_ = rd_kafka_new(options.type, conf.get(), reason, sizeof reason);
  if (client->client_ == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("table ", options.table,
                                                   ": the Kafka client cannot be made: ", reason,
                                                   ". Check the table's 'properties.*' options"));
  }
  static_cast<void>(conf.release());  // The client owns it now.
  return client;
}

KafkaClient::~KafkaClient() {
  if (client_ == nullptr) return;
  if (rd_kafka_type(client_) == RD_KAFKA_PRODUCER) {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  // A consumer leaves no group, as it never joined one.
  const auto destroy = [client = client_] {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  };
  if (EndClient(destroy, shared_)) return;
  LOG_WARNING("the Kafka client does not end; its threads stay until the process ends",
              {{"table", table_},
               {"brokers", bootstrap_servers_},
               {"waited", absl::FormatDuration(kClientEndLimit)}});
}

absl::Status KafkaClient::SetProperty(rd_kafka_conf_t* conf, const std::string& name,
                                      const std::string& value) const {
  char reason[kErrorBytes];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) ==
      RD_KAFKA_CONF_OK) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("table ", table_, ": 'properties.", name,
                                                 "' is refused by the Kafka client (librdkafka ",
                                                 rd_kafka_version_str(), "): ", reason));
}

absl::Status KafkaClient::Configure(const KafkaClientOptions& options, rd_kafka_conf_t* conf) {
  char reason[kErrorBytes];
  // A broker that is back is found within a second, not within the library's ten.
  RETURN_IF_ERROR(SetProperty(conf, "reconnect.backoff.max.ms", "1000"));
  for (const auto& [name, value] : options.defaults) {
    const rd_kafka_conf_res_t result =
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason);
    if (result == RD_KAFKA_CONF_UNKNOWN) unknown_.insert(name);
    if (result == RD_KAFKA_CONF_INVALID) return SetProperty(conf, name, value);
  }
  for (const auto& [name, value] : options.properties) {
    RETURN_IF_ERROR(SetProperty(conf, name, value));
  }
  const auto servers = options.properties.find("bootstrap.servers");
  if (servers != options.properties.end()) bootstrap_servers_ = servers->second;
  if (options.properties.count("client.id") == 0) {
    RETURN_IF_ERROR(SetProperty(conf, "client.id", options.client_id));
  }
  for (const auto& [name, value] : options.fixed) RETURN_IF_ERROR(SetProperty(conf, name, value));
  rd_kafka_conf_set_opaque(conf, shared_.get());
  rd_kafka_conf_set_log_cb(conf, &KafkaClient::OnLog);
  // Without a callback the library does not collect what nobody would poll for.
  if (shared_->on_error != nullptr) {
    rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char*, void* shared) {
      static_cast<Shared*>(shared)->on_error(static_cast<rd_kafka_resp_err_t>(error));
    });
  }
  if (shared_->on_delivery != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(conf,
                                [](rd_kafka_t*, const rd_kafka_message_t* message, void* shared) {
                                  static_cast<Shared*>(shared)->on_delivery(*message);
                                });
  }
  return absl::OkStatus();
}

void KafkaClient::OnLog(const rd_kafka_t* client, int level, const char* facility,
                        const char* message) {
  auto* shared = static_cast<Shared*>(rd_kafka_opaque(client));
  const LogScope log_scope(shared->log_fields);  // This is a thread of the library's.
  if (level > kSyslogError) {
    LOG_DEBUG("librdkafka",
              {{"table", shared->table}, {"facility", facility}, {"message", message}});
    return;
  }
  {
    absl::MutexLock lock(&shared->mutex);
    // The library's summary ("1/1 brokers are down") comes after the cause and says less.
    const bool summary = absl::string_view(facility) == "ERROR";
    if (!summary || shared->last_trouble.empty()) shared->last_trouble = message;
  }
  LOG_WARNING("the Kafka client has trouble",
              {{"table", shared->table}, {"facility", facility}, {"message", message}});
}

absl::Status KafkaClient::Unreachable(absl::Duration timeout) const {
  absl::MutexLock lock(&shared_->mutex);
  return absl::UnavailableError(absl::StrCat(
      "table ", table_, ": no Kafka broker at ", bootstrap_servers_, " answered within ",
      absl::FormatDuration(timeout),
      shared_->last_trouble.empty() ? "" : absl::StrCat(" (", shared_->last_trouble, ")"),
      ". Check 'properties.bootstrap.servers', that the broker runs and can be reached from the "
      "workers, and the security settings"));
}

absl::Status KafkaClient::Error(rd_kafka_resp_err_t error, absl::string_view what) const {
  const std::string message = absl::StrCat("table ", table_, ": ", what, " failed on Kafka at ",
                                           bootstrap_servers_, ": ", rd_kafka_err2str(error));
  switch (error) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return absl::NotFoundError(
          absl::StrCat(message, ". Create the topic, or correct its name in the table's options"));
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return absl::PermissionDeniedError(absl::StrCat(
          message, ". Grant the principal access, or correct the table's security properties"));
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
      return absl::UnavailableError(
          absl::StrCat(message, ". Check that the brokers run and can be reached"));
    default:
      return absl::InternalError(message);
  }
}

absl::Status KafkaClient::FatalError() const {
  char reason[kErrorBytes];
  const rd_kafka_resp_err_t error = rd_kafka_fatal_error(client_, reason, sizeof reason);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return Error(error, absl::StrCat("the client (", reason, ")"));
}

absl::StatusOr<std::map<int32_t, int32_t>> KafkaClient::Partitions(const std::string& topic,
                                                                   absl::Duration timeout) const {
  KafkaPtr<rd_kafka_topic_t> handle(rd_kafka_topic_new(client_, topic.c_str(), nullptr));
  if (handle == nullptr) return Error(rd_kafka_last_error(), absl::StrCat("topic '", topic, "'"));
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(
      client_, 0, handle.get(), &raw, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  const KafkaPtr<const struct rd_kafka_metadata> metadata(raw);
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    return Unreachable(timeout);
  }
  const std::string what = absl::StrCat("looking up topic '", topic, "'");
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error(error, what);
  std::map<int32_t, int32_t> partitions;
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    const rd_kafka_metadata_topic_t& found = metadata->topics[t];
    if (topic != found.topic) continue;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return Error(found.err, what);
    for (int p = 0; p < found.partition_cnt; ++p) {
      partitions[found.partitions[p].id] = found.partitions[p].leader;
    }
  }
  if (partitions.empty()) return Error(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, what);
  return partitions;
}

absl::StatusOr<std::vector<std::string>> KafkaClient::Topics(absl::Duration timeout) const {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client_, /*all_topics=*/1, nullptr, &raw,
                        static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  const KafkaPtr<const struct rd_kafka_metadata> metadata(raw);
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    return Unreachable(timeout);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error(error, "listing the topics");
  std::vector<std::string> topics;
  for (int t = 0; t < metadata->topic_cnt; ++t) topics.emplace_back(metadata->topics[t].topic);
  std::sort(topics.begin(), topics.end());
  return topics;
}

}  // namespace millrace
