#include "worker/aggregate/aggregate_results.h"

#include <optional>
#include <utility>

#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_decimal.h"
#include "arrow/array/builder_primitive.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "worker/aggregate/hyper_log_log.h"

namespace millrace {
namespace {

using Entry = NamespaceCursor::Entry;

arrow::Decimal128 ToArrow(Decimal value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}

int64_t RowsOf(const Accumulator& accumulator, const char* at) {
  return LoadPart<int64_t>(
      at + (accumulator.kind == AccumulatorKind::kSumDecimal ? sizeof(Decimal) : sizeof(int64_t)));
}

// The result of SUM or AVG of integers, in 64 bits; a narrower column takes the lower ones.
std::optional<int64_t> IntegerResult(const Accumulator& accumulator, const char* at) {
  switch (accumulator.kind) {
    case AccumulatorKind::kCount:
      return LoadPart<int64_t>(at);
    case AccumulatorKind::kSumInteger:
      if (RowsOf(accumulator, at) == 0) return std::nullopt;
      return LoadPart<int64_t>(at);
    case AccumulatorKind::kSumDecimal: {
      const int64_t rows = RowsOf(accumulator, at);
      if (rows == 0 || rows == kOverflowed) return std::nullopt;
      return static_cast<int64_t>(LoadPart<Decimal>(at) / rows);  // Toward zero, as Java divides.
    }
    default:
      if (LoadPart<int64_t>(at + 8) == 0) return std::nullopt;
      return LoadPart<int64_t>(at);
  }
}

std::optional<double> RealResult(const Accumulator& accumulator, const char* at) {
  const auto rows = LoadPart<int64_t>(at + 8);
  if (rows == 0) return std::nullopt;
  if (accumulator.kind == AccumulatorKind::kExtremeWord) {
    return DoubleOfWord(LoadPart<int64_t>(at));
  }
  const auto sum = LoadPart<double>(at);
  return accumulator.call.function == AggregateFunction::kAvg ? sum / static_cast<double>(rows)
                                                              : sum;
}

// NULL where the result has too many digits, as in Flink.
std::optional<arrow::Decimal128> DecimalResult(const Accumulator& accumulator, const char* at) {
  const auto rows = LoadPart<int64_t>(at + sizeof(Decimal));
  const auto value = LoadPart<Decimal>(at);
  if (rows == 0 || rows == kOverflowed) return std::nullopt;
  const DataType& type = accumulator.call.result_type;
  std::optional<Decimal> result = value;
  if (accumulator.kind == AccumulatorKind::kSumDecimal) {
    const int scale = accumulator.argument_type.scale();
    if (!FitsPrecision(value, 38)) return std::nullopt;
    result = accumulator.call.function == AggregateFunction::kAvg
                 ? DivideDecimals({.a = value, .a_scale = scale, .b = rows, .b_scale = 0}, type)
                 : RescaleDecimal(value, scale, type);
  }
  if (!result.has_value()) return std::nullopt;
  return ToArrow(*result);
}

template <typename Builder, typename Result>
arrow::Status AppendAll(const Accumulator& accumulator, const std::vector<Entry>& entries,
                        arrow::ArrayBuilder& builder, Result result) {
  auto& typed = static_cast<Builder&>(builder);
  ARROW_RETURN_NOT_OK(typed.Reserve(static_cast<int64_t>(entries.size())));
  for (const Entry& entry : entries) {
    const auto value = result(accumulator, entry.fixed + accumulator.offset);
    if (value.has_value()) {
      typed.UnsafeAppend(static_cast<typename Builder::value_type>(*value));
    } else {
      typed.UnsafeAppendNull();
    }
  }
  return arrow::Status::OK();
}

arrow::Status AppendDecimals(const Accumulator& accumulator, const std::vector<Entry>& entries,
                             arrow::ArrayBuilder& builder) {
  auto& typed = static_cast<arrow::Decimal128Builder&>(builder);
  for (const Entry& entry : entries) {
    const auto value = DecimalResult(accumulator, entry.fixed + accumulator.offset);
    ARROW_RETURN_NOT_OK(value.has_value() ? typed.Append(*value) : typed.AppendNull());
  }
  return arrow::Status::OK();
}

arrow::Status AppendResults(const Accumulator& accumulator, const std::vector<Entry>& entries,
                            arrow::ArrayBuilder& builder) {
  switch (accumulator.call.result_type.kind()) {
    case TypeKind::kBoolean:
      return AppendAll<arrow::BooleanBuilder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kTinyInt:
      return AppendAll<arrow::Int8Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kSmallInt:
      return AppendAll<arrow::Int16Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kInt:
      return AppendAll<arrow::Int32Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kBigInt:
      return AppendAll<arrow::Int64Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kDate:
      return AppendAll<arrow::Date32Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kTime:
      return AppendAll<arrow::Time32Builder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return AppendAll<arrow::TimestampBuilder>(accumulator, entries, builder, IntegerResult);
    case TypeKind::kFloat:
      return AppendAll<arrow::FloatBuilder>(accumulator, entries, builder, RealResult);
    case TypeKind::kDouble:
      return AppendAll<arrow::DoubleBuilder>(accumulator, entries, builder, RealResult);
    case TypeKind::kDecimal:
      return AppendDecimals(accumulator, entries, builder);
    default:
      CHECK(false);  // AccumulatorLayout::Create admits no other type; strings come apart.
      return arrow::Status::OK();
  }
}

// The result as it is written, in 64 bits: what a narrow column does not keep does not count.
std::optional<int64_t> WrittenInteger(const Accumulator& accumulator, const char* at) {
  std::optional<int64_t> result = IntegerResult(accumulator, at);
  if (!result.has_value()) return result;
  switch (accumulator.call.result_type.kind()) {
    case TypeKind::kTinyInt:
      return static_cast<int8_t>(*result);
    case TypeKind::kSmallInt:
      return static_cast<int16_t>(*result);
    case TypeKind::kInt:
      return static_cast<int32_t>(*result);
    default:
      return result;
  }
}

std::optional<int64_t> WrittenReal(const Accumulator& accumulator, const char* at) {
  const std::optional<double> result = RealResult(accumulator, at);
  if (!result.has_value()) return std::nullopt;
  const bool narrow = accumulator.call.result_type.kind() == TypeKind::kFloat;
  return OrderedWord(narrow ? static_cast<float>(*result) : *result);
}

// Of calls whose accumulators say it all.
bool HasSameResult(const Accumulator& accumulator, const char* a, const char* b) {
  switch (accumulator.call.result_type.kind()) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return WrittenReal(accumulator, a) == WrittenReal(accumulator, b);
    case TypeKind::kDecimal:
      return DecimalResult(accumulator, a) == DecimalResult(accumulator, b);
    default:
      return WrittenInteger(accumulator, a) == WrittenInteger(accumulator, b);
  }
}

bool IsListed(const Accumulator& accumulator) {
  return accumulator.kind == AccumulatorKind::kFirst ||
         accumulator.kind == AccumulatorKind::kLast || accumulator.kind == AccumulatorKind::kList;
}

// Whether two parts give the same result.
bool ShowSame(const Accumulator& accumulator, std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (accumulator.kind == AccumulatorKind::kSketch) {
    return HyperLogLog::Estimate(a) == HyperLogLog::Estimate(b);
  }
  const std::vector<double>& percentages = accumulator.call.percentages;
  return !percentages.empty() && Percentiles(percentages, a) == Percentiles(percentages, b);
}

}  // namespace

