// What the options of an 'upsert-kafka' table say of its records: the primary key is their key.
// Pure.
#pragma once

#include "absl/status/status.h"
#include "common/plan/table.h"
#include "worker/sink/kafka/kafka_sink_options.h"

namespace millrace {

// Fills key_prefix and value_without_key from 'key.fields-prefix' and 'value.fields-include', for
// any table with keys.
absl::Status ReadIncludedFields(const TableDescription& table, KafkaSinkOptions& options);

// Fills key_format, key_columns, key_prefix and value_without_key. kInvalidArgument, naming table
// and option, for a table without a primary key and for options that contradict each other.
absl::Status ReadUpsertKey(const TableDescription& table, KafkaSinkOptions& options);

}  // namespace millrace
