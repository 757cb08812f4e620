// What a table's options say of reading a Kafka topic, with Flink's names and meaning.
//
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/kafka/properties.h"
#include "common/plan/table.h"

namespace millrace {

enum class KafkaOffsetMode : uint8_t { kEarliest, kLatest, kGroupOffsets, kTimestamp, kSpecific };

// Where reading begins, or where a bounded table ends.
struct KafkaOffsets {
  KafkaOffsetMode mode = KafkaOffsetMode::kGroupOffsets;
  int64_t timestamp_ms = 0;             // kTimestamp
  std::map<int32_t, int64_t> specific;  // kSpecific: partition -> offset
};

// Where a partition without an offset of the group begins.
enum class KafkaOffsetReset : uint8_t { kNone, kEarliest, kLatest };

struct KafkaSourceOptions {
  std::vector<std::string> topics;  // Or, if there are none:
  std::string topic_pattern;        // A regular expression of Java that whole names match.
  bool needs_keys = false;          // Columns come from the records' keys.
  std::string group_id;             // Empty: none; nothing is committed.
  KafkaOffsetReset offset_reset = KafkaOffsetReset::kNone;  // kNone: it is an error.
  KafkaOffsets startup;
  bool bounded = false;
  KafkaOffsets bound;  // If `bounded`.
  // How often new partitions are looked for; zero: never. A bounded table has the partitions of its
  // first start.
  absl::Duration discovery_interval = absl::Minutes(5);
  KafkaProperties properties;  // For the client.
};

// kInvalidArgument, naming table and option.
absl::StatusOr<KafkaSourceOptions> ParseKafkaSourceOptions(const TableDescription& table);

}  // namespace millrace
