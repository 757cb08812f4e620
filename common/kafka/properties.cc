#include "common/kafka/properties.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr absl::string_view kPrefix = "properties.";

// Handed on under their own names.
constexpr std::string_view kPassed[] = {
    // Who and where.
    "bootstrap.servers", "client.id", "client.rack", "group.id", "broker.address.family",
    "broker.address.ttl", "connections.max.idle.ms", "metadata.max.age.ms", "reconnect.backoff.ms",
    "reconnect.backoff.max.ms", "request.timeout.ms", "retry.backoff.ms", "socket.keepalive.enable",
    "socket.nagle.disable", "socket.receive.buffer.bytes", "socket.send.buffer.bytes",
    "socket.timeout.ms", "topic.metadata.refresh.interval.ms",
    // Security.
    "enable.ssl.certificate.verification", "sasl.mechanism", "sasl.mechanisms", "sasl.password",
    "sasl.username", "security.protocol", "ssl.ca.location", "ssl.ca.pem",
    "ssl.certificate.location", "ssl.certificate.pem", "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm", "ssl.key.location", "ssl.key.password", "ssl.key.pem",
    // Reading.
    "check.crcs", "fetch.error.backoff.ms", "fetch.max.bytes", "fetch.message.max.bytes",
    "fetch.min.bytes", "fetch.queue.backoff.ms", "fetch.wait.max.ms", "isolation.level",
    "max.partition.fetch.bytes", "queued.max.messages.kbytes", "queued.min.messages",
    // Writing.
    "acks", "batch.num.messages", "batch.size", "compression.codec", "compression.level",
    "compression.type", "delivery.timeout.ms", "enable.idempotence", "linger.ms", "max.in.flight",
    "max.in.flight.requests.per.connection", "message.max.bytes", "message.timeout.ms",
    "queue.buffering.max.kbytes", "queue.buffering.max.messages", "retries",
    "sticky.partitioning.linger.ms", "transaction.timeout.ms"};

// Java's name, and this client's.
struct Renamed {
  std::string_view java;
  std::string_view name;
};
constexpr Renamed kRenamed[] = {
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"max.request.size", "message.max.bytes"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    {"ssl.keystore.key", "ssl.key.pem"},
    {"ssl.truststore.certificates", "ssl.ca.pem"},
};

// Without effect here: they steer parts of the Java client that have no counterpart, or what the
// source and the sink settle themselves.
constexpr std::string_view kWithoutEffect[] = {"allow.auto.create.topics",
                                               "auto.commit.interval.ms",
                                               "auto.offset.reset",
                                               "client.dns.lookup",
                                               "default.api.timeout.ms",
                                               "enable.auto.commit",
                                               "group.instance.id",
                                               "heartbeat.interval.ms",
                                               "key.deserializer",
                                               "key.serializer",
                                               "max.block.ms",
                                               "max.poll.interval.ms",
                                               "max.poll.records",
                                               "partition.assignment.strategy",
                                               "partition.discovery.interval.ms",
                                               "session.timeout.ms",
                                               "value.deserializer",
                                               "value.serializer"};

// They load code, run programs or open connections inside the worker.
constexpr std::string_view kForbidden[] = {"plugin.library.paths",
                                           "sasl.kerberos.kinit.cmd",
                                           "sasl.kerberos.keytab",
                                           "sasl.oauthbearer.config",
                                           "sasl.oauthbearer.extensions",
                                           "sasl.oauthbearer.token.endpoint.url",
                                           "ssl.engine.location",
                                           "ssl.engine.id",
                                           "ssl.providers"};

// Valid in Flink, but only Java has it; what to do instead.
struct JavaOnly {
  std::string_view name;
  std::string_view instead;
};
constexpr JavaOnly kJavaOnly[] = {
    {"interceptor.classes", "remove it"},
    {"partitioner.class", "use 'sink.partitioner'"},
    {"ssl.keystore.location",
     "convert the key store to PEM and set 'properties.ssl.certificate.location' and "
     "'properties.ssl.key.location'"},
    {"ssl.truststore.location",
     "convert the trust store to PEM and set 'properties.ssl.ca.location'"},
    {"sasl.client.callback.handler.class", "use a SASL mechanism with a name and a password"},
    {"sasl.login.callback.handler.class", "use a SASL mechanism with a name and a password"},
};

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The value of `key="value"` or `key='value'` in a JAAS entry.
std::optional<std::string> JaasField(const std::string& entry, std::string_view key) {
  const size_t at = entry.find(absl::StrCat(AbslView(key), "="));
  if (at == std::string::npos) return std::nullopt;
  const size_t open = at + key.size() + 1;
  if (open >= entry.size()) return std::nullopt;
  const char quote = entry[open];
  if (quote != '"' && quote != '\'') return std::nullopt;
  const size_t close = entry.find(quote, open + 1);
  if (close == std::string::npos) return std::nullopt;
  return entry.substr(open + 1, close - open - 1);
}

