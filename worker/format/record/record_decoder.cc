#include "worker/format/record/record_decoder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

constexpr int32_t kNone = -1;

absl::StatusOr<std::shared_ptr<arrow::Array>> Take(const std::shared_ptr<arrow::Array>& values,
                                                   const std::vector<int32_t>& indices) {
  arrow::Int32Builder builder;
  RETURN_IF_ERROR(FromArrow(builder.Reserve(static_cast<int64_t>(indices.size()))));
  for (const int32_t index : indices) {
    if (index == kNone) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(index);
    }
  }
  std::shared_ptr<arrow::Array> array;
  RETURN_IF_ERROR(FromArrow(builder.Finish(&array)));
  arrow::compute::ExecContext context;
  context.set_use_threads(false);
  ASSIGN_OR_RETURN(arrow::Datum taken,
                   FromArrow(arrow::compute::Take(
                       values, array, arrow::compute::TakeOptions::NoBoundsCheck(), &context)));
  return taken.make_array();
}

// The keys of a slab, read.
struct ReadKeys {
  Batch rows;
  std::vector<int32_t> row_of_record;  // kNone: the record has no key.
  std::vector<std::string> bad;        // By record; empty: it is not.
};

class RecordDecoder final : public Decoder {
 public:
  RecordDecoder(const Schema& schema, RecordLayout layout, RecordDecoders decoders)
      : schema_(schema),
        arrow_schema_(schema.ToArrow()),
        layout_(std::move(layout)),
        decoders_(std::move(decoders)) {
    CHECK((decoders_.key != nullptr) == layout_.key.has_value());
    if (!layout_.key.has_value()) return;
    for (const int column : layout_.key->columns) {
      const Field& field = schema_.field(column);
      if (!field.type.nullable() && required_.empty()) required_ = field.name;
    }
  }

  absl::StatusOr<DecodeResult> Decode(const Slab& slab) override {
    ASSIGN_OR_RETURN(DecodeResult result, decoders_.value->Decode(slab));
    std::optional<ReadKeys> keys;
    if (decoders_.key != nullptr) {
      ASSIGN_OR_RETURN(keys, DecodeKeys(slab));
    }
    std::vector<int32_t> records = std::move(result.record_of_row);  // Of each value.
    const bool one_each = records.empty();
    if (one_each) {
      for (int64_t i = 0; i < result.batch.num_rows(); ++i) {
        records.push_back(static_cast<int32_t>(i));
      }
    }
    std::vector<int32_t> kept;  // Values whose keys are good.
    std::vector<int32_t> kept_records;
    for (size_t i = 0; i < records.size(); ++i) {
      if (keys.has_value() && !keys->bad[records[i]].empty()) continue;
      kept.push_back(static_cast<int32_t>(i));
      kept_records.push_back(records[i]);
    }
    const bool all = kept.size() == records.size();
    std::vector<std::shared_ptr<arrow::Array>> columns(schema_.size());
    for (size_t i = 0; i < layout_.value.columns.size(); ++i) {
      std::shared_ptr<arrow::Array> column = result.batch.column(static_cast<int>(i));
      if (!all) {
        ASSIGN_OR_RETURN(column, Take(column, kept));
      }
      columns[layout_.value.columns[i]] = std::move(column);
    }
    RETURN_IF_ERROR(AddSourceColumns(slab, one_each && all ? nullptr : &kept_records, columns));
    if (keys.has_value()) {
      RETURN_IF_ERROR(AddKeyColumns(*keys, kept_records, columns));
      AddBadKeys(*keys, result.bad_records);
    }
    result.batch = Batch(arrow::RecordBatch::Make(arrow_schema_, static_cast<int64_t>(kept.size()),
                                                  std::move(columns)));
    if (!one_each || !all) result.record_of_row = std::move(kept_records);
    return result;
  }

  bool skips_bad_records() const override { return decoders_.value->skips_bad_records(); }

