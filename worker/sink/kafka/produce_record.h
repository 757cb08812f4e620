// Hands a record to a producer: with the cheap call if it has neither headers nor a time of its
// own.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>

#include "worker/sink/staged/segment_format.h"

namespace millrace {

struct ProduceTarget {
  rd_kafka_t* client = nullptr;
  rd_kafka_topic_t* topic = nullptr;
  int32_t partition = RD_KAFKA_PARTITION_UA;
  void* ticket = nullptr;  // Comes back with the delivery report.
};

// The record is copied; its own partition is not looked at.
rd_kafka_resp_err_t ProduceRecord(const ProduceTarget& target, const StagedRecord& record);

}  // namespace millrace
