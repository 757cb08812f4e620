#include "worker/sink/kafka/kafka_sink_options.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"
#include "worker/sink/kafka/upsert_key.h"

namespace millrace {
namespace {

absl::Status Wrong(const TableDescription& table, const std::string& option,
                   absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("table ", table.name, ": '", option, "' = '",
                                                 OptionOf(table, option), "': ", why));
}

absl::Status NotBuilt(const TableDescription& table, absl::string_view what,
                      absl::string_view instead) {
  return absl::UnimplementedError(absl::StrCat("table ", table.name, ": ", what,
                                               " is valid in Flink, not built yet; ", instead));
}

absl::StatusOr<DeliveryGuarantee> ReadGuarantee(const TableDescription& table) {
  const std::string option = "sink.delivery-guarantee";
  const std::string value = OptionOf(table, option, "exactly-once");
  if (value == "at-least-once") return DeliveryGuarantee::kAtLeastOnce;
  if (value == "none") return DeliveryGuarantee::kNone;
  if (value == "exactly-once") return DeliveryGuarantee::kExactlyOnce;
  return Wrong(table, option, "is none of exactly-once, at-least-once, none");
}

absl::StatusOr<KafkaPartitioner> ReadPartitioner(const TableDescription& table) {
  const std::string option = "sink.partitioner";
  const std::string value = OptionOf(table, option, "default");
  if (value == "default") return KafkaPartitioner::kDefault;
  if (value == "fixed") return KafkaPartitioner::kFixed;
  if (value == "round-robin") return KafkaPartitioner::kRoundRobin;
  return NotBuilt(table, absl::StrCat("'", option, "' = '", value, "', a class,"),
                  "use default, fixed or round-robin");
}

absl::Status ReadKey(const TableDescription& table, KafkaSinkOptions& options) {
  options.key_format = OptionOf(table, "key.format");
  const std::string fields = OptionOf(table, "key.fields");
  if (options.key_format.empty() != fields.empty()) {
    return Wrong(table, options.key_format.empty() ? "key.fields" : "key.format",
                 "'key.format' and 'key.fields' are given both or not at all");
  }
  if (fields.empty()) {
    if (OptionOf(table, "value.fields-include", "ALL") == "ALL") return absl::OkStatus();
    return Wrong(table, "value.fields-include",
                 "there is no key: set 'key.format' and 'key.fields'");
  }
  RETURN_IF_ERROR(ReadIncludedFields(table, options));
  std::vector<std::string> names;
  for (const Field& field : table.schema.fields()) names.push_back(field.name);
  for (absl::string_view part : absl::StrSplit(fields, ';', absl::SkipWhitespace())) {
    const std::string name(absl::StripAsciiWhitespace(part));
    const std::optional<int> index = table.schema.Find(name);
    if (!index.has_value()) {
      return Wrong(table, "key.fields",
                   absl::StrCat("there is no column '", name, "'; ", DidYouMean(name, names)));
    }
    if (!absl::StartsWith(name, options.key_prefix) || name.size() == options.key_prefix.size()) {
      return Wrong(table, "key.fields-prefix",
                   absl::StrCat("the key column '", name, "' does not begin with it"));
    }
    options.key_columns.push_back(*index);
  }
  if (options.partitioner == KafkaPartitioner::kRoundRobin) {
    return Wrong(table, "sink.partitioner", "rows with a key cannot go round the partitions");
  }
  return absl::OkStatus();
}

absl::Status ReadMetadata(const TableDescription& table, KafkaSinkOptions& options) {
  for (const auto& [column, key] : table.metadata) {
    const std::optional<int> index = table.schema.Find(column);
    if (key == "timestamp") {
      options.timestamp_column = index;
    } else if (key == "headers") {
      options.headers_column = index;
    } else {
      return absl::InvalidArgumentError(absl::StrCat("table ", table.name, ": the metadata '", key,
                                                     "' of the column '", column,
                                                     "' cannot be written; declare it as VIRTUAL"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KafkaSinkOptions> ParseKafkaSinkOptions(const TableDescription& table) {
  KafkaSinkOptions options;
  options.topic = OptionOf(table, "topic");
  if (options.topic.empty()) return Wrong(table, "topic", "is missing");
  if (absl::StrContains(options.topic, ";")) {
    return Wrong(table, "topic", "rows are written to one topic");
  }
  if (!OptionOf(table, "sink.parallelism").empty()) {
    return NotBuilt(table, "'sink.parallelism'", "the sink has the parallelism of its input");
  }
  ASSIGN_OR_RETURN(options.properties, ClientProperties(table));
  ASSIGN_OR_RETURN(options.guarantee, ReadGuarantee(table));
  options.transactional_id_prefix = OptionOf(table, "sink.transactional-id-prefix");
  ASSIGN_OR_RETURN(options.partitioner, ReadPartitioner(table));
  options.upsert = OptionOf(table, "connector") == "upsert-kafka";
  RETURN_IF_ERROR(options.upsert ? ReadUpsertKey(table, options) : ReadKey(table, options));
  RETURN_IF_ERROR(ReadMetadata(table, options));
  return options;
}

Schema KeySchema(const Schema& columns, const KafkaSinkOptions& options) {
  std::vector<Field> fields;
  for (const int index : options.key_columns) {
    fields.push_back(columns.field(index));
    fields.back().name.erase(0, options.key_prefix.size());
  }
  return Schema(std::move(fields));
}

Schema ValueSchema(const Schema& columns, const KafkaSinkOptions& options) {
  std::vector<Field> fields;
  for (const int index : ValueColumns(columns, options)) fields.push_back(columns.field(index));
  return Schema(std::move(fields));
}

std::vector<int> ValueColumns(const Schema& columns, const KafkaSinkOptions& options) {
  std::vector<int> indexes;
  for (int i = 0; i < columns.size(); ++i) {
    const bool in_key = std::find(options.key_columns.begin(), options.key_columns.end(), i) !=
                        options.key_columns.end();
    if (options.timestamp_column == i || options.headers_column == i) continue;
    if (!options.value_without_key || !in_key) indexes.push_back(i);
  }
  return indexes;
}

}  // namespace millrace
