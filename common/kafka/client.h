// A librdkafka client made from a table's 'properties.*' options, with this project's errors and
// log.
//
// The C API; everything owned is in unique_ptr. The thread rule is librdkafka's: any thread, but
// callbacks run only inside the caller's own poll. Errors name the table, the brokers, the cause
// and the remedy.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/kafka/properties.h"
#include "common/log/log_scope.h"

namespace millrace {

struct KafkaDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const struct rd_kafka_metadata* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
template <typename T>
using KafkaPtr = std::unique_ptr<T, KafkaDeleter>;

struct KafkaClientOptions {
  rd_kafka_type_t type = RD_KAFKA_CONSUMER;
  std::string table;           // Named in errors.
  std::string client_id;       // Seen in the broker's logs and quotas, unless the table sets one.
  KafkaProperties properties;  // Of the table.
  // Set after the properties, so that a table cannot change what correctness rests on.
  KafkaProperties fixed;
  // Set before the properties; one that this library does not know is left out.
  KafkaProperties defaults;
  // Called inside a poll. `on_error`: trouble that concerns no message; the log has it, too.
  std::function<void(const rd_kafka_message_t&)> on_delivery;
  std::function<void(rd_kafka_resp_err_t)> on_error;
};

class KafkaClient {
 public:
  // kInvalidArgument, naming table, property and reason, for properties that the library refuses.
  static absl::StatusOr<std::unique_ptr<KafkaClient>> Create(KafkaClientOptions options);

  // Waits for the library's threads, but not for ever. Messages that are not delivered yet are
  // given up.
  ~KafkaClient();

  rd_kafka_t* get() const { return client_; }

  // Partition -> leader's broker id of an existing topic. Blocks for at most `timeout`.
  // kUnavailable: no broker answers; kNotFound: no such topic; kPermissionDenied.
  absl::StatusOr<std::map<int32_t, int32_t>> Partitions(const std::string& topic,
                                                        absl::Duration timeout) const;

  // The names of all topics that the client may see. Blocks for at most `timeout`. kUnavailable: no
  // broker answers.
  absl::StatusOr<std::vector<std::string>> Topics(absl::Duration timeout) const;

  // `error` while doing `what`.
  absl::Status Error(rd_kafka_resp_err_t error, absl::string_view what) const;

  // The error after which the client is useless, if there was one.
  absl::Status FatalError() const;

  const std::string& bootstrap_servers() const { return bootstrap_servers_; }

  // Whether the library has the property `name`, which was among the defaults.
  bool knows(const std::string& name) const { return unknown_.count(name) == 0; }

 private:
  explicit KafkaClient(const KafkaClientOptions& options);

  absl::Status Configure(const KafkaClientOptions& options, rd_kafka_conf_t* conf);
  absl::Status SetProperty(rd_kafka_conf_t* conf, const std::string& name,
                           const std::string& value) const;
  absl::Status Unreachable(absl::Duration timeout) const;
  static void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* message);

  // What the library's threads use; it stays if they do (client_end.h).
  struct Shared {
    std::string table;
    std::function<void(const rd_kafka_message_t&)> on_delivery;
    std::function<void(rd_kafka_resp_err_t)> on_error;
    LogFields log_fields;  // Of the scope in which the client was made.

    absl::Mutex mutex;
    std::string last_trouble ABSL_GUARDED_BY(mutex);  // What the library last complained about.
  };

  const std::string table_;
  const std::shared_ptr<Shared> shared_;
  std::string bootstrap_servers_;
  std::set<std::string> unknown_;  // Defaults that this library does not have.
  rd_kafka_t* client_ = nullptr;   // Owned.
};

}  // namespace millrace
