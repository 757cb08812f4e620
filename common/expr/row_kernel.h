// Lifts a function of single values to a kernel: NULL in, NULL out.
//
//   Lift<int64_t(int64_t, int64_t)>([](int64_t a, int64_t b) { return a & b; })
//   Lift<int32_t(std::string_view)>([](std::string_view s, RowContext& row) { ... row.SetNull(); })
//   Lift<Text(std::string_view)>([](std::string_view s, TextSink& out) { out.Append(s); })
//
// The loop is compiled with the function inside it: no call, branch or allocation for each row of a
// fixed-width type that the function itself does not make. A function that takes no RowContext sees
// the undefined values of NULL rows too, so it must be total.
//
// Values: BOOLEAN bool, integers and DATE, TIME, intervals int8_t .. int64_t, TIMESTAMP int64_t,
// FLOAT float, DOUBLE double, DECIMAL Decimal (unscaled), strings and bytes std::string_view.
#pragma once

#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "arrow/buffer_builder.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/decimal.h"
#include "common/expr/kernel.h"

namespace millrace {

struct Text;  // The result type of functions that append to a TextSink.

template <typename T>
concept FixedWidth =
    (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, Decimal>;

// Values of a column, read without a branch on what kind of vector it is.
template <FixedWidth T>
struct ColumnReader {
  const uint8_t* bytes;
  T operator()(int64_t row) const {
    T value;
    std::memcpy(&value, bytes + row * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
  }
};

template <FixedWidth T>
struct ConstantReader {
  T value;
  T operator()(int64_t) const { return value; }
};

template <FixedWidth T>
ColumnReader<T> ReadColumn(const Vector& vector) {
  const arrow::ArrayData& data = *vector.data;
  const uint8_t* bytes = data.buffers[1] == nullptr ? nullptr : data.buffers[1]->data();
  return {bytes + data.offset * static_cast<int64_t>(sizeof(T))};
}

// Values of a column or a constant.
template <typename T>
class Reader {
 public:
  explicit Reader(const Vector& vector)
      : column_(ReadColumn<T>(vector)), step_(vector.constant ? 0 : 1) {}
  T operator()(int64_t row) const { return column_(row * step_); }

 private:
  ColumnReader<T> column_;
  int64_t step_;
};

template <>
class Reader<bool> {
 public:
  explicit Reader(const Vector& vector) : bits_(ValueBits(vector, vector.data->length)) {}
  bool operator()(int64_t row) const { return bits_.bit(row); }

 private:
  BitWords bits_;
};

template <>
class Reader<std::string_view> {
 public:
  explicit Reader(const Vector& vector)
      : offsets_(vector.data->GetValues<int32_t>(1)), step_(vector.constant ? 0 : 1) {
    if (vector.data->buffers[2] != nullptr) {
      bytes_ = reinterpret_cast<const char*>(vector.data->buffers[2]->data());
    }
  }
  std::string_view operator()(int64_t row) const {
    const int32_t* offset = offsets_ + row * step_;
    return {bytes_ + offset[0], static_cast<size_t>(offset[1] - offset[0])};
  }

 private:
  const int32_t* offsets_;
  const char* bytes_ = "";
  int64_t step_;
};

// What a row's function may say besides its value.
class RowContext {
 public:
  RowContext(StrictResult& result, int64_t row) : result_(result), row_(row) {}
  void SetNull() { result_.SetNull(row_); }
  // `what`: a literal; `detail`: the value that is to blame. The row's value is then ignored.
  void Fail(const char* what, std::string detail = {}) {
    result_.Fail(row_, what, std::move(detail));
  }

 private:
  StrictResult& result_;
  int64_t row_;
};

// Collects the strings of a column, row by row.
class TextSink {
 public:
  static absl::StatusOr<TextSink> Create(int64_t rows);

  void Append(std::string_view text) {
    if (text.empty()) return;  // It may have no address, which Arrow does not take.
    // What is beyond the limit is not kept, so that one row cannot take all memory.
    if (status_.ok() && bytes_.length() <= kMostBytes) status_ = bytes_.Append(text);
  }
  void Append(char c) { Append(std::string_view(&c, 1)); }

  // Ends the row that was appended to; the string of a NULL row is dropped.
  void EndRow(bool null);

  // Offsets and bytes. kInvalidArgument if the strings of one batch exceed 2 GiB.
  absl::StatusOr<std::vector<std::shared_ptr<arrow::Buffer>>> Finish();

 private:
  static constexpr int64_t kMostBytes = std::numeric_limits<int32_t>::max();

  TextSink() = default;

  arrow::BufferBuilder bytes_;
  std::shared_ptr<arrow::Buffer> offset_buffer_;
  int32_t* next_offset_ = nullptr;
  int64_t row_start_ = 0;
  arrow::Status status_;
};

namespace internal {

// Calls use(reader) with the cheapest reader there is.
template <typename T, typename Use>
void WithReader(const Vector& vector, Use use) {
  if constexpr (FixedWidth<T>) {
    const ColumnReader<T> column = ReadColumn<T>(vector);
    if (vector.constant) {
      use(ConstantReader<T>{column(0)});
    } else {
      use(column);
    }
  } else {
    use(Reader<T>(vector));
  }
}

template <typename Result, typename F, typename... Readers>
void FillTotal(const F& f, int64_t rows, arrow::Buffer& out, Readers... readers) {
  if constexpr (std::is_same_v<Result, bool>) {
    uint64_t* words = WordsIn(out);
    for (int64_t word = 0; word < WordsOf(rows); ++word) {
      const int64_t first = word * kWordBits;
      const int64_t count = std::min(rows - first, kWordBits);
      uint64_t bits = 0;
      for (int64_t i = 0; i < count; ++i) bits |= uint64_t{f(readers(first + i)...)} << i;
      words[word] = bits;
    }
  } else {
    auto* values = reinterpret_cast<Result*>(out.mutable_data());
    for (int64_t row = 0; row < rows; ++row) values[row] = f(readers(row)...);
  }
}

template <typename Signature>
struct Lifter;

template <typename Result, typename... Args>
struct Lifter<Result(Args...)> {
  static constexpr bool kIsText = std::is_same_v<Result, Text>;

  template <typename F>
  static absl::StatusOr<Vector> Run(const F& f, const std::shared_ptr<arrow::DataType>& type,
                                    Arguments arguments, int64_t rows) {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    return Fill(f, type, arguments, rows, result, std::index_sequence_for<Args...>());
  }

 private:
  template <typename F, size_t... kIndex>
  static absl::StatusOr<Vector> Fill(const F& f, const std::shared_ptr<arrow::DataType>& type,
                                     Arguments arguments, int64_t rows, StrictResult& result,
                                     std::index_sequence<kIndex...>) {
    if constexpr (kIsText) {
      ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
      FillText(f, rows, result, sink, Reader<Args>(*arguments[kIndex])...);
      ASSIGN_OR_RETURN(auto buffers, sink.Finish());
      return result.Finish(type, std::move(buffers));
    } else {
      constexpr bool kIsBool = std::is_same_v<Result, bool>;
      const int64_t bytes =
          kIsBool ? WordsOf(rows) * 8 : rows * static_cast<int64_t>(sizeof(Result));
      ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> values, AllocateBytes(bytes));
      if constexpr (std::is_invocable_v<F, Args..., RowContext&>) {
        std::memset(values->mutable_data(), 0, bytes);
        FillPartial(f, rows, result, *values, Reader<Args>(*arguments[kIndex])...);
      } else if constexpr (sizeof...(Args) == 1) {
        WithReader<Args...>(*arguments[0], [&](auto a) { FillTotal<Result>(f, rows, *values, a); });
      } else if constexpr (sizeof...(Args) == 2) {
        FillBinary<F, Args...>(f, arguments, rows, *values);
      } else {
        FillTotal<Result>(f, rows, *values, Reader<Args>(*arguments[kIndex])...);
      }
      return result.Finish(type, {std::move(values)});
    }
  }

  template <typename F, typename A, typename B>
  static void FillBinary(const F& f, Arguments arguments, int64_t rows, arrow::Buffer& values) {
    WithReader<A>(*arguments[0], [&](auto a) {
      WithReader<B>(*arguments[1], [&](auto b) { FillTotal<Result>(f, rows, values, a, b); });
    });
  }

  template <typename F, typename... Readers>
  static void FillPartial(const F& f, int64_t rows, StrictResult& result, arrow::Buffer& out,
                          Readers... readers) {
    for (int64_t row = 0; row < rows; ++row) {
      if (result.IsNull(row)) continue;
      RowContext context(result, row);
      const Result value = f(readers(row)..., context);
      if constexpr (std::is_same_v<Result, bool>) {
        WordsIn(out)[row / kWordBits] |= uint64_t{value} << (row % kWordBits);
      } else {
        reinterpret_cast<Result*>(out.mutable_data())[row] = value;
      }
    }
  }

  template <typename F, typename... Readers>
  static void FillText(const F& f, int64_t rows, StrictResult& result, TextSink& sink,
                       Readers... readers) {
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        if constexpr (std::is_invocable_v<F, Args..., TextSink&, RowContext&>) {
          RowContext context(result, row);
          f(readers(row)..., sink, context);
        } else {
          f(readers(row)..., sink);
        }
      }
      sink.EndRow(result.IsNull(row));
    }
  }
};

}  // namespace internal

