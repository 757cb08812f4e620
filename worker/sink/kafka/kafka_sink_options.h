// What a table's options say of writing to a Kafka topic, with Flink's names and meaning.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/kafka/properties.h"
#include "common/plan/table.h"

namespace millrace {

enum class DeliveryGuarantee : uint8_t {
  kNone,         // A checkpoint does not wait for rows that are under way.
  kAtLeastOnce,  // It does: no row is lost, some come twice after a failure.
  kExactlyOnce,  // Rows become visible with their checkpoint (worker/sink/staged).
};

enum class KafkaPartitioner : uint8_t {
  kDefault,     // By the key as the Java client does it, else any partition, by batches.
  kFixed,       // One partition for each task.
  kRoundRobin,  // One row each in turn.
};

struct KafkaSinkOptions {
  std::string topic;
  DeliveryGuarantee guarantee = DeliveryGuarantee::kExactlyOnce;
  std::string transactional_id_prefix;  // kExactlyOnce: instead of the cluster's id, for ACLs.
  KafkaPartitioner partitioner = KafkaPartitioner::kDefault;
  std::string key_format;          // Empty: rows have no key.
  std::vector<int> key_columns;    // Indices into the table's columns.
  std::string key_prefix;          // 'key.fields-prefix': in the names of columns, not in records.
  bool value_without_key = false;  // 'value.fields-include' = 'EXCEPT_KEY'
  bool upsert = false;             // The connector is upsert-kafka: the key is the primary key.
  // METADATA columns, which are no part of the value.
  std::optional<int> timestamp_column;  // TIMESTAMP_LTZ(3)
  std::optional<int> headers_column;    // MAP<STRING, BYTES>
  KafkaProperties properties;           // For the client.
};

// kInvalidArgument, naming table and option; kUnimplemented for what Flink has and this does not.
absl::StatusOr<KafkaSinkOptions> ParseKafkaSinkOptions(const TableDescription& table);

// The columns of the key, in the order of 'key.fields': what the encoder of the key is made for.
Schema KeySchema(const Schema& columns, const KafkaSinkOptions& options);

// The columns of the value, which its encoder is made for, and where they are in `columns`.
Schema ValueSchema(const Schema& columns, const KafkaSinkOptions& options);
std::vector<int> ValueColumns(const Schema& columns, const KafkaSinkOptions& options);

}  // namespace millrace
