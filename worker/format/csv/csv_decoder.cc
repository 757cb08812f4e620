#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "worker/format/column/column_buffer.h"
#include "worker/format/column/row_origins.h"
#include "worker/format/column/scalar_text.h"
#include "worker/format/column/text_value.h"
#include "worker/format/csv/csv_format.h"
#include "worker/format/csv/csv_options.h"
#include "worker/format/csv/line_fields.h"

namespace millrace {
namespace {

// What becomes of one field of a line.
struct FieldPlan {
  std::string name;
  ColumnBuffer* column = nullptr;  // Null: nothing, nobody wants it.
  std::vector<FieldPlan> parts;    // Of a ROW, as declared.
};

std::vector<FieldPlan> PlanFields(const Schema& wanted, const Schema& declared,
                                  ColumnGroup& columns) {
  std::vector<FieldPlan> plans;
  for (const Field& field : declared.fields()) {
    FieldPlan& plan = plans.emplace_back(FieldPlan{.name = field.name});
    const std::optional<int> index = wanted.Find(field.name);
    if (!index.has_value()) continue;
    plan.column = &columns.column(*index);
    if (field.type.kind() != TypeKind::kRow) continue;
    const std::vector<std::string>& names = wanted.field(*index).type.field_names();
    for (const std::string& name : field.type.field_names()) {
      const auto part = std::find(names.begin(), names.end(), name);
      plan.parts.push_back({.name = name});
      if (part == names.end()) continue;
      plan.parts.back().column = &plan.column->fields()[static_cast<size_t>(part - names.begin())];
    }
  }
  return plans;
}

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

class CsvDecoder final : public Decoder {
 public:
  CsvDecoder(const Schema& wanted, const Schema& declared, CsvOptions options)
      : options_(std::move(options)),
        arrow_schema_(wanted.ToArrow()),
        columns_(TypesOf(wanted)),
        plans_(PlanFields(wanted, declared, columns_)),
        line_(options_) {
    for (FieldPlan& plan : plans_) {
      if (plan.column != nullptr && !plan.column->type().nullable()) required_.push_back(&plan);
    }
  }

