#include "worker/aggregate/accumulators.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/plan/aggregate_name.h"
#include "worker/aggregate/distinct_set.h"
#include "worker/aggregate/hyper_log_log.h"

namespace millrace {
namespace {

constexpr int32_t kWord = 8;

bool IsReal(const DataType& type) {
  return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
}

// The integers stay integers, and so on; AVG of integers sums in 128 bits, so that it cannot wrap.
std::optional<AccumulatorKind> SumKind(AggregateFunction function, const DataType& argument,
                                       const DataType& result) {
  if (argument.IsInteger() && result.IsInteger()) {
    return function == AggregateFunction::kSum ? AccumulatorKind::kSumInteger
                                               : AccumulatorKind::kSumDecimal;
  }
  if (IsReal(argument) && IsReal(result)) return AccumulatorKind::kSumReal;
  if (argument.kind() == TypeKind::kDecimal && result.kind() == TypeKind::kDecimal) {
    return AccumulatorKind::kSumDecimal;
  }
  return std::nullopt;
}

std::optional<AccumulatorKind> ExtremeKind(const DataType& argument, const DataType& result) {
  if (!(argument.WithNullable(true) == result.WithNullable(true))) return std::nullopt;
  if (argument.kind() == TypeKind::kDecimal) return AccumulatorKind::kExtremeDecimal;
  if (argument.IsCharacter()) return AccumulatorKind::kExtremeString;
  const bool is_word = argument.IsInteger() || IsReal(argument) || argument.IsTimestamp() ||
                       argument.kind() == TypeKind::kBoolean ||
                       argument.kind() == TypeKind::kDate || argument.kind() == TypeKind::kTime;
  return is_word ? std::optional(AccumulatorKind::kExtremeWord) : std::nullopt;
}

// Types whose values are words, decimals or texts.
bool IsPlain(const DataType& type) {
  return type.IsNumeric() || type.IsCharacter() || type.IsTimestamp() ||
         type.kind() == TypeKind::kBoolean || type.kind() == TypeKind::kDate ||
         type.kind() == TypeKind::kTime;
}

// Of a function that collects values; `result` is what it must give.
std::optional<AccumulatorKind> CollectingKind(const AggregateCall& call, const DataType& argument) {
  const DataType& result = call.result_type;
  const auto is = [](const DataType& a, const DataType& b) {
    return a.WithNullable(true) == b.WithNullable(true);
  };
  const auto kind_if = [](bool fits, AccumulatorKind kind) {
    return fits ? std::optional(kind) : std::nullopt;
  };
  switch (call.function) {
    case AggregateFunction::kFirstValue:
      return kind_if(is(result, argument) && !call.distinct, AccumulatorKind::kFirst);
    case AggregateFunction::kLastValue:
      // The last one that was new is the last one of the set.
      return kind_if(is(result, argument),
                     call.distinct ? AccumulatorKind::kList : AccumulatorKind::kLast);
    case AggregateFunction::kArrayAgg:
      return kind_if(result.kind() == TypeKind::kArray && is(result.children()[0], argument),
                     AccumulatorKind::kList);
    case AggregateFunction::kCollect:
      return kind_if(result.kind() == TypeKind::kMap && is(result.children()[0], argument) &&
                         result.children()[1].kind() == TypeKind::kInt,
                     AccumulatorKind::kList);
    case AggregateFunction::kListAgg:
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kJsonArrayAgg:
      return kind_if(argument.IsCharacter() && result.IsCharacter(), AccumulatorKind::kList);
    case AggregateFunction::kPercentile:
      return kind_if(
          argument.kind() == TypeKind::kDouble && !(call.distinct && call.weight) &&
              (is(result, DataType::Double()) || is(result, DataType::Array(DataType::Double()))),
          AccumulatorKind::kList);
    case AggregateFunction::kApproxCountDistinct:
      return kind_if(result.kind() == TypeKind::kBigInt && !call.distinct,
                     AccumulatorKind::kSketch);
    default:
      return std::nullopt;
  }
}

std::optional<AccumulatorKind> KindOf(const AggregateCall& call, const DataType& argument) {
  switch (call.function) {
    case AggregateFunction::kCount:
      if (call.result_type.kind() != TypeKind::kBigInt) return std::nullopt;
      return AccumulatorKind::kCount;
    case AggregateFunction::kSum:
    case AggregateFunction::kAvg:
      return SumKind(call.function, argument, call.result_type);
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      if (call.distinct) return std::nullopt;
      return ExtremeKind(argument, call.result_type);
    default:
      return CollectingKind(call, argument);
  }
}

ListedValues ValuesOf(const AggregateCall& call, const DataType& argument) {
  switch (call.function) {
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
    case AggregateFunction::kArrayAgg:
    case AggregateFunction::kCollect:
      return ListedValues::kCoded;
    case AggregateFunction::kPercentile:
      return ListedValues::kDouble;
    case AggregateFunction::kApproxCountDistinct:
      return ListedValues::kHash;
    default:
      return !call.distinct || IsPlain(argument) ? ListedValues::kPlain : ListedValues::kCoded;
  }
}

bool NeedsCodec(ListedValues values, const DataType& argument) {
  return values == ListedValues::kCoded || (values == ListedValues::kHash && !IsPlain(argument));
}

int32_t BytesOf(AccumulatorKind kind) {
  switch (kind) {
    case AccumulatorKind::kCount:
    case AccumulatorKind::kExtremeString:
    case AccumulatorKind::kFirst:
    case AccumulatorKind::kLast:
    case AccumulatorKind::kList:
    case AccumulatorKind::kSketch:
      return kWord;
    case AccumulatorKind::kSumInteger:
    case AccumulatorKind::kSumReal:
    case AccumulatorKind::kExtremeWord:
      return 2 * kWord;
    case AccumulatorKind::kSumDecimal:
    case AccumulatorKind::kExtremeDecimal:
      return 3 * kWord;
  }
  return 0;
}

template <typename T>
T Plus(T a, T b) {
  return a + b;
}
// Wraps where the signed sum would overflow.
template <>
int64_t Plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

template <typename T>
void AddPart(const char* from, char* into) {
  StorePart<T>(into, Plus(LoadPart<T>(from), LoadPart<T>(into)));
}

void MergeFixed(const Accumulator& accumulator, const char* from, char* into) {
  const bool greatest = accumulator.keeps_greatest();
  switch (accumulator.kind) {
    case AccumulatorKind::kCount:
      return AddPart<int64_t>(from, into);
    case AccumulatorKind::kSumInteger:
      AddPart<int64_t>(from, into);
      return AddPart<int64_t>(from + kWord, into + kWord);
    case AccumulatorKind::kSumReal:
      AddPart<double>(from, into);
      return AddPart<int64_t>(from + kWord, into + kWord);
    case AccumulatorKind::kSumDecimal:
      return AddDecimal(into, LoadPart<Decimal>(from), LoadPart<int64_t>(from + sizeof(Decimal)));
    case AccumulatorKind::kExtremeWord:
      if (LoadPart<int64_t>(from + kWord) == 0) return;
      return KeepExtreme(into, LoadPart<int64_t>(from), greatest);
    case AccumulatorKind::kExtremeDecimal:
      if (LoadPart<int64_t>(from + sizeof(Decimal)) == 0) return;
      return KeepExtreme(into, LoadPart<Decimal>(from), greatest);
    default:
      return;  // In the tail.
  }
}

int64_t PartLength(const Accumulator& accumulator, const char* fixed) {
  const auto word = LoadPart<int64_t>(fixed + accumulator.length_offset);
  return accumulator.keeps_value() && word > 0 ? word - 1 : word;
}

// Whether `value` takes the place of the one that is kept.
bool Replaces(const Accumulator& accumulator, std::string_view value, std::string_view kept,
              MergeOrder order) {
  switch (accumulator.kind) {
    case AccumulatorKind::kFirst:
      return order == MergeOrder::kEarlier;
    case AccumulatorKind::kLast:
      return order == MergeOrder::kLater;
    default:
      return accumulator.keeps_greatest() ? value > kept : value < kept;
  }
}

// A value that DISTINCT has not met before, as BatchFold writes it.
void AddValue(const Accumulator& accumulator, std::string_view value, char* at) {
  switch (accumulator.kind) {
    case AccumulatorKind::kCount:
      return StorePart<int64_t>(at, LoadPart<int64_t>(at) + 1);
    case AccumulatorKind::kSumInteger:
      StorePart<int64_t>(at, Plus(LoadPart<int64_t>(at), LoadPart<int64_t>(value.data())));
      return StorePart<int64_t>(at + kWord, LoadPart<int64_t>(at + kWord) + 1);
    case AccumulatorKind::kSumReal:
      StorePart<double>(at, LoadPart<double>(at) + DoubleOfWord(LoadPart<int64_t>(value.data())));
      return StorePart<int64_t>(at + kWord, LoadPart<int64_t>(at + kWord) + 1);
    case AccumulatorKind::kSumDecimal:
      return AddDecimal(at,
                        value.size() == sizeof(Decimal) ? LoadPart<Decimal>(value.data())
                                                        : LoadPart<int64_t>(value.data()),
                        1);
    default:
      return;  // Never DISTINCT, or nothing but the set.
  }
}

}  // namespace

absl::StatusOr<AccumulatorLayout> AccumulatorLayout::Create(const std::vector<AggregateCall>& calls,
                                                            const Schema& input) {
  AccumulatorLayout layout;
  int32_t offset = 0;
  for (const AggregateCall& call : calls) {
    Accumulator accumulator{.call = call, .offset = offset};
    if (call.argument.has_value()) accumulator.argument_type = input.field(*call.argument).type;
    const std::optional<AccumulatorKind> kind = KindOf(call, accumulator.argument_type);
    if (!kind.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "no ", AbslView(AggregateFunctionName(call.function)), call.distinct ? "(DISTINCT " : "(",
          accumulator.argument_type.ToString(), ") gives a ", call.result_type.ToString(),
          "; cast the argument to another type"));
    }
    accumulator.kind = *kind;
    accumulator.values = ValuesOf(call, accumulator.argument_type);
    if (NeedsCodec(accumulator.values, accumulator.argument_type)) {
      ASSIGN_OR_RETURN(accumulator.codec, ValueCodec::Create(accumulator.argument_type));
    }
    layout.keeps_values_ = layout.keeps_values_ || accumulator.keeps_value();
    if (accumulator.shows_part() || call.distinct) accumulator.part = layout.parts_++;
    const bool has_set = call.distinct && !accumulator.shows_part();
    accumulator.length_offset = has_set ? offset + BytesOf(*kind) : offset;
    offset += BytesOf(*kind) + (has_set ? kWord : 0);
    layout.accumulators_.push_back(std::move(accumulator));
  }
  layout.value_bytes_ = std::max(layout.value_bytes_, offset);
  return layout;
}

