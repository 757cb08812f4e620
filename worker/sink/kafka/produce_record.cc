#include "worker/sink/kafka/produce_record.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

// What the C API takes: null for none, and something else for what is empty.
struct Bytes {
  void* data = nullptr;
  size_t size = 0;
};

Bytes BytesOf(std::optional<std::string_view> view) {
  if (!view.has_value()) return {};
  return {const_cast<char*>(view->data() == nullptr ? "" : view->data()), view->size()};
}

struct ErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};

// The usual record, without an allocation.
rd_kafka_resp_err_t ProducePlain(const ProduceTarget& target, const StagedRecord& record) {
  const Bytes key = BytesOf(record.key);
  const Bytes value = BytesOf(record.value);
  const int failed = rd_kafka_produce(target.topic, target.partition, RD_KAFKA_MSG_F_COPY,
                                      value.data, value.size, key.data, key.size, target.ticket);
  return failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
}

rd_kafka_resp_err_t ProduceWhole(const ProduceTarget& target, const StagedRecord& record) {
  std::vector<rd_kafka_vu_t> fields;
  const auto field = [&fields](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    fields.push_back({});
    fields.back().vtype = type;
    return fields.back();
  };
  field(RD_KAFKA_VTYPE_RKT).u.rkt = target.topic;
  field(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
  field(RD_KAFKA_VTYPE_PARTITION).u.i32 = target.partition;
  field(RD_KAFKA_VTYPE_OPAQUE).u.ptr = target.ticket;
  const Bytes key = BytesOf(record.key);
  field(RD_KAFKA_VTYPE_KEY).u.mem = {key.data, key.size};
  const Bytes value = BytesOf(record.value);
  field(RD_KAFKA_VTYPE_VALUE).u.mem = {value.data, value.size};
  if (record.timestamp_ms.has_value()) field(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = *record.timestamp_ms;
  std::vector<std::string> names;  // The library wants them to end with a zero.
  names.reserve(record.headers.size());
  for (const auto& [name, content] : record.headers) {
    field(RD_KAFKA_VTYPE_HEADER).u.header = {names.emplace_back(name).c_str(), content.data(),
                                             static_cast<ssize_t>(content.size())};
  }
  const std::unique_ptr<rd_kafka_error_t, ErrorDeleter> error(
      rd_kafka_produceva(target.client, fields.data(), fields.size()));
  return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
}

}  // namespace

rd_kafka_resp_err_t ProduceRecord(const ProduceTarget& target, const StagedRecord& record) {
  return record.headers.empty() && !record.timestamp_ms.has_value() ? ProducePlain(target, record)
                                                                    : ProduceWhole(target, record);
}

}  // namespace millrace
