// One partition of a running source.
#pragma once

#include <cstdint>
#include <memory>

#include "worker/source/kafka/partition_reader.h"
#include "worker/source/kafka/record_metadata.h"
#include "worker/source/kafka/slab_builder.h"

namespace millrace {

struct KafkaSplit {
  PartitionReader reader;
  int32_t leader = 0;  // Broker id, as of Open.
  SlabBuilder slab;
  std::unique_ptr<RecordMetadata> metadata;  // Of the slab's records; null: nobody wants any.
  int64_t lag_records = -1;
  int64_t end_offset = -1;  // When the lag was looked at; -1: not known.
  bool paused = false;      // Bounded, and at its end.
  bool unproven = false;    // Connections were lost: its end is to be asked for again.
};

}  // namespace millrace
