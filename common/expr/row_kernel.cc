#include "common/expr/row_kernel.h"

namespace millrace {

absl::StatusOr<TextSink> TextSink::Create(int64_t rows) {
  TextSink sink;
  ASSIGN_OR_RETURN(sink.offset_buffer_,
                   AllocateBytes((rows + 1) * static_cast<int64_t>(sizeof(int32_t))));
  sink.next_offset_ = reinterpret_cast<int32_t*>(sink.offset_buffer_->mutable_data());
  *sink.next_offset_++ = 0;
  return sink;
}

void TextSink::EndRow(bool null) {
  if (null) bytes_.Rewind(row_start_);
  row_start_ = bytes_.length();
  if (row_start_ > kMostBytes && status_.ok()) {
    status_ = arrow::Status::Invalid("the strings of one batch exceed 2 GiB");
  }
  *next_offset_++ = static_cast<int32_t>(row_start_);
}

absl::StatusOr<std::vector<std::shared_ptr<arrow::Buffer>>> TextSink::Finish() {
  RETURN_IF_ERROR(FromArrow(status_));
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> bytes,
                   FromArrow(bytes_.Finish(/*shrink_to_fit=*/false)));
  return std::vector<std::shared_ptr<arrow::Buffer>>{std::move(offset_buffer_), std::move(bytes)};
}

}  // namespace millrace
