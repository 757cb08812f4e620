#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_nested.h"
#include "common/base/status_macros.h"
#include "worker/format/column/value_text.h"
#include "worker/format/csv/csv_format.h"
#include "worker/format/csv/csv_options.h"

namespace millrace {
namespace {

// Flink's writer looks through short texts only, and quotes what is longer without looking.
constexpr size_t kLookedThrough = 24;

// As UTF-16, which is what Java counts.
size_t Utf16Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}

bool IsNumber(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
      return true;
    default:
      return false;
  }
}

class CsvEncoder final : public Encoder {
 public:
  CsvEncoder(const TableDescription& table, CsvOptions options)
      : table_(table.name), schema_(table.schema), options_(std::move(options)) {
    const char quote = options_.quote.value_or(options_.delimiter);
    unquoted_from_ =
        std::max({static_cast<unsigned char>(options_.delimiter), static_cast<unsigned char>(quote),
                  static_cast<unsigned char>('\r')});
  }

  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records.bytes.clear();
    records.absent.clear();
    records.offsets.assign(1, 0);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.row_kind(row) != RowKind::kInsert) return RefuseKind(batch.row_kind(row));
      for (int i = 0; i < schema_.size(); ++i) {
        if (i > 0) records.bytes += options_.delimiter;
        AppendField(schema_.field(i).type, *batch.column(i), row, records.bytes);
      }
      if (records.bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return absl::ResourceExhaustedError(
            absl::StrCat("table ", table_, ": the records of a batch take more than 4 GiB"));
      }
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status RefuseKind(RowKind kind) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", table_, ": a row of kind ", RowKindString(kind),
        " cannot be written: 'csv' says insertions only; use the connector 'upsert-kafka'"));
  }

  void AppendField(const DataType& type, const arrow::Array& column, int64_t row,
                   std::string& out) {
    if (column.IsNull(row)) {
      AppendNull(out);
      return;
    }
    if (IsNumber(type.kind())) {
      AppendText(type, column, row, out);
      return;
    }
    scratch_.clear();
    if (type.kind() == TypeKind::kArray) {
      AppendElements(type, static_cast<const arrow::ListArray&>(column), row);
    } else if (type.kind() == TypeKind::kRow) {
      AppendParts(type, static_cast<const arrow::StructArray&>(column), row);
    } else {
      AppendText(type, column, row, scratch_);
    }
    AppendQuotedIfNeeded(scratch_, out);
  }

  void AppendNull(std::string& out) const {
    if (options_.null_literal.has_value()) out += *options_.null_literal;
  }

  void AppendText(const DataType& type, const arrow::Array& column, int64_t row,
                  std::string& out) const {
    AppendValueText({.type = type, .form = {.scientific_decimals = options_.scientific_decimals}},
                    column, row, out);
  }

  void AppendElements(const DataType& type, const arrow::ListArray& list, int64_t row) {
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      if (i > list.value_offset(row)) scratch_ += options_.array_delimiter;
      AppendElement(type.children()[0], *list.values(), i);
    }
  }

  void AppendParts(const DataType& type, const arrow::StructArray& parts, int64_t row) {
    for (size_t i = 0; i < type.children().size(); ++i) {
      if (i > 0) scratch_ += options_.array_delimiter;
      AppendElement(type.children()[i], *parts.field(static_cast<int>(i)), row);
    }
  }

  void AppendElement(const DataType& type, const arrow::Array& column, int64_t row) {
    if (column.IsNull(row)) {
      AppendNull(scratch_);
    } else {
      AppendText(type, column, row, scratch_);
    }
  }

  // The characters at and below the delimiter and the quote are all taken for special, as Flink's
  // writer does: files of both can be compared.
  bool NeedsQuotes(std::string_view text) const {
    if (text.size() > kLookedThrough && Utf16Length(text) > kLookedThrough) return true;
    return std::any_of(text.begin(), text.end(), [this](char c) {
      return static_cast<unsigned char>(c) <= unquoted_from_ || c == '\\' || c == options_.escape;
    });
  }

  void AppendQuotedIfNeeded(std::string_view text, std::string& out) const {
    if (!options_.quote.has_value() || !NeedsQuotes(text)) {
      out += text;
      return;
    }
    const char quote = *options_.quote;
    out += quote;
    for (const char c : text) {
      if (c == quote || c == options_.escape) out += c;
      out += c;
    }
    out += quote;
  }

  const std::string table_;
  const Schema schema_;
  const CsvOptions options_;
  unsigned char unquoted_from_ = 0;  // Above it are the characters that need no quotes.
  std::string scratch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Encoder>> NewCsvEncoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(CsvOptions options, ReadCsvOptions(table));
  RETURN_IF_ERROR(CheckCsvTypes(table));
  return std::make_unique<CsvEncoder>(table, std::move(options));
}

}  // namespace millrace
