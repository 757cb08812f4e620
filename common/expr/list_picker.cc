#include "common/expr/list_picker.h"

#include <limits>
#include <utility>

#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/arrow_kernel.h"

namespace millrace {

absl::StatusOr<ListPicker> ListPicker::Create(const DataType& element, Arguments sources,
                                              size_t lists) {
  ListPicker picker(element, sources);
  const auto type = element.ToArrow();
  arrow::ArrayVector parts;
  int64_t base = 0;
  for (const Vector* source : sources) {
    const bool list = picker.bases_.size() < lists;
    const auto& values = list ? source->data->child_data[0] : source->data;
    // Entries of maps and values of equal lengths may differ in what Arrow calls nullable.
    auto typed = std::make_shared<arrow::ArrayData>(*values);
    typed->type = type;
    picker.bases_.push_back(base);
    base += typed->length;
    parts.push_back(arrow::MakeArray(std::move(typed)));
  }
  if (parts.size() == 1) {
    picker.pool_ = parts[0]->data();
    return picker;
  }
  ASSIGN_OR_RETURN(const auto pool, FromArrow(arrow::Concatenate(parts)));
  picker.pool_ = pool->data();
  return picker;
}

ListRange ListPicker::List(size_t source, int64_t row) const {
  const Vector& list = *sources_[source];
  ListRange range = ListAt({list.data.get(), list.constant ? 0 : row});
  range.start += bases_[source];
  return range;
}

int64_t ListPicker::Value(size_t source, int64_t row) const {
  return bases_[source] + (sources_[source]->constant ? 0 : row);
}

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> ListPicker::Elements() const {
  if (picks_.size() > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError("the lists of one batch have more than 2^31 elements");
  }
  const auto count = static_cast<int64_t>(picks_.size());
  ASSIGN_OR_RETURN(auto indices, AllocateBytes(count * static_cast<int64_t>(sizeof(int64_t))));
  ASSIGN_OR_RETURN(auto valid, AllocateBits(count));
  auto* values = reinterpret_cast<int64_t*>(indices->mutable_data());
  uint64_t* words = WordsIn(*valid);
  for (int64_t word = 0; word < WordsOf(count); ++word) words[word] = 0;
  for (int64_t i = 0; i < count; ++i) {
    values[i] = std::max<int64_t>(picks_[i], 0);
    words[i / kWordBits] |= uint64_t{picks_[i] != kNull} << (i % kWordBits);
  }
  return TakeRows(
      pool_, arrow::ArrayData::Make(arrow::int64(), count, {std::move(valid), std::move(indices)}));
}

absl::StatusOr<Vector> ListPicker::Finish(const DataType& type, StrictResult& result) const {
  ASSIGN_OR_RETURN(auto elements, Elements());
  const auto rows = static_cast<int64_t>(ends_.size()) - 1;
  const int64_t bytes = (rows + 1) * static_cast<int64_t>(sizeof(int32_t));
  ASSIGN_OR_RETURN(auto offsets, AllocateBytes(bytes));
  std::memcpy(offsets->mutable_data(), ends_.data(), bytes);
  ASSIGN_OR_RETURN(Vector list, result.Finish(type.ToArrow(), {std::move(offsets)}));
  list.data->child_data = {std::move(elements)};
  return list;
}

}  // namespace millrace
