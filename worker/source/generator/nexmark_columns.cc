#include "worker/source/generator/nexmark_columns.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "arrow/array/builder_binary.h"
#include "arrow/builder.h"
#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

absl::Status AppendNumber(int64_t value, arrow::ArrayBuilder& builder) {
  return FromArrow(static_cast<arrow::Int64Builder&>(builder).Append(value));
}
absl::Status AppendText(std::string_view value, arrow::ArrayBuilder& builder) {
  return FromArrow(static_cast<arrow::StringBuilder&>(builder).Append(value));
}
absl::Status AppendTime(int64_t millis, arrow::ArrayBuilder& builder) {
  return FromArrow(static_cast<arrow::TimestampBuilder&>(builder).Append(millis));
}

// A field of one of the three ROWs. Fields of that name are asked for in this type and no other.
struct NexmarkField {
  std::string_view name;
  DataType type;
  absl::Status (*append)(const NexmarkEvent& event, arrow::ArrayBuilder& builder);
};

#define NEXMARK_FIELD(name, type, append, value)                              \
  NexmarkField {                                                              \
    name, type, [](const NexmarkEvent& event, arrow::ArrayBuilder& builder) { \
      return append(value, builder);                                          \
    }                                                                         \
  }
#define NEXMARK_NUMBER(name, value) NEXMARK_FIELD(name, DataType::BigInt(), AppendNumber, value)
#define NEXMARK_TEXT(name, value) NEXMARK_FIELD(name, DataType::String(), AppendText, value)
#define NEXMARK_TIME(name, value) NEXMARK_FIELD(name, DataType::Timestamp(3), AppendTime, value)

const std::vector<NexmarkField>& FieldsOf(NexmarkKind kind) {
  static const auto& person = *new std::vector<NexmarkField>{
      NEXMARK_NUMBER("id", event.person.id),
      NEXMARK_TEXT("name", event.person.name),
      NEXMARK_TEXT("emailAddress", event.person.email_address),
      NEXMARK_TEXT("creditCard", event.person.credit_card),
      NEXMARK_TEXT("city", event.person.city),
      NEXMARK_TEXT("state", event.person.state),
      NEXMARK_TIME("dateTime", event.time_ms),
      NEXMARK_TEXT("extra", event.extra),
  };
  static const auto& auction = *new std::vector<NexmarkField>{
      NEXMARK_NUMBER("id", event.auction.id),
      NEXMARK_TEXT("itemName", event.auction.item_name),
      NEXMARK_TEXT("description", event.auction.description),
      NEXMARK_NUMBER("initialBid", event.auction.initial_bid),
      NEXMARK_NUMBER("reserve", event.auction.reserve),
      NEXMARK_TIME("dateTime", event.time_ms),
      NEXMARK_TIME("expires", event.auction.expires_ms),
      NEXMARK_NUMBER("seller", event.auction.seller),
      NEXMARK_NUMBER("category", event.auction.category),
      NEXMARK_TEXT("extra", event.extra),
  };
  static const auto& bid = *new std::vector<NexmarkField>{
      NEXMARK_NUMBER("auction", event.bid.auction), NEXMARK_NUMBER("bidder", event.bid.bidder),
      NEXMARK_NUMBER("price", event.bid.price),     NEXMARK_TEXT("channel", event.bid.channel),
      NEXMARK_TEXT("url", event.bid.url),           NEXMARK_TIME("dateTime", event.time_ms),
      NEXMARK_TEXT("extra", event.extra),
  };
  switch (kind) {
    case NexmarkKind::kPerson:
      return person;
    case NexmarkKind::kAuction:
      return auction;
    case NexmarkKind::kBid:
      break;
  }
  return bid;
}

#undef NEXMARK_TIME
#undef NEXMARK_TEXT
#undef NEXMARK_NUMBER
#undef NEXMARK_FIELD

