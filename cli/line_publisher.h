// Publishes generated lines as Kafka records: line i goes to partition i modulo the topic's
// partitions, so that every partition keeps the order of the lines and a run can be repeated
// exactly.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_message_s;

namespace millrace {

// Not thread-safe.
class LinePublisher {
 public:
  // The topic must exist. kUnavailable if the broker does not answer within 15 s, kNotFound for a
  // missing topic.
  static absl::StatusOr<std::unique_ptr<LinePublisher>> Connect(const std::string& bootstrap,
                                                                const std::string& topic);
  ~LinePublisher();

  // Queues a record; waits while the queue is full.
  absl::Status Publish(std::string_view line);

  // Waits until every record is acknowledged. An error if one was not.
  absl::Status Flush();

  int32_t partitions() const { return partitions_; }
  int64_t failed() const { return failed_; }

 private:
  LinePublisher() = default;
  static void OnDelivery(rd_kafka_s* client, const rd_kafka_message_s* message, void* opaque);

  rd_kafka_s* client_ = nullptr;
  rd_kafka_topic_s* topic_ = nullptr;
  int32_t partitions_ = 0;
  int64_t published_ = 0;
  int64_t failed_ = 0;
  std::string first_error_;
};

}  // namespace millrace
