#include "worker/format/column/column_buffer.h"

#include <algorithm>
#include <utility>

#include "arrow/array/data.h"
#include "arrow/array/util.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "common/base/byte_order.h"
#include "common/base/check.h"

namespace millrace {
namespace {

constexpr int64_t kFirstElements = 256;
constexpr int64_t kFirstStringBytes = 4096;

int64_t WidthOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
      return 1;
    case TypeKind::kSmallInt:
      return 2;
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
      return 4;
    case TypeKind::kBigInt:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kIntervalDayTime:
      return 8;
    case TypeKind::kDecimal:
      return 16;
    default:
      return 0;
  }
}

template <typename T>
T OrDie(arrow::Result<T> result) {
  CHECK(result.ok());
  return std::move(result).ValueUnsafe();
}

}  // namespace

void GrowingBuffer::Start(int64_t capacity) {
  buffer_ = OrDie(arrow::AllocateResizableBuffer(capacity));
  data_ = buffer_->mutable_data();
  capacity_ = capacity;
}

void GrowingBuffer::Grow(int64_t bytes) {
  const int64_t capacity = std::max(bytes, capacity_ * 2);
  CHECK(buffer_->Resize(capacity, /*shrink_to_fit=*/false).ok());
  data_ = buffer_->mutable_data();
  capacity_ = capacity;
}

std::shared_ptr<arrow::Buffer> GrowingBuffer::Finish(int64_t size) {
  CHECK(buffer_->Resize(size, /*shrink_to_fit=*/false).ok());
  data_ = nullptr;
  capacity_ = 0;
  return std::exchange(buffer_, nullptr);
}

ColumnBuffer::ColumnBuffer(const DataType& type)
    : type_(type),
      arrow_type_(type.ToArrow()),
      width_(WidthOf(type.kind())),
      is_string_(type.IsCharacter() || type.IsBinary()) {
  if (type.kind() == TypeKind::kRow) {
    for (const DataType& field : type.children()) fields_.emplace_back(field);
  } else if (type.kind() == TypeKind::kArray || type.kind() == TypeKind::kMap) {
    elements_ = std::make_unique<ColumnGroup>(type.children());
  }
}

ColumnBuffer::~ColumnBuffer() = default;
ColumnBuffer::ColumnBuffer(ColumnBuffer&&) noexcept = default;

bool ColumnBuffer::SetString(int64_t slot, std::string_view value) {
  uint8_t* out = StartString(slot, static_cast<int64_t>(value.size()));
  if (out == nullptr) return false;
  if (!value.empty()) std::memcpy(out, value.data(), value.size());
  FinishString(slot, static_cast<int64_t>(value.size()));
  return true;
}

void ColumnBuffer::Clear(int64_t slot) {
  valid_[slot] = 0;
  if (is_string_) end_ = offsets()[slot];
  if (elements_ != nullptr) elements_->Truncate(offsets()[slot]);
  for (ColumnBuffer& field : fields_) field.Clear(slot);
}

// The values of NULLs are zero: what goes over the wire and into files must not depend on what the
// memory held before.
void ColumnBuffer::Start(int64_t slots) {
  valid_.assign(slots, 0);
  if (width_ > 0) {
    values_.Start(slots * width_);
    std::memset(values_.data(), 0, slots * width_);
  }
  if (is_variable()) {
    offsets_.Start((slots + 1) * static_cast<int64_t>(sizeof(int32_t)));
    offsets()[0] = 0;
  }
  if (is_string_) {
    values_.Start(std::max(expected_bytes_ + expected_bytes_ / 8, kFirstStringBytes));
    end_ = 0;
  }
  if (elements_ != nullptr) elements_->Start(std::max(elements_->size(), kFirstElements));
}

void ColumnBuffer::Grow(int64_t old_slots, int64_t slots) {
  valid_.resize(slots, 0);
  if (width_ > 0) {
    values_.Reserve(slots * width_);
    std::memset(values_.data() + old_slots * width_, 0, (slots - old_slots) * width_);
  }
  if (is_variable()) offsets_.Reserve((slots + 1) * static_cast<int64_t>(sizeof(int32_t)));
}

