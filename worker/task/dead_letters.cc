#include "worker/task/dead_letters.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "common/columnar/arrow_status.h"
#include "worker/contract/dead_letters.h"

namespace millrace {
namespace {

// A batch takes no more records once it has so many bytes.
constexpr int64_t kBatchBytes = 4 * 1024 * 1024;
// Of an error's text: it names a field, which may be a key of the record's own.
constexpr size_t kErrorBytesMax = 1024;

class LetterBuilder {
 public:
  absl::Status Add(const std::string& split, const Slab& slab, const BadRecord& bad) {
    const auto i = static_cast<size_t>(bad.index);
    const std::string_view record = slab.record(bad.index);
    RETURN_IF_ERROR(FromArrow(values_.Append(record)));
    RETURN_IF_ERROR(FromArrow(splits_.Append(split)));
    RETURN_IF_ERROR(
        FromArrow(positions_.Append(slab.positions.empty() ? bad.index : slab.positions[i])));
    RETURN_IF_ERROR(FromArrow(slab.timestamps_ms.empty()
                                  ? timestamps_.AppendNull()
                                  : timestamps_.Append(slab.timestamps_ms[i])));
    RETURN_IF_ERROR(FromArrow(errors_.Append(Utf8Prefix(bad.reason, kErrorBytesMax))));
    bytes_ += static_cast<int64_t>(record.size());
    return absl::OkStatus();
  }

  bool full() const { return bytes_ >= kBatchBytes; }

  absl::StatusOr<Batch> Finish() {
    const int64_t rows = positions_.length();
    arrow::ArrayVector columns;
    for (arrow::ArrayBuilder* const builder : std::initializer_list<arrow::ArrayBuilder*>{
             &values_, &splits_, &positions_, &timestamps_, &errors_}) {
      ASSIGN_OR_RETURN(columns.emplace_back(), FromArrow(builder->Finish()));
    }
    bytes_ = 0;
    return Batch(arrow::RecordBatch::Make(DeadLetterSchema().ToArrow(), rows, std::move(columns)));
  }

 private:
  arrow::BinaryBuilder values_;
  arrow::StringBuilder splits_;
  arrow::Int64Builder positions_;
  arrow::Int64Builder timestamps_;
  arrow::StringBuilder errors_;
  int64_t bytes_ = 0;
};

}  // namespace

std::string DeadLetterStatePrefix(const OperatorNode& node) {
  return absl::StrCat(node.state_id, ".dead-letters.");
}

std::string DeadLetterStateId(const OperatorNode& node) {
  const TableOptions& options = std::get<SourceSpec>(node.spec).table.options;
  const auto topic = options.find("dead-letter.topic");
  return absl::StrCat(DeadLetterStatePrefix(node), topic == options.end() ? "" : topic->second);
}

absl::Status DeadLetters::Add(const std::string& split, const Slab& slab,
                              const std::vector<BadRecord>& records) {
  LetterBuilder letters;
  for (size_t i = 0; i < records.size(); ++i) {
    RETURN_IF_ERROR(letters.Add(split, slab, records[i]));
    if (!letters.full() && i + 1 < records.size()) continue;
    ASSIGN_OR_RETURN(Batch batch, letters.Finish());
    // A sink that has no room takes the batch all the same: what a poll has brought is read.
    ASSIGN_OR_RETURN(const Progress progress, sink_->Append(std::move(batch)));
    blocked_ = progress != Progress::kDone;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> DeadLetters::HasRoom() {
  if (!blocked_) return true;
  ASSIGN_OR_RETURN(const Progress progress, sink_->Resume());
  blocked_ = progress != Progress::kDone;
  return !blocked_;
}

}  // namespace millrace