  absl::StatusOr<DecodeResult> Decode(const Slab& slab) override {
    DecodeResult result;
    columns_.Start(slab.size());
    origins_.Start();
    for (int64_t i = 0; i < slab.size(); ++i) {
      const int64_t first_row = columns_.size();
      if (ReadRecord(slab.record(i))) {
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
  bool ReadRecord(std::string_view record) {
    if (const size_t invalid = FindInvalidUtf8(record); invalid != std::string_view::npos) {
      return Refuse(absl::StrCat("it is no UTF-8 at byte ", invalid));
    }
    if (!line_.Start(record)) {
      return record.empty() ? Refuse("it is empty") : true;  // Comments only.
    }
    columns_.OpenSlot();
    if (!ReadFields(columns_.size())) return false;
    if (line_.IsFollowed()) return Refuse("it has more than one line");
    for (const FieldPlan* plan : required_) {
      if (!plan->column->IsNull(columns_.size())) continue;
      return RefuseField(*plan, "is null but declared NOT NULL");
    }
    columns_.CloseSlot();
    return true;
  }

  bool ReadFields(int64_t slot) {
    size_t count = 0;
    for (;; ++count) {
      const LineFields::Outcome outcome = line_.Next();
      if (outcome == LineFields::Outcome::kEnd) break;
      if (outcome == LineFields::Outcome::kMalformed) {
        return Refuse(absl::StrCat("field ", count + 1, ": ", line_.problem()));
      }
      if (count < plans_.size()) {
        if (plans_[count].column != nullptr && !ReadField(plans_[count], slot)) return false;
        continue;
      }
      // A delimiter behind the last field is no harm, as in Flink.
      if (count > plans_.size() || !TrimText(line_.text()).empty()) {
        return Refuse(absl::StrCat("it has more than ", plans_.size(), " fields"));
      }
    }
    if (count >= plans_.size() || options_.ignore_parse_errors) return true;
    return Refuse(absl::StrCat("it has ", count, " fields, not ", plans_.size()));
  }

  bool IsNull(std::string_view text) const {
    return options_.null_literal.has_value() && text == *options_.null_literal;
  }

  bool ReadField(FieldPlan& plan, int64_t slot) {
    const std::string_view text = line_.text();
    switch (plan.column->type().kind()) {
      case TypeKind::kArray:
        return ReadArray(plan, slot, text);
      case TypeKind::kRow:
        return ReadRow(plan, slot, text);
      default:
        return ReadValue(*plan.column, slot, text) || RefuseField(plan, Mismatch(*plan.column));
    }
  }

  // Also true for a value that does not fit, if that is to be NULL.
  bool ReadValue(ColumnBuffer& column, int64_t slot, std::string_view text) {
    if (IsNull(text) || values_.Set(column, slot, text)) return true;
    if (!options_.ignore_parse_errors) return false;
    column.Clear(slot);
    return true;
  }

  // Takes the first element off `rest`.
  std::string_view TakeElement(std::string_view& rest) const {
    const size_t end = rest.find(options_.array_delimiter);
    const std::string_view element = rest.substr(0, end);
    const size_t behind = end + options_.array_delimiter.size();
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(behind);
    return element;
  }

  bool ReadArray(FieldPlan& plan, int64_t slot, std::string_view text) {
    ColumnGroup& group = plan.column->elements();
    ColumnBuffer& elements = group.column(0);
    plan.column->SetPresent(slot);
    bool more = !text.empty();
    while (more) {
      const size_t before = text.size();
      const std::string_view element = TakeElement(text);
      more = element.size() < before;  // A delimiter was there.
      group.OpenSlot();
      if (!ReadValue(elements, group.size(), element)) {
        return RefuseField(plan, Mismatch(elements));
      }
      if (!elements.type().nullable() && elements.IsNull(group.size())) {
        return RefuseField(plan, "has an element that is null but declared NOT NULL");
      }
      group.CloseSlot();
    }
    return true;
  }

  bool ReadRow(FieldPlan& plan, int64_t slot, std::string_view text) {
    if (text.empty()) return true;  // NULL, as in Flink.
    plan.column->SetPresent(slot);
    bool more = true;
    for (FieldPlan& part : plan.parts) {
      if (!more) {
        if (options_.ignore_parse_errors) break;
        return RefuseField(plan, absl::StrCat("has fewer than ", plan.parts.size(), " parts"));
      }
      const size_t before = text.size();
      const std::string_view element = TakeElement(text);
      more = element.size() < before;
      if (part.column == nullptr) continue;
      if (!ReadValue(*part.column, slot, element)) {
        return RefuseField(plan, absl::StrCat("'", part.name, "': ", Mismatch(*part.column)));
      }
    }
    for (const FieldPlan& part : plan.parts) {
      if (part.column == nullptr || part.column->type().nullable()) continue;
      if (part.column->IsNull(slot)) {
        return RefuseField(plan, absl::StrCat("'", part.name, "' is null but declared NOT NULL"));
      }
    }
    return true;
  }

  static std::string Mismatch(const ColumnBuffer& column) {
    return absl::StrCat("expected ", column.type().WithNullable(true).ToString(),
                        ", found a text that says no such value");
  }

  bool Refuse(std::string problem) {
    problem_ = absl::StrCat("malformed csv: ", problem);
    return false;
  }

  bool RefuseField(const FieldPlan& plan, absl::string_view problem) {
    problem_ = absl::StrCat("field '", plan.name, "': ", problem);
    return false;
  }

  const CsvOptions options_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  ColumnGroup columns_;
  std::vector<FieldPlan> plans_;            // By place in the line.
  std::vector<const FieldPlan*> required_;  // NOT NULL.
  LineFields line_;
  TextValues values_;
  RowOrigins origins_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> NewCsvDecoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(CsvOptions options, ReadCsvOptions(table));
  RETURN_IF_ERROR(CheckCsvTypes(table));
  const Schema& declared = table.declared.size() > 0 ? table.declared : table.schema;
  for (const Field& field : table.schema.fields()) {
    if (declared.Find(field.name).has_value()) continue;
    return absl::InternalError(absl::StrCat("table ", table.name, ": the column '", field.name,
                                            "' has no place in a line"));
  }
  return std::make_unique<CsvDecoder>(table.schema, declared, std::move(options));
}

absl::StatusOr<LineRules> CsvLineRules(const TableDescription& table) {
  ASSIGN_OR_RETURN(const CsvOptions options, ReadCsvOptions(table));
  return LineRules{.quote = options.quote,
                   .escape = options.escape,
                   .delimiter = options.delimiter,
                   .comments = options.allow_comments};
}

}  // namespace millrace