void ColumnBuffer::CloseSlot(int64_t slot) {
  offsets()[slot + 1] = static_cast<int32_t>(is_string_ ? end_ : elements_->size());
}

void ColumnBuffer::Truncate(int64_t slots, int64_t old_slots) {
  std::fill(valid_.begin() + slots, valid_.begin() + old_slots, 0);
  if (is_string_) end_ = offsets()[slots];
  if (elements_ != nullptr) elements_->Truncate(offsets()[slots]);
}

// Eight bytes of 0 or 1 become eight bits by one multiplication, which moves byte i to bit 56 + i.
std::shared_ptr<arrow::Buffer> ColumnBuffer::PackBits(const uint8_t* bytes, int64_t slots) {
  constexpr uint64_t kGather = 0x0102040810204080;
  std::shared_ptr<arrow::Buffer> bits = OrDie(arrow::AllocateBuffer((slots + 7) / 8));
  uint8_t* out = bits->mutable_data();
  int64_t slot = 0;
  for (; slot + 8 <= slots; slot += 8) {
    *out++ = static_cast<uint8_t>((LoadLittle<uint64_t>(bytes + slot) * kGather) >> 56);
  }
  if (slot < slots) *out = 0;
  for (; slot < slots; ++slot) *out |= static_cast<uint8_t>(bytes[slot] << (slot & 7));
  return bits;
}

std::shared_ptr<arrow::ArrayData> ColumnBuffer::Finish(int64_t slots) {
  const int64_t nulls = std::count(valid_.begin(), valid_.begin() + slots, 0);
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {
      nulls == 0 ? nullptr : PackBits(valid_.data(), slots)};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  if (is_variable()) {
    buffers.push_back(offsets_.Finish((slots + 1) * static_cast<int64_t>(sizeof(int32_t))));
  }
  if (is_string_) {
    expected_bytes_ = end_;
    buffers.push_back(values_.Finish(end_));
  } else if (type_.kind() == TypeKind::kBoolean) {
    buffers.push_back(PackBits(values_.data(), slots));
  } else if (width_ > 0) {
    buffers.push_back(values_.Finish(slots * width_));
  } else if (type_.kind() == TypeKind::kRow) {
    for (ColumnBuffer& field : fields_) children.push_back(field.Finish(slots));
  } else {
    const int64_t size = elements_->size();
    for (ColumnBuffer& column : elements_->columns_) children.push_back(column.Finish(size));
    if (type_.kind() == TypeKind::kMap) {
      children = {arrow::ArrayData::Make(arrow_type_->field(0)->type(), size, {nullptr},
                                         std::move(children), 0)};
    }
  }
  return arrow::ArrayData::Make(arrow_type_, slots, std::move(buffers), std::move(children), nulls);
}

ColumnGroup::ColumnGroup(const std::vector<DataType>& types) {
  columns_.reserve(types.size());
  for (const DataType& type : types) columns_.emplace_back(type);
  for (ColumnBuffer& column : columns_) Collect(column);
}

void ColumnGroup::Collect(ColumnBuffer& column) {
  all_.push_back(&column);
  if (column.is_variable()) variable_.push_back(&column);
  for (ColumnBuffer& field : column.fields_) Collect(field);
}

void ColumnGroup::Start(int64_t slots) {
  capacity_ = std::max<int64_t>(slots, 1);
  size_ = 0;
  for (ColumnBuffer* column : all_) column->Start(capacity_);
}

void ColumnGroup::Grow() {
  for (ColumnBuffer* column : all_) column->Grow(capacity_, capacity_ * 2);
  capacity_ *= 2;
}

void ColumnGroup::Truncate(int64_t size) {
  const int64_t old_slots = std::min(size_ + 1, capacity_);
  for (ColumnBuffer* column : all_) column->Truncate(size, old_slots);
  size_ = size;
}

std::vector<std::shared_ptr<arrow::Array>> ColumnGroup::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (ColumnBuffer& column : columns_) arrays.push_back(arrow::MakeArray(column.Finish(size_)));
  return arrays;
}

}  // namespace millrace
