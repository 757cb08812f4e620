#include "common/expr/selection.h"

#include <bit>
#include <utility>

#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

bool Has(const Choice& choice, int64_t row) {
  return (choice.rows[row / kWordBits] >> (row % kWordBits) & 1) != 0;
}

absl::StatusOr<std::shared_ptr<arrow::Buffer>> SelectBits(const std::vector<Choice>& choices,
                                                          const std::vector<BitWords>& bits,
                                                          int64_t rows) {
  ASSIGN_OR_RETURN(auto selected, AllocateBits(rows));
  uint64_t* words = WordsIn(*selected);
  for (int64_t word = 0; word < WordsOf(rows); ++word) {
    words[word] = 0;
    for (size_t i = 0; i < choices.size(); ++i)
      words[word] |= choices[i].rows[word] & bits[i][word];
  }
  return selected;
}

absl::StatusOr<std::shared_ptr<arrow::Buffer>> SelectValidity(const std::vector<Choice>& choices,
                                                              int64_t rows) {
  bool may_be_null = false;
  std::vector<BitWords> bits;
  for (const Choice& choice : choices) {
    may_be_null = may_be_null || MayHaveNulls(*choice.values);
    bits.push_back(ValidBits(*choice.values, rows));
  }
  if (!may_be_null) return nullptr;
  return SelectBits(choices, bits, rows);
}

// The rows of `choice` alone.
template <typename T, typename Read>
void CopyChosen(const Choice& choice, Read read, int64_t rows, T* out) {
  for (int64_t word = 0; word < WordsOf(rows); ++word) {
    const int64_t first = word * kWordBits;
    for (uint64_t bits = choice.rows[word]; bits != 0; bits &= bits - 1) {
      const int64_t row = first + std::countr_zero(bits);
      out[row] = read(row);
    }
  }
}

size_t LargestOf(const std::vector<Choice>& choices) {
  size_t largest = 0;
  int most = -1;
  for (size_t i = 0; i < choices.size(); ++i) {
    int count = 0;
    for (const uint64_t bits : choices[i].rows) count += std::popcount(bits);
    if (count > most) {
      most = count;
      largest = i;
    }
  }
  return largest;
}

// All rows of the largest choice are copied, at the speed of memory; the others are put over them.
template <FixedWidth T>
absl::StatusOr<std::shared_ptr<arrow::Buffer>> SelectFixed(const std::vector<Choice>& choices,
                                                           int64_t rows) {
  ASSIGN_OR_RETURN(auto selected, AllocateBytes(rows * static_cast<int64_t>(sizeof(T))));
  auto* out = reinterpret_cast<T*>(selected->mutable_data());
  const size_t largest = LargestOf(choices);
  internal::WithReader<T>(*choices[largest].values, [&](auto read) {
    for (int64_t row = 0; row < rows; ++row) out[row] = read(row);
  });
  for (size_t i = 0; i < choices.size(); ++i) {
    if (i == largest) continue;
    internal::WithReader<T>(*choices[i].values,
                            [&](auto read) { CopyChosen<T>(choices[i], read, rows, out); });
  }
  return selected;
}

absl::StatusOr<Vector> SelectText(const std::shared_ptr<arrow::DataType>& type,
                                  const std::vector<Choice>& choices, int64_t rows,
                                  std::shared_ptr<arrow::Buffer> validity) {
  std::vector<Reader<std::string_view>> readers;
  for (const Choice& choice : choices) readers.emplace_back(*choice.values);
  ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
  for (int64_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < choices.size(); ++i) {
      if (!Has(choices[i], row)) continue;
      sink.Append(readers[i](row));
      break;
    }
    const bool valid = validity == nullptr || (validity->data()[row / 8] >> (row % 8) & 1) != 0;
    sink.EndRow(!valid);
  }
  ASSIGN_OR_RETURN(auto buffers, sink.Finish());
  return MakeVector(type, rows, {std::move(validity), buffers[0], buffers[1]});
}

// Nested values: all vectors in a row, and from there the rows that were chosen.
absl::StatusOr<Vector> SelectNested(const std::shared_ptr<arrow::DataType>& type,
                                    const std::vector<Choice>& choices, int64_t rows) {
  ASSIGN_OR_RETURN(auto indices, AllocateBytes(rows * static_cast<int64_t>(sizeof(int64_t))));
  auto* index = reinterpret_cast<int64_t*>(indices->mutable_data());
  arrow::ArrayVector arrays;
  int64_t start = 0;
  for (const Choice& choice : choices) {
    auto data = std::make_shared<arrow::ArrayData>(*choice.values->data);
    data->type = type;
    arrays.push_back(arrow::MakeArray(std::move(data)));
    const bool constant = choice.values->constant;
    CopyChosen<int64_t>(
        choice, [=](int64_t row) { return start + (constant ? 0 : row); }, rows, index);
    start += arrays.back()->length();
  }
  ASSIGN_OR_RETURN(const auto all, FromArrow(arrow::Concatenate(arrays)));
  ASSIGN_OR_RETURN(auto taken,
                   TakeRows(all->data(), arrow::ArrayData::Make(arrow::int64(), rows,
                                                                {nullptr, std::move(indices)}, 0)));
  return Vector{.data = std::move(taken)};
}

absl::StatusOr<Vector> SelectValues(const std::shared_ptr<arrow::DataType>& type,
                                    const std::vector<Choice>& choices, int64_t rows) {
  if (arrow::is_nested(type->id())) return SelectNested(type, choices, rows);
  ASSIGN_OR_RETURN(auto validity, SelectValidity(choices, rows));
  if (arrow::is_base_binary_like(type->id())) {
    return SelectText(type, choices, rows, std::move(validity));
  }
  absl::StatusOr<std::shared_ptr<arrow::Buffer>> values;
  switch (type->bit_width()) {
    case 1: {
      std::vector<BitWords> bits;
      for (const Choice& choice : choices) bits.push_back(ValueBits(*choice.values, rows));
      values = SelectBits(choices, bits, rows);
      break;
    }
    case 8:
      values = SelectFixed<int8_t>(choices, rows);
      break;
    case 16:
      values = SelectFixed<int16_t>(choices, rows);
      break;
    case 32:
      values = SelectFixed<int32_t>(choices, rows);
      break;
    case 64:
      values = SelectFixed<int64_t>(choices, rows);
      break;
    default:
      values = SelectFixed<Decimal>(choices, rows);
      break;
  }
  RETURN_IF_ERROR(values.status());
  return MakeVector(type, rows, {std::move(validity), *std::move(values)});
}

}  // namespace

absl::StatusOr<Vector> Select(const std::shared_ptr<arrow::DataType>& type,
                              const std::vector<Choice>& choices, int64_t rows) {
  ASSIGN_OR_RETURN(Vector selected, SelectValues(type, choices, rows));
  RowErrors errors;
  for (const Choice& choice : choices) {
    const auto choice_errors = ErrorsByRow(*choice.values, rows);
    if (choice_errors == nullptr) continue;
    for (const RowError& error : *choice_errors) {
      if (Has(choice, error.row)) errors.push_back(error);
    }
  }
  selected.errors = SettleErrors(std::move(errors));
  return selected;
}

}  // namespace millrace