void AccumulatorLayout::Merge(const char* from, const std::string_view* parts,
                              const StateValue& into, MergeOrder order) const {
  if (keeps_values_) MergeKeptValues(from, parts, into, order);
  for (const Accumulator& accumulator : accumulators_) {
    if (accumulator.takes_lists()) {
      MergeList(accumulator, parts[accumulator.part], into, order);
    } else {
      MergeFixed(accumulator, from + accumulator.offset, into.fixed + accumulator.offset);
    }
  }
}

void AccumulatorLayout::SplitTail(const char* fixed, std::string_view tail,
                                  std::string_view* parts) const {
  for (const Accumulator& accumulator : accumulators_) {
    if (accumulator.part < 0) continue;
    const auto length = static_cast<size_t>(PartLength(accumulator, fixed));
    CHECK_LE(length, tail.size());
    parts[accumulator.part] = tail.substr(0, length);
    tail.remove_prefix(length);
  }
}

void AccumulatorLayout::CopyForResults(const StateValue& value, char* fixed,
                                       std::string& tail) const {
  std::memcpy(fixed, value.fixed, static_cast<size_t>(value_bytes_));
  if (value.tail == nullptr) return;
  std::string_view rest = *value.tail;
  for (const Accumulator& accumulator : accumulators_) {
    if (accumulator.part < 0) continue;
    const auto length = static_cast<size_t>(PartLength(accumulator, value.fixed));
    if (accumulator.shows_part()) {
      tail += rest.substr(0, length);
    } else {
      StorePart<int64_t>(fixed + accumulator.length_offset, 0);
    }
    rest.remove_prefix(length);
  }
}

