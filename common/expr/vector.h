// The values of one expression over one batch, as kernels read and write them.
//
// Booleans and validity are bitmaps and are worked on 64 rows at a time (BitWords). Results have
// offset 0; arguments may have any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arrow/array/data.h"
#include "arrow/buffer.h"
#include "arrow/type.h"

namespace millrace {

// What SQL calls a run-time error, in one row. It is a value like NULL, not a Status, so that a
// branch of CASE that is not taken can fail without harm; what remains at the root is reported.
struct RowError {
  int64_t row = 0;
  const char* what = "";  // A literal.
  std::string detail;     // The value that is to blame, or empty.
};

// In ascending order, at most one for each row.
using RowErrors = std::vector<RowError>;

// One value for each row, or one that stands for all rows.
struct Vector {
  std::shared_ptr<arrow::ArrayData> data;
  bool constant = false;                    // `data` has exactly one row.
  std::shared_ptr<const RowErrors> errors;  // Null: none. Values of these rows mean nothing.
};

using Arguments = absl::Span<const Vector* const>;

constexpr int64_t kWordBits = 64;
inline int64_t WordsOf(int64_t rows) { return (rows + kWordBits - 1) / kWordBits; }

// A bitmap at any offset, 64 rows at a time; bits past the last row are undefined.
class BitWords {
 public:
  // The same bit for every row.
  explicit BitWords(bool bit) : fill_(bit ? ~uint64_t{0} : 0) {}
  BitWords(const uint8_t* bits, int64_t offset, int64_t rows)
      : bits_(bits + offset / 8), shift_(static_cast<int>(offset % 8)), rows_(rows) {}

  uint64_t operator[](int64_t word) const {
    if (bits_ == nullptr) return fill_;
    const int64_t left = std::min(rows_ - word * kWordBits, kWordBits);
    const uint8_t* from = bits_ + word * 8;
    uint64_t bits = 0;
    if (left == kWordBits && shift_ == 0) {
      std::memcpy(&bits, from, 8);
      return bits;
    }
    const int64_t bytes = (shift_ + left + 7) / 8;
    std::memcpy(&bits, from, std::min<int64_t>(bytes, 8));
    bits >>= shift_;
    if (bytes == 9) bits |= uint64_t{from[8]} << (kWordBits - shift_);
    return bits;
  }

  bool bit(int64_t row) const {
    if (bits_ == nullptr) return fill_ != 0;
    const int64_t at = row + shift_;
    return (bits_[at / 8] >> (at % 8) & 1) != 0;
  }

 private:
  const uint8_t* bits_ = nullptr;
  int shift_ = 0;
  int64_t rows_ = 0;
  uint64_t fill_ = 0;
};

// Which rows are not NULL.
BitWords ValidBits(const Vector& vector, int64_t rows);
// REQUIRES: `vector` is BOOLEAN. Bits of NULL rows are undefined.
BitWords ValueBits(const Vector& vector, int64_t rows);
// False only if no row is NULL.
bool MayHaveNulls(const Vector& vector);

// Uninitialised memory of at least `bytes`.
absl::StatusOr<std::shared_ptr<arrow::Buffer>> AllocateBytes(int64_t bytes);
// Uninitialised memory for whole words of `rows` bits.
absl::StatusOr<std::shared_ptr<arrow::Buffer>> AllocateBits(int64_t rows);
inline uint64_t* WordsIn(arrow::Buffer& bits) {
  return reinterpret_cast<uint64_t*>(bits.mutable_data());
}

// NULL where any argument is: null if nowhere. Shares an argument's bitmap where that is enough.
absl::StatusOr<std::shared_ptr<arrow::Buffer>> CombineValidity(Arguments arguments, int64_t rows);
// Failed where any argument is; of several errors in a row, the first argument's.
std::shared_ptr<const RowErrors> CombineErrors(Arguments arguments, int64_t rows);
// Null, or the vector's errors with those of a constant said for every row.
std::shared_ptr<const RowErrors> ErrorsByRow(const Vector& vector, int64_t rows);

// Errors found in any order, sorted; of several in a row the one found first. Null if there is
// none.
std::shared_ptr<const RowErrors> SettleErrors(RowErrors errors);

Vector MakeVector(std::shared_ptr<arrow::DataType> type, int64_t rows,
                  std::vector<std::shared_ptr<arrow::Buffer>> buffers);

// A constant as an array of `rows` equal values; others as they are.
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Materialize(const Vector& vector, int64_t rows);

// The result of a function that is NULL where an argument is NULL, and fails where an argument has
// failed: validity and errors apart from the values.
class StrictResult {
 public:
  static absl::StatusOr<StrictResult> Create(Arguments arguments, int64_t rows);

  bool IsNull(int64_t row) const {
    return bits_ != nullptr && (bits_[row / 8] >> (row % 8) & 1) == 0;
  }
  // For rows in ascending order.
  void SetNull(int64_t row);
  void Fail(int64_t row, const char* what, std::string detail);

  // `values`: the buffers after the validity bitmap.
  absl::StatusOr<Vector> Finish(const std::shared_ptr<arrow::DataType>& type,
                                std::vector<std::shared_ptr<arrow::Buffer>> values);

 private:
  explicit StrictResult(int64_t rows) : rows_(rows) {}

  int64_t rows_;
  std::shared_ptr<arrow::Buffer> validity_;
  const uint8_t* bits_ = nullptr;
  bool owned_ = false;  // The bitmap is no argument's.
  std::shared_ptr<const RowErrors> argument_errors_;
  RowErrors own_errors_;
  absl::Status status_;
};

}  // namespace millrace
