// The client's settings for a source, and the reasons behind them.
#pragma once

#include <cstdint>
#include <string>

#include "common/kafka/client.h"
#include "worker/source/kafka/kafka_options.h"

namespace millrace {

// What the client may hold ready for a task. It counts payload bytes and records apart; a record
// costs about 450 bytes of its own, so that the two bounds together stay below 28 MiB.
inline constexpr int64_t kQueueBytes = 12 * 1024 * 1024;
inline constexpr int64_t kQueueRecords = 32 * 1024;

// Absent before librdkafka 2.2: without it a full queue puts a broker's thread to sleep for up to a
// second, however soon the queue is emptied.
inline constexpr char kQueueBackoff[] = "fetch.queue.backoff.ms";

KafkaClientOptions ConsumerClientOptions(const std::string& table, const std::string& client_id,
                                         const KafkaSourceOptions& options);

}  // namespace millrace
