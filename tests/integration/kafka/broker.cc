#include "tests/integration/kafka/broker.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace millrace {
namespace {

constexpr int kTimeoutMs = 10'000;

using Admin = std::function<void(rd_kafka_t*, rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;

// Runs an administrative call and waits for its result.
void Administrate(const KafkaClient& client, const Admin& call) {
  rd_kafka_t* const handle = client.get();
  KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle));
  rd_kafka_AdminOptions_t* const options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_ANY);
  call(handle, options, queue.get());
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_event_t* const event = rd_kafka_queue_poll(queue.get(), kTimeoutMs);
  CHECK(event != nullptr);
  CHECK(rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_event_destroy(event);
}

// The broker answers that a topic is made before it serves it.
void WaitUntilServed(const KafkaClient& client, const std::string& topic, int partitions) {
  constexpr int kPauseMs = 10;
  for (int waited_ms = 0; waited_ms < kTimeoutMs; waited_ms += kPauseMs) {
    const auto leaders = client.Partitions(topic, absl::Milliseconds(kTimeoutMs));
    if (leaders.ok() && static_cast<int>(leaders->size()) == partitions &&
        std::all_of(leaders->begin(), leaders->end(),
                    [](const auto& leader) { return leader.second >= 0; })) {
      return;
    }
    rd_kafka_poll(client.get(), kPauseMs);
  }
  CHECK(!"the topic is served");
}

void MustSucceed(rd_kafka_error_t* error) {
  if (error == nullptr) return;
  fprintf(stderr, "%s\n", rd_kafka_error_string(error));
  CHECK(error == nullptr);
}

void Send(const KafkaClient& client, const std::string& topic, int32_t partition,
          const std::vector<std::string>& values) {
  KafkaPtr<rd_kafka_topic_t> handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  for (const std::string& value : values) {
    while (rd_kafka_produce(handle.get(), partition, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(value.data()), value.size(), nullptr, 0,
                            nullptr) != 0) {
      CHECK(rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL);
      rd_kafka_poll(client.get(), 10);
    }
  }
  CHECK(rd_kafka_flush(client.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

}  // namespace

std::string BrokerAddress() {
  const char* address = std::getenv("MILLRACE_TEST_KAFKA");
  return address == nullptr ? "" : address;
}

Broker::Broker(std::string address) : address_(std::move(address)) {
  producer_ = NewClient(RD_KAFKA_PRODUCER, {{"message.max.bytes", "20000000"}});
}

std::unique_ptr<KafkaClient> Broker::NewClient(rd_kafka_type_t type,
                                               KafkaProperties properties) const {
  properties["bootstrap.servers"] = address_;
  auto client = KafkaClient::Create({.type = type,
                                     .table = "of the test",
                                     .client_id = "test",
                                     .properties = std::move(properties)});
  CHECK(client.ok());
  return *std::move(client);
}

std::string Broker::CreateTopic(const std::string& name, int partitions,
                                const std::map<std::string, std::string>& configs) {
  static int count = 0;
  const std::string topic = absl::StrCat(name, "-", getpid(), "-", ++count);
  Administrate(*producer_, [&](rd_kafka_t* client, auto* options, auto* queue) {
    char reason[256];
    rd_kafka_NewTopic_t* request =
        rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, reason, sizeof reason);
    for (const auto& [config, value] : configs) {
      CHECK(rd_kafka_NewTopic_set_config(request, config.c_str(), value.c_str()) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    rd_kafka_CreateTopics(client, &request, 1, options, queue);
    rd_kafka_NewTopic_destroy(request);
  });
  WaitUntilServed(*producer_, topic, partitions);
  return topic;
}

void Broker::AddPartitions(const std::string& topic, int total) {
  Administrate(*producer_, [&](rd_kafka_t* client, auto* options, auto* queue) {
    char reason[256];
    rd_kafka_NewPartitions_t* request = rd_kafka_NewPartitions_new(
        topic.c_str(), static_cast<size_t>(total), reason, sizeof reason);
    rd_kafka_CreatePartitions(client, &request, 1, options, queue);
    rd_kafka_NewPartitions_destroy(request);
  });
}

void Broker::DeleteTopic(const std::string& topic) {
  Administrate(*producer_, [&](rd_kafka_t* client, auto* options, auto* queue) {
    rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic.c_str());
    rd_kafka_DeleteTopics(client, &request, 1, options, queue);
    rd_kafka_DeleteTopic_destroy(request);
  });
}

void Broker::DeleteRecords(const std::string& topic, int32_t partition, int64_t offset) {
  Administrate(*producer_, [&](rd_kafka_t* client, auto* options, auto* queue) {
    KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
    rd_kafka_DeleteRecords(client, &request, 1, options, queue);
    rd_kafka_DeleteRecords_destroy(request);
  });
}

void Broker::Produce(const std::string& topic, int32_t partition,
                     const std::vector<std::string>& values) {
  Send(*producer_, topic, partition, values);
}

void Broker::ProduceInTransaction(const std::string& topic, int32_t partition,
                                  const std::vector<std::string>& values, bool commit) {
  const auto producer = NewClient(RD_KAFKA_PRODUCER, {{"transactional.id", topic + "-writer"}});
  MustSucceed(rd_kafka_init_transactions(producer->get(), kTimeoutMs));
  MustSucceed(rd_kafka_begin_transaction(producer->get()));
  Send(*producer, topic, partition, values);
  MustSucceed(commit ? rd_kafka_commit_transaction(producer->get(), kTimeoutMs)
                     : rd_kafka_abort_transaction(producer->get(), kTimeoutMs));
}

namespace {

std::map<std::string, std::string> HeadersOf(const rd_kafka_message_t& message) {
  std::map<std::string, std::string> all;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return all;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    all[name] = std::string(static_cast<const char*>(value), size);
  }
  return all;
}

}  // namespace

std::vector<ReceivedRecord> Broker::ReadAll(const std::string& topic, int partitions) {
  const auto consumer = NewClient(
      RD_KAFKA_CONSUMER,
      {{"group.id", "test"}, {"enable.auto.commit", "false"}, {"enable.partition.eof", "true"}});
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(partitions));
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p)->offset = 0;
  }
  CHECK(rd_kafka_assign(consumer->get(), list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  std::map<int32_t, std::vector<ReceivedRecord>> by_partition;
  for (int left = partitions; left > 0;) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer->get(), kTimeoutMs);
    CHECK(message != nullptr);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      --left;
    } else {
      CHECK(message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
      ReceivedRecord record{.partition = message->partition,
                            .value = {static_cast<char*>(message->payload), message->len}};
      if (message->key != nullptr) {
        record.key.emplace(static_cast<char*>(message->key), message->key_len);
      }
      record.headers = HeadersOf(*message);
      by_partition[message->partition].push_back(std::move(record));
    }
    rd_kafka_message_destroy(message);
  }
  std::vector<ReceivedRecord> all;
  for (auto& [partition, records] : by_partition) {
    for (ReceivedRecord& record : records) all.push_back(std::move(record));
  }
  return all;
}

std::optional<int64_t> Broker::Committed(const std::string& group, const std::string& topic,
                                         int32_t partition) {
  const auto consumer = NewClient(RD_KAFKA_CONSUMER, {{"group.id", group}});
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  CHECK(rd_kafka_committed(consumer->get(), list.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
  const int64_t offset = list->elems[0].offset;
  return offset >= 0 ? std::optional<int64_t>(offset) : std::nullopt;
}

}  // namespace millrace
