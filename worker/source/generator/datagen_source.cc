#include "worker/source/generator/datagen_source.h"

#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "worker/source/generator/datagen_columns.h"
#include "worker/source/generator/datagen_options.h"
#include "worker/source/generator/generator_source.h"

namespace millrace {
namespace {

class DatagenRows final : public RowSequence {
 public:
  DatagenRows(std::vector<DatagenField> fields, std::shared_ptr<arrow::Schema> schema,
              const Clock& clock)
      : fields_(std::move(fields)), schema_(std::move(schema)), clock_(clock) {}

  absl::StatusOr<Batch> Rows(GeneratorSplit& split, int64_t count) override {
    const RowNumbers rows{.first = split.RowNumber(split.next), .step = split.of, .count = count};
    const int64_t now = absl::ToUnixMillis(clock_.Wall());
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const DatagenField& field : fields_) {
      ASSIGN_OR_RETURN(std::shared_ptr<arrow::Array> column, DatagenColumn(field, rows, now));
      columns.push_back(std::move(column));
    }
    return Batch(arrow::RecordBatch::Make(schema_, count, std::move(columns)));
  }

 private:
  const std::vector<DatagenField> fields_;
  const std::shared_ptr<arrow::Schema> schema_;
  const Clock& clock_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> NewDatagenSource(const SourceSpec& spec) {
  ASSIGN_OR_RETURN(const DatagenOptions options, ParseDatagenOptions(spec.table));
  return NewGeneratorSource(
      {.table = spec.table.name,
       .rows = options.rows,
       .rows_per_second = options.rows_per_second,
       .new_sequence =
           [fields = options.fields, schema = spec.table.schema.ToArrow()](
               const TaskContext& context) -> absl::StatusOr<std::unique_ptr<RowSequence>> {
         return std::make_unique<DatagenRows>(fields, schema, *context.clock);
       }});
}

}  // namespace millrace