// The tail is written anew only if one of its values has changed.
void AccumulatorLayout::MergeKeptValues(const char* from, const std::string_view* parts,
                                        const StateValue& into, MergeOrder order) const {
  std::vector<std::string_view> merged(static_cast<size_t>(parts_));
  SplitTail(into.fixed, *into.tail, merged.data());
  bool changed = false;
  for (const Accumulator& accumulator : accumulators_) {
    if (!accumulator.keeps_value()) continue;
    if (LoadPart<int64_t>(from + accumulator.offset) == 0) continue;
    const std::string_view value = parts[accumulator.part];
    std::string_view& kept = merged[static_cast<size_t>(accumulator.part)];
    const bool is_set = LoadPart<int64_t>(into.fixed + accumulator.offset) != 0;
    if (is_set && !Replaces(accumulator, value, kept, order)) continue;
    kept = value;
    StorePart<int64_t>(into.fixed + accumulator.offset, static_cast<int64_t>(value.size()) + 1);
    changed = true;
  }
  if (!changed) return;
  std::string tail;
  for (const std::string_view part : merged) tail += part;
  *into.tail = std::move(tail);
}

void AccumulatorLayout::MergeList(const Accumulator& accumulator, std::string_view from,
                                  const StateValue& into, MergeOrder order) const {
  if (from.empty()) return;
  size_t begin = 0;
  for (const Accumulator& before : accumulators_) {
    if (before.part < 0 || before.part >= accumulator.part) continue;
    begin += static_cast<size_t>(PartLength(before, into.fixed));
  }
  auto length = static_cast<size_t>(PartLength(accumulator, into.fixed));
  if (accumulator.kind == AccumulatorKind::kSketch) {
    HyperLogLog sketch(*into.tail, begin, length);
    sketch.Merge(from);
    length = sketch.length();
  } else if (!accumulator.distinct()) {
    length = DistinctSet::AddToList(
        *into.tail, {.begin = begin, .length = length, .in_front = order == MergeOrder::kEarlier},
        from);
  } else {
    // A set keeps the order in which its values came.
    std::string later;
    if (order == MergeOrder::kEarlier && accumulator.shows_part()) {
      later = into.tail->substr(begin, length);
      into.tail->erase(begin, length);
      length = 0;
    }
    DistinctSet set(*into.tail, begin, length);
    const auto add = [&](std::string_view value) {
      if (set.Insert(value)) AddValue(accumulator, value, into.fixed + accumulator.offset);
    };
    DistinctSet::ForEach(from, add);
    DistinctSet::ForEach(later, add);
    length = set.length();
  }
  StorePart<int64_t>(into.fixed + accumulator.length_offset, static_cast<int64_t>(length));
}

}  // namespace millrace