class Translation {
 public:
  explicit Translation(const std::string& table) : table_(table) {}

  absl::Status Add(const std::string& name, const std::string& value) {
    if (Contains(kWithoutEffect, name)) return absl::OkStatus();
    if (Contains(kPassed, name)) return Set(name, name, value);
    if (name == "sasl.jaas.config") return AddJaas(value);
    if (name == "buffer.memory") return AddBufferMemory(value);
    for (const Renamed& renamed : kRenamed) {
      if (name == renamed.java) return Set(name, std::string(renamed.name), value);
    }
    return Refusal(name);
  }

  KafkaProperties& properties() { return properties_; }

  std::string At(absl::string_view name) const {
    return absl::StrCat("table ", table_, ": 'properties.", name, "'");
  }

 private:
  absl::Status Set(const std::string& written, const std::string& name, const std::string& value) {
    const auto [former, added] = properties_.try_emplace(name, value);
    if (added || former->second == value) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(At(written), " and 'properties.", name, "' are the same property: keep one"));
  }

  absl::Status AddJaas(const std::string& entry) {
    const bool known_module = absl::StrContains(entry, "PlainLoginModule") ||
                              absl::StrContains(entry, "ScramLoginModule");
    const auto user = JaasField(entry, "username");
    const auto password = JaasField(entry, "password");
    if (!known_module || !user.has_value() || !password.has_value()) {
      return absl::UnimplementedError(absl::StrCat(
          At("sasl.jaas.config"),
          " is understood for PlainLoginModule and ScramLoginModule with a quoted username and "
          "password; other login modules are valid in Flink, not built yet"));
    }
    RETURN_IF_ERROR(Set("sasl.jaas.config", "sasl.username", *user));
    return Set("sasl.jaas.config", "sasl.password", *password);
  }

  absl::Status AddBufferMemory(const std::string& value) {
    int64_t bytes = 0;
    if (!absl::SimpleAtoi(value, &bytes) || bytes < 1024) {
      return absl::InvalidArgumentError(
          absl::StrCat(At("buffer.memory"), " is not a number of bytes from 1024"));
    }
    return Set("buffer.memory", "queue.buffering.max.kbytes", absl::StrCat(bytes / 1024));
  }

  absl::Status Refusal(const std::string& name) const {
    if (Contains(kForbidden, name)) {
      return absl::PermissionDeniedError(absl::StrCat(
          At(name), " is not allowed: it would run or load a program inside the worker"));
    }
    for (const JavaOnly& only : kJavaOnly) {
      if (name == only.name) {
        return absl::UnimplementedError(
            absl::StrCat(At(name), " is valid in Flink, not built here; ", AbslView(only.instead)));
      }
    }
    std::vector<std::string> known(std::begin(kPassed), std::end(kPassed));
    for (const Renamed& renamed : kRenamed) known.emplace_back(renamed.java);
    known.emplace_back("sasl.jaas.config");
    const std::string hint = DidYouMean(name, known);
    return absl::InvalidArgumentError(
        absl::StrCat(At(name), " is no property that is handed to the Kafka client",
                     hint.empty() ? "" : "; ", hint));
  }

  const std::string& table_;
  KafkaProperties properties_;
};

}  // namespace

std::string OptionOf(const TableDescription& table, const std::string& name,
                     std::string otherwise) {
  const auto found = table.options.find(name);
  return found == table.options.end() ? std::move(otherwise) : found->second;
}

absl::StatusOr<KafkaProperties> ClientProperties(const TableDescription& table) {
  Translation translation(table.name);
  for (const auto& [option, value] : table.options) {
    absl::string_view name = option;
    if (!absl::ConsumePrefix(&name, kPrefix)) continue;
    RETURN_IF_ERROR(translation.Add(std::string(name), value));
  }
  if (translation.properties()["bootstrap.servers"].empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(translation.At("bootstrap.servers"), " is missing: set it to 'host:port'"));
  }
  return std::move(translation.properties());
}

}  // namespace millrace
