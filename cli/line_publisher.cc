#include "cli/line_publisher.h"

#include <librdkafka/rdkafka.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

constexpr int kConnectTimeoutMs = 15'000;
constexpr int kFlushTimeoutMs = 120'000;

absl::Status Configure(rd_kafka_conf_t* conf, const std::string& bootstrap) {
  const std::pair<const char*, std::string> settings[] = {
      {"bootstrap.servers", bootstrap},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"linger.ms", "20"},
      {"batch.size", "1000000"},
      {"queue.buffering.max.messages", "500000"},
      {"queue.buffering.max.kbytes", "131072"},
  };
  char error[512];
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(absl::StrCat("Kafka property ", key, ": ", error));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LinePublisher>> LinePublisher::Connect(const std::string& bootstrap,
                                                                      const std::string& topic) {
  std::unique_ptr<LinePublisher> publisher(new LinePublisher());
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const absl::Status configured = Configure(conf, bootstrap);
  if (!configured.ok()) {
    rd_kafka_conf_destroy(conf);
    return configured;
  }
  rd_kafka_conf_set_opaque(conf, publisher.get());
  rd_kafka_conf_set_dr_msg_cb(conf, &LinePublisher::OnDelivery);
  rd_kafka_conf_set_log_cb(conf, nullptr);
  char error[512];
  publisher->client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (publisher->client_ == nullptr) {
    rd_kafka_conf_destroy(conf);
    return absl::InternalError(error);
  }
  publisher->topic_ = rd_kafka_topic_new(publisher->client_, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t failed =
      rd_kafka_metadata(publisher->client_, 0, publisher->topic_, &metadata, kConnectTimeoutMs);
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::UnavailableError(absl::StrCat("no Kafka broker answers at ", bootstrap, ": ",
                                               rd_kafka_err2str(failed), ". Is it running?"));
  }
  publisher->partitions_ = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  if (publisher->partitions_ == 0) {
    return absl::NotFoundError(
        absl::StrCat("topic ", topic, " does not exist at ", bootstrap, ": create it first"));
  }
  return publisher;
}

LinePublisher::~LinePublisher() {
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
  if (client_ != nullptr) rd_kafka_destroy(client_);
}

absl::Status LinePublisher::Publish(std::string_view line) {
  const int32_t partition = static_cast<int32_t>(published_ % partitions_);
  while (rd_kafka_produce(topic_, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(line.data()),
                          line.size(), nullptr, 0, nullptr) != 0) {
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return absl::UnavailableError(absl::StrCat("cannot publish: ", rd_kafka_err2str(error)));
    }
    rd_kafka_poll(client_, 50);
  }
  if (++published_ % 1000 == 0) rd_kafka_poll(client_, 0);
  return absl::OkStatus();
}

absl::Status LinePublisher::Flush() {
  const rd_kafka_resp_err_t flushed = rd_kafka_flush(client_, kFlushTimeoutMs);
  if (failed_ > 0) {
    return absl::UnavailableError(
        absl::StrCat(failed_, " records were not written: ", first_error_));
  }
  if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::DeadlineExceededError(
        absl::StrCat("records are still unacknowledged: ", rd_kafka_err2str(flushed)));
  }
  return absl::OkStatus();
}

void LinePublisher::OnDelivery(rd_kafka_s*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  auto* self = static_cast<LinePublisher*>(opaque);
  if (self->failed_++ == 0) self->first_error_ = rd_kafka_err2str(message->err);
}

}  // namespace millrace
