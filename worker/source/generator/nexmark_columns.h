// Nexmark events as rows: event_type INT, person ROW<...>, auction ROW<...>, bid ROW<...>, or as
// many of these columns and of their fields as a query reads. Not thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/array/builder_nested.h"
#include "arrow/array/builder_primitive.h"
#include "common/columnar/batch.h"
#include "common/plan/table.h"
#include "worker/source/generator/nexmark_events.h"

namespace millrace {

class NexmarkColumns {
 public:
  // kInvalidArgument, naming the column, for one that Nexmark does not have or has in another type.
  static absl::StatusOr<std::unique_ptr<NexmarkColumns>> Create(const TableDescription& table);

  absl::Status Append(const NexmarkEvent& event);

  // The rows since the last Finish.
  absl::StatusOr<Batch> Finish();

 private:
  // Appends one field of an event to its builder.
  using AppendField = absl::Status (*)(const NexmarkEvent& event, arrow::ArrayBuilder& builder);

  // A ROW column: NULL for events of another kind.
  struct RowColumn {
    NexmarkKind kind;
    arrow::StructBuilder* builder;
    std::vector<AppendField> fields;
  };

  NexmarkColumns() = default;
  absl::Status AddRow(const TableDescription& table, const Field& column, NexmarkKind kind);

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;  // One for each column.
  std::vector<RowColumn> rows_;
  std::vector<arrow::Int32Builder*> event_types_;
  int64_t count_ = 0;
};

}  // namespace millrace
