#include "worker/sink/kafka/dead_letter_records.h"

#include <cstdint>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "worker/contract/dead_letters.h"

namespace millrace {
namespace {

// A partition, of "topic-partition".
struct Partition {
  std::string_view topic;
  std::string_view number_text;
  int32_t number = 0;
};

absl::StatusOr<Partition> PartitionOf(std::string_view split) {
  const size_t dash = split.rfind('-');
  Partition partition;
  if (dash != std::string_view::npos) {
    partition.topic = split.substr(0, dash);
    partition.number_text = split.substr(dash + 1);
    if (absl::SimpleAtoi(AbslView(partition.number_text), &partition.number)) return partition;
  }
  return absl::InternalError(absl::StrCat("'", AbslView(split), "' is no partition of a topic"));
}

}  // namespace

absl::Status DeadLetterRecords::Make(const Batch& letters, const TaskContext& context,
                                     const std::function<absl::Status(const StagedRecord&)>& take) {
  const auto& values = static_cast<const arrow::BinaryArray&>(*letters.column(kLetterValue));
  const auto& splits = static_cast<const arrow::StringArray&>(*letters.column(kLetterSplit));
  const auto& positions = static_cast<const arrow::Int64Array&>(*letters.column(kLetterPosition));
  const auto& times = static_cast<const arrow::Int64Array&>(*letters.column(kLetterTimestamp));
  const auto& errors = static_cast<const arrow::StringArray&>(*letters.column(kLetterError));
  for (int64_t row = 0; row < letters.num_rows(); ++row) {
    ASSIGN_OR_RETURN(const Partition partition, PartitionOf(splits.GetView(row)));
    const std::string offset = absl::StrCat(positions.Value(row));
    const std::string time = times.IsValid(row) ? absl::StrCat(times.Value(row)) : "";
    StagedRecord record{.partition = partition.number, .value = values.GetView(row)};
    record.headers = {{"millrace.table", table_},
                      {"millrace.topic", partition.topic},
                      {"millrace.partition", partition.number_text},
                      {"millrace.offset", offset},
                      {"millrace.error", errors.GetView(row)},
                      {"millrace.job", context.job.value()},
                      {"millrace.job.name", context.job_name}};
    if (!time.empty()) record.headers.emplace_back("millrace.timestamp", time);
    RETURN_IF_ERROR(take(record));
  }
  return absl::OkStatus();
}

}  // namespace millrace
