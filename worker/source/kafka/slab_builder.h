// Gathers the records that one poll brought for one partition into a slab: the arena is filled once,
// at its final size.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/contract/source.h"

namespace millrace {

class SlabBuilder {
 public:
  // Notes `message`, which must live until Build.
  void Add(const rd_kafka_message_t* message) {
    messages_.push_back(message);
    bytes_ += message->len;
  }

  bool empty() const { return messages_.empty(); }

  // The records noted, copied; forgets them.
  Slab Build() {
    Slab slab;
    const size_t count = messages_.size();
    auto arena = std::make_shared<std::string>();
    arena->reserve(bytes_ + Slab::kPadding);
    slab.offsets.reserve(count);
    slab.lengths.reserve(count);
    slab.timestamps_ms.reserve(count);
    slab.positions.reserve(count);
    for (const rd_kafka_message_t* message : messages_) {
      rd_kafka_timestamp_type_t type;
      slab.offsets.push_back(static_cast<uint32_t>(arena->size()));
      slab.lengths.push_back(static_cast<uint32_t>(message->len));
      slab.timestamps_ms.push_back(rd_kafka_message_timestamp(message, &type));
      slab.positions.push_back(message->offset);
      arena->append(static_cast<const char*>(message->payload), message->len);
    }
    arena->append(Slab::kPadding, '\0');
    slab.arena = std::move(arena);
    messages_.clear();
    bytes_ = 0;
    return slab;
  }

 private:
  std::vector<const rd_kafka_message_t*> messages_;
  size_t bytes_ = 0;
};

}  // namespace millrace