AggregateResults::AggregateResults(const AccumulatorLayout& layout, KeyCodec codec)
    : layout_(layout), codec_(std::move(codec)) {
  for (const Accumulator& accumulator : layout_.accumulators()) {
    auto& builder = calls_.emplace_back();
    auto& listed = listed_.emplace_back();
    if (IsListed(accumulator)) {
      listed = NewListedResults(accumulator);
      continue;
    }
    auto made = arrow::MakeBuilder(accumulator.call.result_type.ToArrow());
    CHECK(made.ok());
    builder = *std::move(made);
  }
}

absl::Status AggregateResults::Append(const std::vector<Entry>& entries) {
  const auto parts = static_cast<size_t>(layout_.parts());
  parts_.resize(entries.size() * parts);
  for (size_t i = 0; i < entries.size(); ++i) {
    keys_ += entries[i].key;
    key_ends_.push_back(keys_.size());
    if (parts > 0) {
      layout_.SplitTail(entries[i].fixed, entries[i].tail, parts_.data() + i * parts);
    }
  }
  for (size_t call = 0; call < calls_.size(); ++call) {
    const Accumulator& accumulator = layout_.accumulators()[call];
    if (!accumulator.shows_part()) {
      RETURN_IF_ERROR(FromArrow(AppendResults(accumulator, entries, *calls_[call])));
      continue;
    }
    for (size_t i = 0; i < entries.size(); ++i) {
      const bool is_set = LoadPart<int64_t>(entries[i].fixed + accumulator.offset) != 0;
      const std::string_view part = parts_[i * parts + static_cast<size_t>(accumulator.part)];
      part_bytes_ += static_cast<int64_t>(part.size());
      RETURN_IF_ERROR(AppendPart(call, is_set, part));
    }
  }
  return absl::OkStatus();
}

