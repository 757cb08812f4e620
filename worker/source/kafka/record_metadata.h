// The METADATA columns of a table, gathered from records as they come. Their types are the
// connector's (coordinator/catalog/connector_options.cc). Not thread-safe.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "worker/format/column/column_buffer.h"

namespace millrace {

enum class KafkaMetadata : uint8_t {
  kTopic,          // STRING
  kPartition,      // INT
  kOffset,         // BIGINT
  kTimestamp,      // TIMESTAMP_LTZ(3)
  kTimestampType,  // STRING: CreateTime, LogAppendTime, NoTimestampType
  kHeaders,        // MAP<STRING, BYTES>; the last of equal names
};

class RecordMetadata {
 public:
  // Null if the table has no such column. kInvalidArgument, naming it, for one of a key or a type
  // that this does not know.
  static absl::StatusOr<std::unique_ptr<RecordMetadata>> Create(const TableDescription& table);

  void Add(const rd_kafka_message_t& message);

  // A column for each METADATA column of the table's schema, in its order; forgets the records.
  std::vector<std::shared_ptr<arrow::Array>> Finish();

 private:
  RecordMetadata(std::vector<KafkaMetadata> kinds, const std::vector<DataType>& types);

  void AddTo(ColumnBuffer& column, KafkaMetadata kind, const rd_kafka_message_t& message);
  void AddHeaders(ColumnBuffer& column, const rd_kafka_message_t& message);

  const std::vector<KafkaMetadata> kinds_;
  ColumnGroup columns_;
};

}  // namespace millrace