 private:
  absl::StatusOr<ReadKeys> DecodeKeys(const Slab& slab) {
    ReadKeys keys;
    keys.row_of_record.resize(static_cast<size_t>(slab.size()), kNone);
    keys.bad.resize(static_cast<size_t>(slab.size()));
    Slab keyed{.arena = slab.arena};
    std::vector<int32_t> records;
    for (size_t i = 0; i < keys.bad.size(); ++i) {
      if (slab.key_lengths.empty() || slab.key_lengths[i] == Slab::kNoKey) {
        if (!required_.empty()) keys.bad[i] = absl::StrCat("it has no key for '", required_, "'");
        continue;
      }
      keyed.offsets.push_back(slab.key_offsets[i]);
      keyed.lengths.push_back(slab.key_lengths[i]);
      records.push_back(static_cast<int32_t>(i));
    }
    ASSIGN_OR_RETURN(DecodeResult read, decoders_.key->Decode(keyed));
    for (const BadRecord& bad : read.bad_records) {
      keys.bad[records[bad.index]] = absl::StrCat("its key: ", bad.reason);
    }
    for (int64_t row = 0; row < read.batch.num_rows(); ++row) {
      const int32_t record =
          records[read.record_of_row.empty() ? row : read.record_of_row[static_cast<size_t>(row)]];
      if (keys.row_of_record[record] != kNone) keys.bad[record] = "its key has several rows";
      keys.row_of_record[record] = static_cast<int32_t>(row);
    }
    for (const int32_t record : records) {
      if (required_.empty() || keys.row_of_record[record] != kNone || !keys.bad[record].empty()) {
        continue;
      }
      keys.bad[record] = absl::StrCat("its key has nothing for '", required_, "'");
    }
    keys.rows = std::move(read.batch);
    return keys;
  }

  // `records`: of the rows; null if row i is of record i.
  absl::Status AddSourceColumns(const Slab& slab, const std::vector<int32_t>* records,
                                std::vector<std::shared_ptr<arrow::Array>>& columns) const {
    CHECK_EQ(slab.columns.size(), layout_.source_columns.size());
    for (size_t i = 0; i < slab.columns.size(); ++i) {
      std::shared_ptr<arrow::Array> column = slab.columns[i];
      if (records != nullptr) {
        ASSIGN_OR_RETURN(column, Take(column, *records));
      }
      columns[layout_.source_columns[i]] = std::move(column);
    }
    return absl::OkStatus();
  }

  absl::Status AddKeyColumns(const ReadKeys& keys, const std::vector<int32_t>& records,
                             std::vector<std::shared_ptr<arrow::Array>>& columns) const {
    std::vector<int32_t> rows;
    rows.reserve(records.size());
    for (const int32_t record : records) rows.push_back(keys.row_of_record[record]);
    for (size_t i = 0; i < layout_.key->columns.size(); ++i) {
      ASSIGN_OR_RETURN(columns[layout_.key->columns[i]],
                       Take(keys.rows.column(static_cast<int>(i)), rows));
    }
    return absl::OkStatus();
  }

  // A record whose value is bad too is bad once.
  static void AddBadKeys(ReadKeys& keys, std::vector<BadRecord>& bad_records) {
    for (const BadRecord& bad : bad_records) keys.bad[bad.index].clear();
    const size_t values = bad_records.size();
    for (size_t i = 0; i < keys.bad.size(); ++i) {
      if (keys.bad[i].empty()) continue;
      bad_records.push_back({.index = static_cast<int64_t>(i), .reason = std::move(keys.bad[i])});
    }
    const auto by_index = [](const BadRecord& a, const BadRecord& b) { return a.index < b.index; };
    std::inplace_merge(bad_records.begin(), bad_records.begin() + static_cast<int64_t>(values),
                       bad_records.end(), by_index);
  }

  const Schema schema_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  const RecordLayout layout_;
  const RecordDecoders decoders_;
  std::string required_;  // A column of the key that is NOT NULL; empty: there is none.
};

}  // namespace

std::unique_ptr<Decoder> NewRecordDecoder(const Schema& schema, RecordLayout layout,
                                          RecordDecoders decoders) {
  return std::make_unique<RecordDecoder>(schema, std::move(layout), std::move(decoders));
}

}  // namespace millrace
