#include "worker/aggregate/batch_fold.h"

#include <bit>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "worker/aggregate/distinct_set.h"

namespace millrace {

// The rows of a call: where each goes, and whether it counts.
struct BatchFold::Rows {
  const uint32_t* group;
  const uint8_t* active;  // Null: all rows count.
  int64_t count;
  char* accumulators;  // Of the call in group 0.
  int64_t stride;      // To the next group.

  // Calls fold(row, accumulator) for each row that counts.
  template <typename Fold>
  void ForEach(Fold fold) const {
    if (active == nullptr) {
      for (int64_t row = 0; row < count; ++row) fold(row, accumulators + group[row] * stride);
      return;
    }
    for (int64_t row = 0; row < count; ++row) {
      if (active[row] != 0) fold(row, accumulators + group[row] * stride);
    }
  }
};

void BatchFold::Fold(const Batch& batch, const std::vector<uint32_t>& group_of_row,
                     int64_t groups) {
  words_.assign(static_cast<size_t>(groups * layout_.value_bytes() / 8), 0);
  parts_.assign(static_cast<size_t>(groups * layout_.parts()), {});
  lists_.resize(static_cast<size_t>(layout_.parts()));
  coded_.resize(static_cast<size_t>(layout_.parts()));
  reals_.resize(layout_.accumulators().size());
  for (const Accumulator& accumulator : layout_.accumulators()) {
    const Rows rows{
        .group = group_of_row.data(),
        .active = ActiveRows(accumulator, batch),
        .count = batch.num_rows(),
        .accumulators = reinterpret_cast<char*>(words_.data()) + accumulator.offset,
        .stride = layout_.value_bytes(),
    };
    FoldCall(accumulator, batch, rows);
  }
}

void BatchFold::MergeInto(const StateValue& into, int64_t group) const {
  layout_.Merge(value(group), parts(group), into);
  for (const Accumulator& accumulator : layout_.accumulators()) {
    const Reals& reals = reals_[IndexOf(accumulator)];
    if (reals.ends.empty()) continue;
    char* const at = into.fixed + accumulator.offset;
    auto sum = LoadPart<double>(at);
    const auto end = reals.ends[static_cast<size_t>(group)];
    for (size_t i = reals.ends[static_cast<size_t>(group) - 1]; i < end; ++i) {
      sum += reals.values[i];
    }
    StorePart<double>(at, sum);
  }
}

const uint8_t* BatchFold::ActiveRows(const Accumulator& accumulator, const Batch& batch) {
  const AggregateCall& call = accumulator.call;
  const arrow::Array* argument = call.argument ? batch.column(*call.argument).get() : nullptr;
  const bool has_nulls = argument != nullptr && !call.keeps_nulls && argument->null_count() > 0;
  if (!has_nulls && !call.filter_column.has_value() && !call.weight.has_value()) return nullptr;
  const int64_t rows = batch.num_rows();
  active_.assign(static_cast<size_t>(rows), 1);
  if (has_nulls) {
    for (int64_t row = 0; row < rows; ++row) active_[row] = argument->IsValid(row) ? 1 : 0;
  }
  if (call.weight.has_value()) {
    const auto& weight = static_cast<const arrow::Int64Array&>(*batch.column(*call.weight));
    for (int64_t row = 0; row < rows; ++row) {
      active_[row] &= static_cast<uint8_t>(weight.IsValid(row) && weight.Value(row) > 0);
    }
  }
  if (call.filter_column.has_value()) {
    const auto& filter =
        static_cast<const arrow::BooleanArray&>(*batch.column(*call.filter_column));
    for (int64_t row = 0; row < rows; ++row) {
      active_[row] &= static_cast<uint8_t>(filter.IsValid(row) && filter.Value(row));
    }
  }
  return active_.data();
}

void BatchFold::FoldCall(const Accumulator& accumulator, const Batch& batch, const Rows& rows) {
  if (accumulator.takes_lists()) return FoldLists(accumulator, batch, rows);
  if (accumulator.kind == AccumulatorKind::kCount) {
    return rows.ForEach(
        [](int64_t, char* at) { StorePart<int64_t>(at, LoadPart<int64_t>(at) + 1); });
  }
  const arrow::Array& column = *batch.column(*accumulator.call.argument);
  if (accumulator.codec.has_value()) {
    return FoldKeptValues(accumulator, batch.column(*accumulator.call.argument), rows);
  }
  switch (accumulator.argument_type.kind()) {
    case TypeKind::kBoolean:
      return FoldBooleans(accumulator, column, rows);
    case TypeKind::kDecimal:
      return FoldDecimals(accumulator, column, rows);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return FoldStrings(accumulator, column, rows);
    default:
      return FoldWords(accumulator, column, rows);
  }
}

void BatchFold::FoldWords(const Accumulator& accumulator, const arrow::Array& column,
                          const Rows& rows) {
  switch (accumulator.argument_type.kind()) {
    case TypeKind::kTinyInt:
      return FoldIntegers<int8_t>(accumulator, column, rows);
    case TypeKind::kSmallInt:
      return FoldIntegers<int16_t>(accumulator, column, rows);
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime:
      return FoldIntegers<int32_t>(accumulator, column, rows);
    case TypeKind::kBigInt:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return FoldIntegers<int64_t>(accumulator, column, rows);
    case TypeKind::kFloat:
      return FoldReals<float>(accumulator, column, rows);
    case TypeKind::kDouble:
      return FoldReals<double>(accumulator, column, rows);
    default:
      CHECK(false);  // AccumulatorLayout::Create admits no other type.
  }
}

template <typename T>
void BatchFold::FoldIntegers(const Accumulator& accumulator, const arrow::Array& column,
                             const Rows& rows) {
  const T* values = column.data()->GetValues<T>(1);
  switch (accumulator.kind) {
    case AccumulatorKind::kSumInteger:
      return rows.ForEach([values](int64_t row, char* at) {
        const auto sum = static_cast<uint64_t>(LoadPart<int64_t>(at));
        const auto value = static_cast<uint64_t>(static_cast<int64_t>(values[row]));
        StorePart<uint64_t>(at, sum + value);  // Wraps, as Java's sum does.
        StorePart<int64_t>(at + 8, LoadPart<int64_t>(at + 8) + 1);
      });
    case AccumulatorKind::kSumDecimal:
      return rows.ForEach([values](int64_t row, char* at) { AddDecimal(at, values[row], 1); });
    default:
      return rows.ForEach([values, greatest = accumulator.keeps_greatest()](int64_t row, char* at) {
        KeepExtreme<int64_t>(at, values[row], greatest);
      });
  }
}

template <typename T>
void BatchFold::FoldReals(const Accumulator& accumulator, const arrow::Array& column,
                          const Rows& rows) {
  const T* values = column.data()->GetValues<T>(1);
  if (accumulator.kind == AccumulatorKind::kSumReal) {
    return CollectReals(reals_[IndexOf(accumulator)], values, rows);
  }
  rows.ForEach([values, greatest = accumulator.keeps_greatest()](int64_t row, char* at) {
    KeepExtreme<int64_t>(at, OrderedWord(values[row]), greatest);
  });
}

// Counts the rows in the accumulators, and sorts their values by group.
template <typename T>
void BatchFold::CollectReals(Reals& reals, const T* values, const Rows& rows) const {
  std::vector<size_t>& next = reals.ends;  // Of each group: where its next value goes.
  next.assign(groups() + 1, 0);
  rows.ForEach([&](int64_t row, char* at) {
    ++next[rows.group[row] + size_t{1}];
    StorePart<int64_t>(at + 8, LoadPart<int64_t>(at + 8) + 1);
  });
  for (size_t group = 1; group < next.size(); ++group) next[group] += next[group - 1];
  reals.values.resize(next.back());
  rows.ForEach([&](int64_t row, char*) {
    reals.values[next[rows.group[row]]++] = static_cast<double>(values[row]);
  });
  next.pop_back();  // Each is now where its group ends.
}

void BatchFold::FoldBooleans(const Accumulator& accumulator, const arrow::Array& column,
                             const Rows& rows) {
  const auto& values = static_cast<const arrow::BooleanArray&>(column);
  rows.ForEach([&values, greatest = accumulator.keeps_greatest()](int64_t row, char* at) {
    KeepExtreme<int64_t>(at, values.Value(row) ? 1 : 0, greatest);
  });
}

void BatchFold::FoldDecimals(const Accumulator& accumulator, const arrow::Array& column,
                             const Rows& rows) {
  const char* values = reinterpret_cast<const char*>(
      static_cast<const arrow::FixedSizeBinaryArray&>(column).raw_values());
  const auto value = [values](int64_t row) {
    return LoadPart<Decimal>(values + row * static_cast<int64_t>(sizeof(Decimal)));
  };
  if (accumulator.kind == AccumulatorKind::kSumDecimal) {
    return rows.ForEach([value](int64_t row, char* at) { AddDecimal(at, value(row), 1); });
  }
  rows.ForEach([value, greatest = accumulator.keeps_greatest()](int64_t row, char* at) {
    KeepExtreme<Decimal>(at, value(row), greatest);
  });
}

void BatchFold::FoldStrings(const Accumulator& accumulator, const arrow::Array& column,
                            const Rows& rows) {
  const auto& values = static_cast<const arrow::BinaryArray&>(column);
  const bool greatest = accumulator.keeps_greatest();
  rows.ForEach([&](int64_t row, char* at) {
    const std::string_view text = values.GetView(row);
    std::string_view& kept =
        parts_[rows.group[row] * static_cast<size_t>(layout_.parts()) + accumulator.part];
    if (LoadPart<int64_t>(at) != 0 && (greatest ? text <= kept : text >= kept)) return;
    kept = text;
    StorePart<int64_t>(at, static_cast<int64_t>(text.size()) + 1);
  });
}

// The first or last value of each group.
void BatchFold::FoldKeptValues(const Accumulator& accumulator,
                               const std::shared_ptr<arrow::Array>& column, const Rows& rows) {
  EncodedKeys& coded = coded_[accumulator.part];
  accumulator.codec->Encode(column, coded);
  const bool first = accumulator.kind == AccumulatorKind::kFirst;
  rows.ForEach([&](int64_t row, char* at) {
    if (first && LoadPart<int64_t>(at) != 0) return;
    const std::string_view value = coded.key(row);
    parts_[rows.group[row] * static_cast<size_t>(layout_.parts()) + accumulator.part] = value;
    StorePart<int64_t>(at, static_cast<int64_t>(value.size()) + 1);
  });
}

// The values of a column as lists keep them (ListedValues).
class ListedColumn {
 public:
  // `coded`: room for the values of types that need a codec. All must outlive this.
  ListedColumn(const Accumulator& accumulator, const Batch& batch, EncodedKeys& coded)
      : accumulator_(accumulator),
        type_(accumulator.argument_type),
        column_(*batch.column(*accumulator.call.argument)),
        coded_(coded) {
    if (accumulator.codec.has_value()) {
      accumulator.codec->Encode(batch.column(*accumulator.call.argument), coded);
    }
    if (accumulator.call.weight.has_value()) {
      weights_ = batch.column(*accumulator.call.weight)->data()->GetValues<int64_t>(1);
    }
  }

