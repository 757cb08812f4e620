// The accumulators of an operator's aggregate calls, side by side in one value of fixed layout.
//
// The same layout serves in keyed state and while a batch is folded. All zero bytes is the state
// before the first row. It is durable: a change of what is here needs a new kAccumulatorsVersion, a
// kind that is new does not. What has no fixed size, texts, lists and the values of DISTINCT calls,
// lies in parts of the value's tail that follow each other in the order of their calls. Pure; all
// sizes and offsets in bytes, all offsets multiples of 8.
//
//   kCount           int64 rows
//   kSumInteger      int64 sum (wraps, as Java's), int64 rows
//   kSumReal         double sum, int64 rows
//   kSumDecimal      int128 sum, int64 rows; kOverflowed instead of rows once the sum left 128 bits
//   kExtremeWord     int64 value in an order-preserving form (OrderedWord), int64 1 once set
//   kExtremeDecimal  int128 value, int64 1 once set
//   kExtremeString   int64 0, or the length in the tail plus 1
//   kFirst, kLast    the same, of the bytes of a value (value_codec.h)
//   kList            int64 the length in the tail of a list, of DISTINCT values a set
//                    (distinct_set.h), of ListedValues
//   kSketch          int64 the length in the tail of a sketch (hyper_log_log.h)
//
// A DISTINCT call of one of the first four has the accumulator of its function over the different
// values, then int64 the length of their set in the tail. Rows of a batch bring a list of values
// instead, and no more: what is new among them is known when they are merged.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/expr/decimal.h"
#include "common/plan/operators.h"
#include "worker/aggregate/value_codec.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

inline constexpr int32_t kAccumulatorsVersion = 1;
inline constexpr int64_t kOverflowed = -1;

enum class AccumulatorKind : uint8_t {
  kCount,
  kSumInteger,
  kSumReal,
  kSumDecimal,
  kExtremeWord,
  kExtremeDecimal,
  kExtremeString,
  kFirst,
  kLast,
  kList,
  kSketch,
};

// What the bytes of a value in a list, set or part are.
enum class ListedValues : uint8_t {
  kPlain,   // Numbers and times as words (8 bytes) or decimals (16), texts as they are.
  kCoded,   // ValueCodec
  kDouble,  // 8 bytes; PERCENTILE. A weight (int64) may follow.
  kHash,    // uint64 of the plain or coded value; kSketch
};

// Whether the rows of an accumulator that is merged into another follow those of that, or precede
// them.
enum class MergeOrder : uint8_t { kLater, kEarlier };

struct Accumulator {
  AccumulatorKind kind = AccumulatorKind::kCount;
  AggregateCall call;
  DataType argument_type;     // NULL for COUNT(*).
  int32_t offset = 0;         // In the value.
  int32_t part = -1;          // Its place among the parts of the tail; -1: it has none.
  int32_t length_offset = 0;  // Of the word that says how long its part is.
  ListedValues values = ListedValues::kPlain;
  std::optional<ValueCodec> codec;  // Of its argument, if `values` need one.

  bool keeps_greatest() const { return call.function == AggregateFunction::kMax; }
  bool distinct() const { return call.distinct; }
  // Its part is one value, and the word of its length tells whether there is one.
  bool keeps_value() const {
    return kind == AccumulatorKind::kExtremeString || kind == AccumulatorKind::kFirst ||
           kind == AccumulatorKind::kLast;
  }
  // Rows of a batch bring it lists of values.
  bool takes_lists() const {
    return distinct() || kind == AccumulatorKind::kList || kind == AccumulatorKind::kSketch;
  }
  // The result is read from its part.
  bool shows_part() const {
    return keeps_value() || kind == AccumulatorKind::kList || kind == AccumulatorKind::kSketch;
  }
};

class AccumulatorLayout {
 public:
  // kInvalidArgument, naming call and type, for a call that Flink does not have.
  static absl::StatusOr<AccumulatorLayout> Create(const std::vector<AggregateCall>& calls,
                                                  const Schema& input);

  const std::vector<Accumulator>& accumulators() const { return accumulators_; }
  int32_t value_bytes() const { return value_bytes_; }
  // Of the tail; 0: values have none.
  int32_t parts() const { return parts_; }

  // Adds the accumulators at `from` to those of `into`. `parts`: those of the tail of `from`,
  // parts() of them.
  void Merge(const char* from, const std::string_view* parts, const StateValue& into,
             MergeOrder order = MergeOrder::kLater) const;

  // Splits the tail of the value at `fixed` into its parts().
  void SplitTail(const char* fixed, std::string_view tail, std::string_view* parts) const;

  // Copies of a value what its results are made of, to `fixed` (value_bytes()) and behind `tail`:
  // the sets of DISTINCT calls, which may be large, stay behind.
  void CopyForResults(const StateValue& value, char* fixed, std::string& tail) const;

 private:
  void MergeKeptValues(const char* from, const std::string_view* parts, const StateValue& into,
                       MergeOrder order) const;
  void MergeList(const Accumulator& accumulator, std::string_view from, const StateValue& into,
                 MergeOrder order) const;

  std::vector<Accumulator> accumulators_;
  int32_t value_bytes_ = 8;  // A value is never empty: a group without calls has one, too.
  int32_t parts_ = 0;
  bool keeps_values_ = false;
};

// Access to the parts of an accumulator.
template <typename T>
T LoadPart(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <typename T>
void StorePart(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

inline void AddDecimal(char* accumulator, Decimal sum, int64_t rows) {
  char* const rows_at = accumulator + sizeof(Decimal);
  const auto old_rows = LoadPart<int64_t>(rows_at);
  Decimal total = 0;
  if (old_rows == kOverflowed || rows == kOverflowed ||
      __builtin_add_overflow(LoadPart<Decimal>(accumulator), sum, &total)) {
    return StorePart<int64_t>(rows_at, kOverflowed);
  }
  StorePart<Decimal>(accumulator, total);
  StorePart<int64_t>(rows_at, old_rows + rows);
}

template <typename T>
void KeepExtreme(char* accumulator, T value, bool greatest) {
  char* const set_at = accumulator + sizeof(T);
  if (LoadPart<int64_t>(set_at) != 0) {
    const T old = LoadPart<T>(accumulator);
    if (greatest ? value <= old : value >= old) return;
  }
  StorePart<T>(accumulator, value);
  StorePart<int64_t>(set_at, 1);
}

// Doubles as integers in the same order: -0.0 below 0.0, NaN above all. It is its own inverse.
inline int64_t FlipOrdered(int64_t bits) {
  return bits ^ ((bits >> 63) & std::numeric_limits<int64_t>::max());
}
inline int64_t OrderedWord(double value) {
  if (value != value) value = std::numeric_limits<double>::quiet_NaN();
  return FlipOrdered(std::bit_cast<int64_t>(value));
}
inline double DoubleOfWord(int64_t word) { return std::bit_cast<double>(FlipOrdered(word)); }

}  // namespace millrace
