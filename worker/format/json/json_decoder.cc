#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/format/column/column_buffer.h"
#include "worker/format/column/row_origins.h"
#include "worker/format/column/scalar_text.h"
#include "worker/format/json/json_format.h"
#include "worker/format/json/json_options.h"
#include "worker/format/json/value_reader.h"

namespace millrace {
namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(const Schema& schema, JsonOptions options)
      : schema_(schema),
        options_(std::move(options)),
        arrow_schema_(schema.ToArrow()),
        columns_(TypesOf(schema)),
        reader_(schema_, options_, columns_, parser_) {}

  absl::StatusOr<DecodeResult> Decode(const Slab& slab) override {
    DecodeResult result;
    columns_.Start(slab.size());
    origins_.Start();
    for (int64_t i = 0; i < slab.size(); ++i) {
      const std::string_view record = slab.record(i);
      CHECK_LE(slab.offsets[i] + record.size() + Slab::kPadding, slab.arena->size());
      if (record.empty()) continue;  // A tombstone.
      const int64_t first_row = columns_.size();
      if (ReadRecord(record)) {
        origins_.OnRows(columns_.size(), i);
        continue;
      }
      columns_.Truncate(first_row);
      result.bad_records.push_back({.index = i, .reason = std::move(problem_)});
    }
    const int64_t rows = columns_.size();
    result.batch = Batch(arrow::RecordBatch::Make(arrow_schema_, rows, columns_.Finish()));
    result.record_of_row = origins_.Finish(slab.size());
    return result;
  }

  bool skips_bad_records() const override { return options_.ignore_parse_errors; }

 private:
  // False if the record cannot be read; problem_ says why. The rows of it that were read are
  // complete.
  bool ReadRecord(std::string_view record) {
    // A parser's memory is made for the longest record so far: grow it by leaps.
    if (record.size() > parser_.capacity()) {
      const size_t capacity = std::max(record.size(), parser_.capacity() * 2);
      if (const auto error = parser_.allocate(capacity)) return Refuse(error);
    }
    simdjson::ondemand::document document;
    const auto error =
        parser_.iterate(record.data(), record.size(), record.size() + Slab::kPadding).get(document);
    if (error == simdjson::EMPTY) return true;  // White space: a tombstone, too.
    if (error) return Refuse(error);
    simdjson::ondemand::json_type type;
    if (const auto type_error = document.type().get(type)) return Refuse(type_error);
    switch (type) {
      case simdjson::ondemand::json_type::object: {
        simdjson::ondemand::object object;
        if (const auto object_error = document.get_object().get(object))
          return Refuse(object_error);
        return ReadObject(object) && AtEnd(document);
      }
      case simdjson::ondemand::json_type::array:
        return ReadObjects(document) && AtEnd(document);
      default:
        if (TrimText(record) == "null") return true;  // No row, as in Flink.
        problem_ = "expected a JSON object";
        return false;
    }
  }

  // Each object of the array is a row.
  bool ReadObjects(simdjson::ondemand::document& document) {
    simdjson::ondemand::array items;
    if (const auto error = document.get_array().get(items)) return Refuse(error);
    for (auto next : items) {
      simdjson::ondemand::value item;
      if (const auto error = std::move(next).get(item)) return Refuse(error);
      simdjson::ondemand::object object;
      if (item.get_object().get(object)) {
        bool is_null = false;
        if (!item.is_null().get(is_null) && is_null) continue;
        problem_ = "expected an array of JSON objects";
        return false;
      }
      if (!ReadObject(object)) return false;
    }
    return true;
  }

  bool ReadObject(simdjson::ondemand::object& object) {
    columns_.OpenSlot();
    if (reader_.ReadRecord(object) != ReadOutcome::kOk) {
      problem_ = reader_.problem();
      return false;
    }
    columns_.CloseSlot();
    return true;
  }

  bool AtEnd(simdjson::ondemand::document& document) {
    if (document.current_location().error() == simdjson::OUT_OF_BOUNDS) return true;
    problem_ = "malformed JSON: something follows the record";
    return false;
  }

  bool Refuse(simdjson::error_code error) {
    problem_ = absl::StrCat("malformed JSON: ", simdjson::error_message(error));
    return false;
  }

  const Schema schema_;
  const JsonOptions options_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  simdjson::ondemand::parser parser_;
  ColumnGroup columns_;
  RowOrigins origins_;
  ValueReader reader_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> NewJsonDecoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(JsonOptions options, ReadJsonOptions(table));
  RETURN_IF_ERROR(CheckJsonTypes(table));
  return std::make_unique<JsonDecoder>(table.schema, std::move(options));
}

}  // namespace millrace
