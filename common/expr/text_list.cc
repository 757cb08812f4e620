#include "common/expr/text_list.h"

namespace millrace {

absl::StatusOr<TextListSink> TextListSink::Create(int64_t rows) {
  TextListSink sink;
  sink.values_ = std::make_unique<arrow::StringBuilder>();
  ASSIGN_OR_RETURN(sink.offsets_,
                   AllocateBytes((rows + 1) * static_cast<int64_t>(sizeof(int32_t))));
  sink.next_offset_ = reinterpret_cast<int32_t*>(sink.offsets_->mutable_data());
  *sink.next_offset_++ = 0;
  return sink;
}

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> TextListSink::FinishStrings() {
  RETURN_IF_ERROR(FromArrow(status_));
  ASSIGN_OR_RETURN(const auto values, FromArrow(values_->Finish()));
  return values->data();
}

absl::StatusOr<Vector> TextListSink::Finish(const std::shared_ptr<arrow::DataType>& type,
                                            StrictResult& result) {
  ASSIGN_OR_RETURN(auto strings, FinishStrings());
  ASSIGN_OR_RETURN(Vector list, result.Finish(type, {std::move(offsets_)}));
  list.data->child_data = {std::move(strings)};
  return list;
}

}  // namespace millrace
