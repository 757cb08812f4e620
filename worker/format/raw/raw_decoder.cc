#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "worker/format/column/column_buffer.h"
#include "worker/format/column/row_origins.h"
#include "worker/format/raw/charset.h"
#include "worker/format/raw/raw_bytes.h"
#include "worker/format/raw/raw_format.h"
#include "worker/format/raw/raw_options.h"

namespace millrace {
namespace {

class RawDecoder final : public Decoder {
 public:
  RawDecoder(Field field, const TableDescription& table, const RawOptions& options)
      : field_(std::move(field)),
        wanted_(table.schema.size() > 0),
        little_endian_(options.little_endian),
        charset_(options.charset),
        arrow_schema_(table.schema.ToArrow()),
        columns_({field_.type}) {}

  absl::StatusOr<DecodeResult> Decode(const Slab& slab) override {
    DecodeResult result;
    columns_.Start(slab.size());
    origins_.Start();
    for (int64_t i = 0; i < slab.size(); ++i) {
      columns_.OpenSlot();
      if (Read(slab.record(i), columns_.column(0), columns_.size())) {
        columns_.CloseSlot();
        origins_.OnRows(columns_.size(), i);
        continue;
      }
      columns_.Truncate(columns_.size());
      result.bad_records.push_back({.index = i, .reason = std::move(problem_)});
    }
    const int64_t rows = columns_.size();
    std::vector<std::shared_ptr<arrow::Array>> arrays = columns_.Finish();
    if (!wanted_) arrays.clear();
    result.batch = Batch(arrow::RecordBatch::Make(arrow_schema_, rows, std::move(arrays)));
    result.record_of_row = origins_.Finish(slab.size());
    return result;
  }

 private:
  bool Read(std::string_view record, ColumnBuffer& column, int64_t slot) {
    switch (field_.type.kind()) {
      case TypeKind::kBoolean:
        return HasSize(record, 1) && (column.Set<uint8_t>(slot, record[0] != 0 ? 1 : 0), true);
      case TypeKind::kTinyInt:
        return ReadNumber<int8_t>(record, column, slot);
      case TypeKind::kSmallInt:
        return ReadNumber<int16_t>(record, column, slot);
      case TypeKind::kInt:
        return ReadNumber<int32_t>(record, column, slot);
      case TypeKind::kBigInt:
        return ReadNumber<int64_t>(record, column, slot);
      case TypeKind::kFloat:
        return ReadNumber<float>(record, column, slot);
      case TypeKind::kDouble:
        return ReadNumber<double>(record, column, slot);
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        return ReadText(record, column, slot);
      default:
        return SetText(record, column, slot);
    }
  }

  template <typename T>
  bool ReadNumber(std::string_view record, ColumnBuffer& column, int64_t slot) {
    if (!HasSize(record, sizeof(T))) return false;
    column.Set<T>(slot, LoadRaw<T>(record.data(), little_endian_));
    return true;
  }

  bool HasSize(std::string_view record, size_t bytes) {
    if (record.size() == bytes) return true;
    problem_ =
        absl::StrCat("column '", field_.name, "': a ", field_.type.WithNullable(true).ToString(),
                     " has ", bytes, " bytes, the record has ", record.size());
    return false;
  }

  bool ReadText(std::string_view record, ColumnBuffer& column, int64_t slot) {
    if (!charset_.is_utf8()) {
      if (charset_.Decode(record, text_)) return SetText(text_, column, slot);
      problem_ = absl::StrCat("column '", field_.name, "': it is no text of the charset");
      return false;
    }
    const size_t invalid = FindInvalidUtf8(record);
    if (invalid == std::string_view::npos) return SetText(record, column, slot);
    problem_ = absl::StrCat("column '", field_.name, "': it is no UTF-8 at byte ", invalid);
    return false;
  }

  bool SetText(std::string_view text, ColumnBuffer& column, int64_t slot) {
    if (column.SetString(slot, text)) return true;
    problem_ = absl::StrCat("column '", field_.name, "': more than 2 GiB in one batch");
    return false;
  }

  const Field field_;
  const bool wanted_;
  const bool little_endian_;
  Charset charset_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  ColumnGroup columns_;
  RowOrigins origins_;
  std::string text_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> NewRawDecoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(Field field, RawColumn(table));
  ASSIGN_OR_RETURN(const RawOptions options, ReadRawOptions(table));
  return std::make_unique<RawDecoder>(std::move(field), table, options);
}

}  // namespace millrace
