#include "worker/source/kafka/record_metadata.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/valid_utf8.h"
#include "worker/contract/source_columns.h"

namespace millrace {
namespace {

constexpr int64_t kUsualRecords = 1024;

struct Known {
  std::string_view key;
  KafkaMetadata kind;
  TypeKind type;
};
constexpr Known kKnown[] = {
    {"topic", KafkaMetadata::kTopic, TypeKind::kVarchar},
    {"partition", KafkaMetadata::kPartition, TypeKind::kInt},
    {"offset", KafkaMetadata::kOffset, TypeKind::kBigInt},
    {"timestamp", KafkaMetadata::kTimestamp, TypeKind::kTimestampLtz},
    {"timestamp-type", KafkaMetadata::kTimestampType, TypeKind::kVarchar},
    {"headers", KafkaMetadata::kHeaders, TypeKind::kMap},
};

std::string_view TimestampType(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return "CreateTime";
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return "LogAppendTime";
    default:
      return "NoTimestampType";
  }
}

struct Header {
  std::string name;
  const void* content;  // Null: NULL.
  size_t bytes;
};

std::vector<Header> HeadersOf(const rd_kafka_message_t& message) {
  std::vector<Header> headers;
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* content = nullptr;
  size_t bytes = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &content, &bytes) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    Header header{.name = ToValidUtf8(name), .content = content, .bytes = bytes};
    bool replaced = false;
    for (Header& known : headers) {
      if (known.name != header.name) continue;
      known = header;
      replaced = true;
    }
    if (!replaced) headers.push_back(std::move(header));
  }
  return headers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordMetadata>> RecordMetadata::Create(
    const TableDescription& table) {
  std::vector<KafkaMetadata> kinds;
  std::vector<DataType> types;
  for (const int index : SourceColumns(table)) {
    const Field& field = table.schema.field(index);
    const std::string& key = table.metadata.at(field.name);
    const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) {
      return k.key == key && k.type == field.type.kind();
    });
    if (known == std::end(kKnown)) {
      return absl::InvalidArgumentError(absl::StrCat("table ", table.name, ": the column '",
                                                     field.name, "', a ", field.type.ToString(),
                                                     ", cannot be made FROM '", key, "'"));
    }
    kinds.push_back(known->kind);
    types.push_back(field.type);
  }
  if (kinds.empty()) return nullptr;
  return std::unique_ptr<RecordMetadata>(new RecordMetadata(std::move(kinds), types));
}

RecordMetadata::RecordMetadata(std::vector<KafkaMetadata> kinds, const std::vector<DataType>& types)
    : kinds_(std::move(kinds)), columns_(types) {
  columns_.Start(kUsualRecords);
}

void RecordMetadata::Add(const rd_kafka_message_t& message) {
  columns_.OpenSlot();
  for (size_t i = 0; i < kinds_.size(); ++i) {
    AddTo(columns_.column(static_cast<int>(i)), kinds_[i], message);
  }
  columns_.CloseSlot();
}

void RecordMetadata::AddTo(ColumnBuffer& column, KafkaMetadata kind,
                           const rd_kafka_message_t& message) {
  const int64_t slot = columns_.size();
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  switch (kind) {
    case KafkaMetadata::kTopic:
      column.SetString(slot, rd_kafka_topic_name(message.rkt));
      return;
    case KafkaMetadata::kPartition:
      column.Set<int32_t>(slot, message.partition);
      return;
    case KafkaMetadata::kOffset:
      column.Set<int64_t>(slot, message.offset);
      return;
    case KafkaMetadata::kTimestamp:
      column.Set<int64_t>(slot, rd_kafka_message_timestamp(&message, &type));
      return;
    case KafkaMetadata::kTimestampType:
      rd_kafka_message_timestamp(&message, &type);
      column.SetString(slot, TimestampType(type));
      return;
    case KafkaMetadata::kHeaders:
      AddHeaders(column, message);
      return;
  }
}

void RecordMetadata::AddHeaders(ColumnBuffer& column, const rd_kafka_message_t& message) {
  column.SetPresent(columns_.size());
  ColumnGroup& group = column.elements();
  for (const Header& header : HeadersOf(message)) {
    group.OpenSlot();
    group.column(0).SetString(group.size(), header.name);
    if (header.content != nullptr) {
      group.column(1).SetString(group.size(),
                                {static_cast<const char*>(header.content), header.bytes});
    }
    group.CloseSlot();
  }
}

std::vector<std::shared_ptr<arrow::Array>> RecordMetadata::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> arrays = columns_.Finish();
  columns_.Start(kUsualRecords);
  return arrays;
}

}  // namespace millrace
