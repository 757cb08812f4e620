#include "worker/aggregate/accumulators.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/aggregate/distinct_set.h"

namespace millrace {
namespace {

constexpr int32_t kWord = 8;

std::string_view NameOf(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::kCount:
      return "COUNT";
    case AggregateFunction::kSum:
      return "SUM";
    case AggregateFunction::kMin:
      return "MIN";
    case AggregateFunction::kMax:
      return "MAX";
    case AggregateFunction::kAvg:
      return "AVG";
  }
  return "?";
}

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
                       argument.kind() == TypeKind::kDate || argument.kind() == TypeKind::kTime;
  return is_word ? std::optional(AccumulatorKind::kExtremeWord) : std::nullopt;
}

// Types whose values DISTINCT can tell apart.
bool HasDistinctValues(const DataType& type) {
  return type.IsNumeric() || type.IsCharacter() || type.IsTimestamp() ||
         type.kind() == TypeKind::kBoolean || type.kind() == TypeKind::kDate ||
         type.kind() == TypeKind::kTime;
}

std::optional<AccumulatorKind> KindOf(const AggregateCall& call, const DataType& argument) {
  if (call.distinct && !HasDistinctValues(argument)) return std::nullopt;
  switch (call.function) {
    case AggregateFunction::kCount:
      if (call.result_type.kind() != TypeKind::kBigInt) return std::nullopt;
      return AccumulatorKind::kCount;
    case AggregateFunction::kSum:
    case AggregateFunction::kAvg:
      return SumKind(call.function, argument, call.result_type);
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      return ExtremeKind(argument, call.result_type);
  }
  return std::nullopt;
}

int32_t BytesOf(AccumulatorKind kind) {
  switch (kind) {
    case AccumulatorKind::kCount:
    case AccumulatorKind::kExtremeString:
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
    case AccumulatorKind::kExtremeString:
      return;  // MergeStrings
  }
}

int64_t PartLength(const Accumulator& accumulator, const char* fixed) {
  const auto word = LoadPart<int64_t>(fixed + accumulator.length_offset);
  return accumulator.kind == AccumulatorKind::kExtremeString && word > 0 ? word - 1 : word;
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
    case AccumulatorKind::kExtremeWord:
    case AccumulatorKind::kExtremeDecimal:
    case AccumulatorKind::kExtremeString:
      return;  // MIN and MAX are never DISTINCT.
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
      return absl::InvalidArgumentError(
          absl::StrCat("no ", AbslView(NameOf(call.function)), call.distinct ? "(DISTINCT " : "(",
                       accumulator.argument_type.ToString(), ") gives a ",
                       call.result_type.ToString(), "; cast the argument to another type"));
    }
    accumulator.kind = *kind;
    const bool is_string = *kind == AccumulatorKind::kExtremeString;
    layout.has_strings_ = layout.has_strings_ || is_string;
    if (is_string || call.distinct) accumulator.part = layout.parts_++;
    accumulator.length_offset = is_string ? offset : offset + BytesOf(*kind);
    offset += BytesOf(*kind) + (call.distinct ? kWord : 0);
    layout.accumulators_.push_back(std::move(accumulator));
  }
  layout.value_bytes_ = std::max(layout.value_bytes_, offset);
  return layout;
}

void AccumulatorLayout::Merge(const char* from, const std::string_view* parts,
                              const StateValue& into) const {
  if (has_strings_) MergeStrings(from, parts, into);
  for (const Accumulator& accumulator : accumulators_) {
    if (accumulator.distinct()) {
      MergeDistinct(accumulator, parts[accumulator.part], into);
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

// The tail is written anew only if one of its strings has changed.
void AccumulatorLayout::MergeStrings(const char* from, const std::string_view* parts,
                                     const StateValue& into) const {
  std::vector<std::string_view> merged(static_cast<size_t>(parts_));
  SplitTail(into.fixed, *into.tail, merged.data());
  bool changed = false;
  for (const Accumulator& accumulator : accumulators_) {
    if (accumulator.kind != AccumulatorKind::kExtremeString) continue;
    if (LoadPart<int64_t>(from + accumulator.offset) == 0) continue;
    const std::string_view text = parts[accumulator.part];
    std::string_view& kept = merged[static_cast<size_t>(accumulator.part)];
    const bool is_set = LoadPart<int64_t>(into.fixed + accumulator.offset) != 0;
    if (is_set && (accumulator.keeps_greatest() ? text <= kept : text >= kept)) continue;
    kept = text;
    StorePart<int64_t>(into.fixed + accumulator.offset, static_cast<int64_t>(text.size()) + 1);
    changed = true;
  }
  if (!changed) return;
  std::string tail;
  for (const std::string_view part : merged) tail += part;
  *into.tail = std::move(tail);
}

void AccumulatorLayout::MergeDistinct(const Accumulator& accumulator, std::string_view from,
                                      const StateValue& into) const {
  if (from.empty()) return;
  int64_t begin = 0;
  for (const Accumulator& before : accumulators_) {
    if (before.part >= 0 && before.part < accumulator.part) begin += PartLength(before, into.fixed);
  }
  DistinctSet set(*into.tail, static_cast<size_t>(begin),
                  static_cast<size_t>(PartLength(accumulator, into.fixed)));
  DistinctSet::ForEach(from, [&](std::string_view value) {
    if (set.Insert(value)) AddValue(accumulator, value, into.fixed + accumulator.offset);
  });
  StorePart<int64_t>(into.fixed + accumulator.length_offset, static_cast<int64_t>(set.length()));
}

}  // namespace millrace