  // Valid until the next call.
  std::string_view Get(int64_t row) {
    switch (accumulator_.values) {
      case ListedValues::kPlain:
        return Plain(row);
      case ListedValues::kCoded:
        return coded_.key(row);
      case ListedValues::kDouble:
        words_[0] = std::bit_cast<int64_t>(At<double>(row));
        if (weights_ != nullptr) words_[1] = weights_[row];
        return Words(weights_ == nullptr ? 1 : 2);
      case ListedValues::kHash:
        words_[0] = std::bit_cast<int64_t>(
            HashKey(accumulator_.codec.has_value() ? coded_.key(row) : Plain(row)));
        return Words(1);
    }
    return {};
  }

 private:
  std::string_view Words(size_t count) const {
    return {reinterpret_cast<const char*>(words_), count * sizeof words_[0]};
  }

  std::string_view Plain(int64_t row) {
    switch (type_.kind()) {
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        return static_cast<const arrow::BinaryArray&>(column_).GetView(row);
      case TypeKind::kDecimal:
        return static_cast<const arrow::FixedSizeBinaryArray&>(column_).GetView(row);
      default:
        words_[0] = Word(row);
        return Words(1);
    }
  }

  template <typename T>
  T At(int64_t row) const {
    return column_.data()->GetValues<T>(1)[row];
  }