// The kernel of `f` for results of the SQL type `type`.
template <typename Signature, typename F>
Kernel LiftKernel(const DataType& type, F f) {
  return [f, arrow_type = type.ToArrow()](Arguments arguments, int64_t rows) {
    return internal::Lifter<Signature>::Run(f, arrow_type, arguments, rows);
  };
}

// The same for a line of a function table.
template <typename Signature, typename F>
KernelFactory Lift(F f) {
  return [f](const Expression& call) -> absl::StatusOr<Kernel> {
    return LiftKernel<Signature>(call.type(), f);
  };
}

// Calls use(T()) with the C++ type T that holds values of `type`; false if that is no fixed-width
// type.
template <typename Use>
bool WithFixedWidth(const DataType& type, Use use) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      use(int8_t{});
      return true;
    case TypeKind::kSmallInt:
      use(int16_t{});
      return true;
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
      use(int32_t{});
      return true;
    case TypeKind::kBigInt:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kIntervalDayTime:
      use(int64_t{});
      return true;
    case TypeKind::kFloat:
      use(float{});
      return true;
    case TypeKind::kDouble:
      use(double{});
      return true;
    case TypeKind::kDecimal:
      use(Decimal{});
      return true;
    default:
      return false;
  }
}

}  // namespace millrace
