// Columns under construction: raw buffers, sized ahead and written in place, that become Arrow
// arrays without a copy.
//
// A ColumnGroup holds columns whose values share slot numbers: the columns of a table with the
// fields of its ROWs, or the elements of an ARRAY, or keys and values of a MAP. Slots are filled in
// order. An open slot is NULL in every column until written, may be written several times (the last
// write counts), and is undone as a whole. Not thread-safe. Running out of memory stops the
// process, as it does in std::string.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "arrow/array/array_base.h"
#include "arrow/buffer.h"
#include "arrow/type_fwd.h"
#include "common/columnar/data_type.h"

namespace millrace {

// Memory that becomes an arrow::Buffer.
class GrowingBuffer {
 public:
  // Forgets what it holds.
  void Start(int64_t capacity);
  // Makes room for `bytes` in all, keeping the content.
  void Reserve(int64_t bytes) {
    if (bytes > capacity_) Grow(bytes);
  }
  // The first `size` bytes. Afterwards the buffer is empty.
  std::shared_ptr<arrow::Buffer> Finish(int64_t size);

  uint8_t* data() { return data_; }
  int64_t capacity() const { return capacity_; }

 private:
  void Grow(int64_t bytes);

  std::shared_ptr<arrow::ResizableBuffer> buffer_;
  uint8_t* data_ = nullptr;
  int64_t capacity_ = 0;
};

class ColumnGroup;

// One column. Writers REQUIRE that `slot` is the open slot of its group.
class ColumnBuffer {
 public:
  explicit ColumnBuffer(const DataType& type);
  ~ColumnBuffer();
  ColumnBuffer(ColumnBuffer&&) noexcept;

  // T: the column's C++ type; BOOLEAN takes uint8_t.
  template <typename T>
  void Set(int64_t slot, T value) {
    std::memcpy(values_.data() + slot * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
    valid_[slot] = 1;
  }
  // False if the column would exceed the 2 GiB of an Arrow column.
  bool SetString(int64_t slot, std::string_view value);

  // A string column: where the string of the open slot goes, with room for `bytes`. FinishString
  // says how long it has become. Null if the column would exceed 2 GiB.
  uint8_t* StartString(int64_t slot, int64_t bytes) {
    const int64_t begin = offsets()[slot];
    if (begin + bytes > kMaxStringBytes) return nullptr;
    values_.Reserve(begin + bytes);
    return values_.data() + begin;
  }
  void FinishString(int64_t slot, int64_t bytes) {
    end_ = offsets()[slot] + bytes;
    valid_[slot] = 1;
  }

  // ROW, ARRAY, MAP: the value is there; its parts were written to fields() or elements().
  void SetPresent(int64_t slot) { valid_[slot] = 1; }
  // Undoes whatever was written to the open slot: it is NULL again.
  void Clear(int64_t slot);
  bool IsNull(int64_t slot) const { return valid_[slot] == 0; }

  const DataType& type() const { return type_; }
  std::vector<ColumnBuffer>& fields() { return fields_; }  // ROW
  ColumnGroup& elements() { return *elements_; }           // ARRAY: one column; MAP: key and value

 private:
  friend class ColumnGroup;
  static constexpr int64_t kMaxStringBytes = int64_t{0x7fffffff};

  bool is_variable() const { return is_string_ || elements_ != nullptr; }
  int32_t* offsets() { return reinterpret_cast<int32_t*>(offsets_.data()); }
  void Start(int64_t slots);
  void Grow(int64_t old_slots, int64_t slots);
  void CloseSlot(int64_t slot);
  void Truncate(int64_t slots, int64_t old_slots);
  std::shared_ptr<arrow::ArrayData> Finish(int64_t slots);
  std::shared_ptr<arrow::Buffer> PackBits(const uint8_t* bytes, int64_t slots);

  DataType type_;
  std::shared_ptr<arrow::DataType> arrow_type_;
  int64_t width_ = 0;  // Bytes of a value; 0: strings and nested types.
  bool is_string_ = false;
  std::vector<uint8_t> valid_;  // One byte a slot, packed in the end.
  GrowingBuffer values_;        // BOOLEAN: one byte a slot, packed in the end.
  GrowingBuffer offsets_;
  int64_t end_ = 0;             // Of the bytes of a string column.
  int64_t expected_bytes_ = 0;  // What the string bytes of the last batch came to.
  std::vector<ColumnBuffer> fields_;
  std::unique_ptr<ColumnGroup> elements_;
};

class ColumnGroup {
 public:
  explicit ColumnGroup(const std::vector<DataType>& types);

  // Begins a batch that will hold about `slots` slots.
  void Start(int64_t slots);

  // The number of closed slots; also the number of the open one.
  int64_t size() const { return size_; }
  void OpenSlot() {
    if (size_ == capacity_) Grow();
  }
  void CloseSlot() {
    for (ColumnBuffer* column : variable_) column->CloseSlot(size_);
    ++size_;
  }
  // Undoes the open slot and the closed ones from `size` on.
  void Truncate(int64_t size);

  ColumnBuffer& column(int i) { return columns_[i]; }
  // The arrays of `size()` values, one per type.
  std::vector<std::shared_ptr<arrow::Array>> Finish();

 private:
  friend class ColumnBuffer;
  void Collect(ColumnBuffer& column);
  void Grow();

  std::vector<ColumnBuffer> columns_;
  std::vector<ColumnBuffer*> all_;  // With the fields of ROWs.
  std::vector<ColumnBuffer*> variable_;
  int64_t size_ = 0;
  int64_t capacity_ = 0;
};

}  // namespace millrace