  int64_t Word(int64_t row) const {
    switch (type_.kind()) {
      case TypeKind::kBoolean:
        return static_cast<const arrow::BooleanArray&>(column_).Value(row) ? 1 : 0;
      case TypeKind::kTinyInt:
        return At<int8_t>(row);
      case TypeKind::kSmallInt:
        return At<int16_t>(row);
      case TypeKind::kInt:
      case TypeKind::kDate:
      case TypeKind::kTime:
        return At<int32_t>(row);
      case TypeKind::kFloat:
        return OrderedWord(At<float>(row));
      case TypeKind::kDouble:
        return OrderedWord(At<double>(row));
      default:
        return At<int64_t>(row);
    }
  }

  const Accumulator& accumulator_;
  const DataType& type_;
  const arrow::Array& column_;
  const EncodedKeys& coded_;
  const int64_t* weights_ = nullptr;
  int64_t words_[2] = {0, 0};
};

void BatchFold::FoldLists(const Accumulator& accumulator, const Batch& batch, const Rows& rows) {
  std::vector<std::string>& lists = lists_[accumulator.part];
  if (lists.size() < groups()) lists.resize(groups());
  for (size_t group = 0; group < groups(); ++group) lists[group].clear();
  ListedColumn values(accumulator, batch, coded_[accumulator.part]);
  rows.ForEach([&](int64_t row, char*) {
    if (rows.group[row] != 0) DistinctSet::AppendTo(lists[rows.group[row]], values.Get(row));
  });
  for (size_t group = 0; group < groups(); ++group) {
    parts_[group * static_cast<size_t>(layout_.parts()) + accumulator.part] = lists[group];
  }
}

}  // namespace millrace