absl::Status WrongColumn(const TableDescription& table, std::string_view column,
                         std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("table ", table.name, ": column ", AbslView(column), ": ", AbslView(why)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<NexmarkColumns>> NexmarkColumns::Create(
    const TableDescription& table) {
  std::unique_ptr<NexmarkColumns> columns(new NexmarkColumns());
  columns->schema_ = table.schema.ToArrow();
  for (const Field& column : table.schema.fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    RETURN_IF_ERROR(FromArrow(
        arrow::MakeBuilder(arrow::default_memory_pool(), column.type.ToArrow(), &builder)));
    columns->builders_.push_back(std::move(builder));
    if (column.name == "event_type") {
      if (column.type.kind() != TypeKind::kInt) {
        return WrongColumn(table, column.name, "Nexmark has it as INT");
      }
      columns->event_types_.push_back(
          static_cast<arrow::Int32Builder*>(columns->builders_.back().get()));
    } else if (column.name == "person") {
      RETURN_IF_ERROR(columns->AddRow(table, column, NexmarkKind::kPerson));
    } else if (column.name == "auction") {
      RETURN_IF_ERROR(columns->AddRow(table, column, NexmarkKind::kAuction));
    } else if (column.name == "bid") {
      RETURN_IF_ERROR(columns->AddRow(table, column, NexmarkKind::kBid));
    } else {
      return WrongColumn(table, column.name,
                         "Nexmark has the columns event_type, person, auction and bid");
    }
  }
  return columns;
}

absl::Status NexmarkColumns::AddRow(const TableDescription& table, const Field& column,
                                    NexmarkKind kind) {
  if (column.type.kind() != TypeKind::kRow) {
    return WrongColumn(table, column.name, "Nexmark has it as ROW<...>");
  }
  const std::vector<NexmarkField>& known = FieldsOf(kind);
  RowColumn row{.kind = kind,
                .builder = static_cast<arrow::StructBuilder*>(builders_.back().get())};
  for (size_t i = 0; i < column.type.field_names().size(); ++i) {
    const std::string& name = column.type.field_names()[i];
    const DataType& type = column.type.children()[i];
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const NexmarkField& field) { return field.name == name; });
    const std::string path = absl::StrCat(column.name, ".", name);
    if (found == known.end()) {
      const std::string names =
          absl::StrJoin(known, ", ", [](std::string* out, const NexmarkField& field) {
            absl::StrAppend(out, AbslView(field.name));
          });
      return WrongColumn(table, path, absl::StrCat("Nexmark has ", names));
    }
    // VARCHAR alone is VARCHAR(1) in Flink, and how its own connector's tables are written.
    const bool both_text =
        type.kind() == TypeKind::kVarchar && found->type.kind() == TypeKind::kVarchar;
    if (!both_text && !(type.WithNullable(true) == found->type)) {
      return WrongColumn(table, path,
                         absl::StrCat("it is a ", type.ToString(), ", Nexmark has it as ",
                                      found->type.ToString()));
    }
    row.fields.push_back(found->append);
  }
  rows_.push_back(std::move(row));
  return absl::OkStatus();
}

absl::Status NexmarkColumns::Append(const NexmarkEvent& event) {
  for (arrow::Int32Builder* builder : event_types_) {
    RETURN_IF_ERROR(FromArrow(builder->Append(static_cast<int32_t>(event.kind))));
  }
  for (const RowColumn& row : rows_) {
    if (row.kind != event.kind) {
      RETURN_IF_ERROR(FromArrow(row.builder->AppendNull()));
      continue;
    }
    RETURN_IF_ERROR(FromArrow(row.builder->Append()));
    for (size_t i = 0; i < row.fields.size(); ++i) {
      RETURN_IF_ERROR(row.fields[i](event, *row.builder->field_builder(static_cast<int>(i))));
    }
  }
  ++count_;
  return absl::OkStatus();
}

absl::StatusOr<Batch> NexmarkColumns::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& builder : builders_) {
    ASSIGN_OR_RETURN(std::shared_ptr<arrow::Array> column, FromArrow(builder->Finish()));
    columns.push_back(std::move(column));
  }
  return Batch(arrow::RecordBatch::Make(schema_, std::exchange(count_, 0), std::move(columns)));
}

}  // namespace millrace