absl::Status AggregateResults::AppendPart(size_t call, bool is_set, std::string_view part) {
  if (listed_[call] != nullptr) return listed_[call]->Append(is_set, part);
  if (layout_.accumulators()[call].kind == AccumulatorKind::kSketch) {
    auto& builder = static_cast<arrow::Int64Builder&>(*calls_[call]);
    return FromArrow(builder.Append(HyperLogLog::Estimate(part)));
  }
  auto& builder = static_cast<arrow::StringBuilder&>(*calls_[call]);
  return FromArrow(is_set ? builder.Append(part) : builder.AppendNull());
}

int64_t AggregateResults::bytes() const {
  return rows() * static_cast<int64_t>(calls_.size()) * 8 + static_cast<int64_t>(keys_.size()) +
         part_bytes_;
}

absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> AggregateResults::Finish() {
  std::vector<std::string_view> keys;
  keys.reserve(key_ends_.size());
  size_t begin = 0;
  for (const size_t end : key_ends_) {
    keys.push_back(std::string_view(keys_).substr(begin, end - begin));
    begin = end;
  }
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<arrow::Array>> columns, codec_.Decode(keys));
  for (size_t call = 0; call < calls_.size(); ++call) {
    ASSIGN_OR_RETURN(columns.emplace_back(), listed_[call] != nullptr
                                                 ? listed_[call]->Finish()
                                                 : FromArrow(calls_[call]->Finish()));
  }
  keys_.clear();
  key_ends_.clear();
  part_bytes_ = 0;
  return columns;
}

bool HaveSameResults(const AccumulatorLayout& layout, const Entry& a, const Entry& b) {
  std::vector<std::string_view> parts_a(static_cast<size_t>(layout.parts()));
  std::vector<std::string_view> parts_b(parts_a.size());
  if (layout.parts() > 0) {
    layout.SplitTail(a.fixed, a.tail, parts_a.data());
    layout.SplitTail(b.fixed, b.tail, parts_b.data());
  }
  for (const Accumulator& accumulator : layout.accumulators()) {
    const char* const in_a = a.fixed + accumulator.offset;
    const char* const in_b = b.fixed + accumulator.offset;
    if (!accumulator.shows_part()) {
      if (!HasSameResult(accumulator, in_a, in_b)) return false;
      continue;
    }
    const bool both_set = (LoadPart<int64_t>(in_a) != 0) == (LoadPart<int64_t>(in_b) != 0);
    const auto part = static_cast<size_t>(accumulator.part);
    if (!both_set || !ShowSame(accumulator, parts_a[part], parts_b[part])) return false;
  }
  return true;
}

}  // namespace millrace
