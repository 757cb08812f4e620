#include "common/expr/vector.h"

#include <algorithm>
#include <utility>

#include "arrow/array.h"
#include "arrow/array/util.h"
#include "arrow/scalar.h"
#include "arrow/util/bitmap_ops.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

// Both are in ascending order; of two errors in a row `first` is kept.
std::shared_ptr<const RowErrors> MergeErrors(std::shared_ptr<const RowErrors> first,
                                             std::shared_ptr<const RowErrors> second) {
  if (first == nullptr) return second;
  if (second == nullptr) return first;
  auto merged = std::make_shared<RowErrors>();
  auto a = first->begin();
  auto b = second->begin();
  while (a != first->end() || b != second->end()) {
    if (b == second->end() || (a != first->end() && a->row <= b->row)) {
      if (b != second->end() && a->row == b->row) ++b;
      merged->push_back(*a++);
    } else {
      merged->push_back(*b++);
    }
  }
  return merged;
}

}  // namespace

BitWords ValidBits(const Vector& vector, int64_t rows) {
  const arrow::ArrayData& data = *vector.data;
  if (data.type->id() == arrow::Type::NA) return BitWords(false);
  if (data.buffers[0] == nullptr) return BitWords(true);
  const uint8_t* bits = data.buffers[0]->data();
  if (vector.constant) return BitWords((bits[data.offset / 8] >> (data.offset % 8) & 1) != 0);
  return BitWords(bits, data.offset, rows);
}

BitWords ValueBits(const Vector& vector, int64_t rows) {
  const arrow::ArrayData& data = *vector.data;
  if (rows == 0 || data.buffers[1] == nullptr) return BitWords(false);
  const uint8_t* bits = data.buffers[1]->data();
  if (vector.constant) return BitWords((bits[data.offset / 8] >> (data.offset % 8) & 1) != 0);
  return BitWords(bits, data.offset, rows);
}

bool MayHaveNulls(const Vector& vector) {
  const arrow::ArrayData& data = *vector.data;
  if (data.type->id() == arrow::Type::NA) return true;
  return data.buffers[0] != nullptr && data.null_count != 0;
}

absl::StatusOr<std::shared_ptr<arrow::Buffer>> AllocateBytes(int64_t bytes) {
  auto buffer = arrow::AllocateBuffer(bytes);
  if (!buffer.ok()) return FromArrow(buffer.status());
  return std::shared_ptr<arrow::Buffer>(*std::move(buffer));
}

absl::StatusOr<std::shared_ptr<arrow::Buffer>> AllocateBits(int64_t rows) {
  return AllocateBytes(WordsOf(rows) * 8);
}

absl::StatusOr<std::shared_ptr<arrow::Buffer>> CombineValidity(Arguments arguments, int64_t rows) {
  const Vector* only = nullptr;
  std::vector<BitWords> bitmaps;
  for (const Vector* argument : arguments) {
    if (!MayHaveNulls(*argument)) continue;
    only = argument;
    bitmaps.push_back(ValidBits(*argument, rows));
  }
  if (bitmaps.empty()) return nullptr;
  if (bitmaps.size() == 1 && !only->constant && only->data->offset == 0 &&
      only->data->buffers[0] != nullptr) {
    return only->data->buffers[0];
  }
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> validity, AllocateBits(rows));
  uint64_t* words = WordsIn(*validity);
  for (int64_t word = 0; word < WordsOf(rows); ++word) {
    uint64_t valid = ~uint64_t{0};
    for (const BitWords& bitmap : bitmaps) valid &= bitmap[word];
    words[word] = valid;
  }
  return validity;
}

std::shared_ptr<const RowErrors> ErrorsByRow(const Vector& vector, int64_t rows) {
  if (vector.errors == nullptr || !vector.constant || rows == 1) return vector.errors;
  auto errors = std::make_shared<RowErrors>(rows, vector.errors->front());
  for (int64_t row = 0; row < rows; ++row) (*errors)[row].row = row;
  return errors;
}

std::shared_ptr<const RowErrors> CombineErrors(Arguments arguments, int64_t rows) {
  std::shared_ptr<const RowErrors> errors;
  for (const Vector* argument : arguments) {
    if (argument->errors != nullptr) errors = MergeErrors(errors, ErrorsByRow(*argument, rows));
  }
  return errors;
}

std::shared_ptr<const RowErrors> SettleErrors(RowErrors errors) {
  if (errors.empty()) return nullptr;
  std::stable_sort(errors.begin(), errors.end(),
                   [](const RowError& a, const RowError& b) { return a.row < b.row; });
  const auto end = std::unique(errors.begin(), errors.end(),
                               [](const RowError& a, const RowError& b) { return a.row == b.row; });
  errors.erase(end, errors.end());
  return std::make_shared<RowErrors>(std::move(errors));
}

Vector MakeVector(std::shared_ptr<arrow::DataType> type, int64_t rows,
                  std::vector<std::shared_ptr<arrow::Buffer>> buffers) {
  const int64_t nulls = buffers[0] == nullptr ? 0 : arrow::kUnknownNullCount;
  return {.data = arrow::ArrayData::Make(std::move(type), rows, std::move(buffers), nulls)};
}

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Materialize(const Vector& vector, int64_t rows) {
  if (!vector.constant) return vector.data;
  const auto one = arrow::MakeArray(vector.data);
  ASSIGN_OR_RETURN(const auto scalar, FromArrow(one->GetScalar(0)));
  ASSIGN_OR_RETURN(const auto array, FromArrow(arrow::MakeArrayFromScalar(*scalar, rows)));
  return array->data();
}

absl::StatusOr<StrictResult> StrictResult::Create(Arguments arguments, int64_t rows) {
  StrictResult result(rows);
  ASSIGN_OR_RETURN(result.validity_, CombineValidity(arguments, rows));
  if (result.validity_ != nullptr) result.bits_ = result.validity_->data();
  result.argument_errors_ = CombineErrors(arguments, rows);
  return result;
}

void StrictResult::SetNull(int64_t row) {
  if (!owned_) {
    auto bits = AllocateBits(rows_);
    if (!bits.ok()) {
      status_ = bits.status();
      return;
    }
    if (validity_ == nullptr) {
      std::memset((*bits)->mutable_data(), 0xff, (*bits)->size());
    } else {
      std::memcpy((*bits)->mutable_data(), validity_->data(), (rows_ + 7) / 8);
    }
    validity_ = *std::move(bits);
    bits_ = validity_->data();
    owned_ = true;
  }
  uint8_t& byte = validity_->mutable_data()[row / 8];
  byte = static_cast<uint8_t>(byte & ~(1 << (row % 8)));
}

void StrictResult::Fail(int64_t row, const char* what, std::string detail) {
  SetNull(row);
  own_errors_.push_back({.row = row, .what = what, .detail = std::move(detail)});
}

absl::StatusOr<Vector> StrictResult::Finish(const std::shared_ptr<arrow::DataType>& type,
                                            std::vector<std::shared_ptr<arrow::Buffer>> values) {
  RETURN_IF_ERROR(status_);
  values.insert(values.begin(), std::move(validity_));
  Vector vector = MakeVector(type, rows_, std::move(values));
  vector.errors = std::move(argument_errors_);
  if (!own_errors_.empty()) {
    vector.errors = MergeErrors(vector.errors, std::make_shared<RowErrors>(std::move(own_errors_)));
  }
  return vector;
}

}  // namespace millrace
