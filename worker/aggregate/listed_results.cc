#include "worker/aggregate/listed_results.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_nested.h"
#include "arrow/array/builder_primitive.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "worker/aggregate/distinct_set.h"

namespace millrace {
namespace {

// Copies of values, to be decoded together.
class CodedValues {
 public:
  void Add(std::string_view value) {
    bytes_ += value;
    ends_.push_back(bytes_.size());
  }
  int64_t size() const { return static_cast<int64_t>(ends_.size()); }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Decode(const ValueCodec& codec) {
    std::vector<std::string_view> values;
    values.reserve(ends_.size());
    size_t begin = 0;
    for (const size_t end : ends_) {
      values.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    ASSIGN_OR_RETURN(std::shared_ptr<arrow::Array> column, codec.Decode(values));
    bytes_.clear();
    ends_.clear();
    return column;
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

// FIRST_VALUE and LAST_VALUE.
class OneValue final : public ListedResults {
 public:
  explicit OneValue(const Accumulator& accumulator) : accumulator_(accumulator) {}

  absl::Status Append(bool is_set, std::string_view part) override {
    std::string_view value = is_set ? part : ValueCodec::Null();
    if (is_set && accumulator_.kind == AccumulatorKind::kList) {
      DistinctSet::ForEach(part, [&](std::string_view next) { value = next; });
    }
    values_.Add(value);
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() override {
    return values_.Decode(*accumulator_.codec);
  }

 private:
  const Accumulator& accumulator_;
  CodedValues values_;
};

// ARRAY_AGG: NULL without values.
class ArrayOfValues final : public ListedResults {
 public:
  explicit ArrayOfValues(const Accumulator& accumulator) : accumulator_(accumulator) {}

  absl::Status Append(bool is_set, std::string_view part) override {
    DistinctSet::ForEach(part, [&](std::string_view value) { values_.Add(value); });
    ends_.push_back(static_cast<int32_t>(values_.size()));
    sets_.push_back(is_set);
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() override {
    arrow::Int32Builder offsets;
    RETURN_IF_ERROR(FromArrow(offsets.Append(0)));
    RETURN_IF_ERROR(FromArrow(offsets.AppendValues(ends_)));
    ASSIGN_OR_RETURN(const auto bounds, FromArrow(offsets.Finish()));
    arrow::TypedBufferBuilder<bool> valid;
    for (const bool set : sets_) RETURN_IF_ERROR(FromArrow(valid.Append(set)));
    ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> bitmap, FromArrow(valid.Finish()));
    ASSIGN_OR_RETURN(const auto values, values_.Decode(*accumulator_.codec));
    const auto rows = static_cast<int64_t>(ends_.size());
    ends_.clear();
    sets_.clear();
    return std::make_shared<arrow::ListArray>(accumulator_.call.result_type.ToArrow(), rows,
                                              bounds->data()->buffers[1], values,
                                              std::move(bitmap));
  }

 private:
  const Accumulator& accumulator_;
  CodedValues values_;
  std::vector<int32_t> ends_;
  std::vector<bool> sets_;
};

// COLLECT: how often each value came, in the order in which they came first.
class CountedValues final : public ListedResults {
 public:
  explicit CountedValues(const Accumulator& accumulator) : accumulator_(accumulator) {}

  absl::Status Append(bool is_set, std::string_view part) override {
    absl::flat_hash_map<std::string_view, size_t> places;
    DistinctSet::ForEach(part, [&](std::string_view value) {
      const auto [known, is_new] = places.try_emplace(value, counts_.size());
      if (is_new) {
        values_.Add(value);
        counts_.push_back(0);
      }
      ++counts_[known->second];
    });
    ends_.push_back(static_cast<int32_t>(counts_.size()));
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() override {
    arrow::Int32Builder offsets;
    RETURN_IF_ERROR(FromArrow(offsets.Append(0)));
    RETURN_IF_ERROR(FromArrow(offsets.AppendValues(ends_)));
    ASSIGN_OR_RETURN(const auto bounds, FromArrow(offsets.Finish()));
    arrow::Int32Builder counts;
    RETURN_IF_ERROR(FromArrow(counts.AppendValues(counts_)));
    ASSIGN_OR_RETURN(const auto items, FromArrow(counts.Finish()));
    ASSIGN_OR_RETURN(const auto values, values_.Decode(*accumulator_.codec));
    const auto rows = static_cast<int64_t>(ends_.size());
    ends_.clear();
    counts_.clear();
    return std::make_shared<arrow::MapArray>(accumulator_.call.result_type.ToArrow(), rows,
                                             bounds->data()->buffers[1], values, items);
  }

 private:
  const Accumulator& accumulator_;
  CodedValues values_;
  std::vector<int32_t> counts_;
  std::vector<int32_t> ends_;
};

// LISTAGG: NULL without values. JSON_ARRAYAGG and JSON_OBJECTAGG: brackets around them.
class JoinedTexts final : public ListedResults {
 public:
  explicit JoinedTexts(const Accumulator& accumulator) : accumulator_(accumulator) {}

  absl::Status Append(bool is_set, std::string_view part) override {
    const AggregateFunction function = accumulator_.call.function;
    if (function == AggregateFunction::kListAgg) {
      if (!is_set) return FromArrow(texts_.AppendNull());
      return FromArrow(texts_.Append(Joined(part, accumulator_.call.separator)));
    }
    if (function == AggregateFunction::kJsonArrayAgg) {
      return FromArrow(texts_.Append(absl::StrCat("[", Joined(part, ","), "]")));
    }
    ASSIGN_OR_RETURN(const std::string object, Object(part));
    return FromArrow(texts_.Append(object));
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() override {
    return FromArrow(texts_.Finish());
  }

 private:
  static std::string Joined(std::string_view part, std::string_view separator) {
    std::string joined;
    bool first = true;
    DistinctSet::ForEach(part, [&](std::string_view text) {
      if (!std::exchange(first, false)) joined += separator;
      joined += text;
    });
    return joined;
  }

  struct Member {
    std::string key;
    std::string_view entry;  // "key":value
  };

  // The members in the order of their keys, as Flink has them.
  static absl::StatusOr<std::string> Object(std::string_view part) {
    std::vector<Member> members;
    bool has_null_key = false;
    DistinctSet::ForEach(part, [&](std::string_view entry) {
      has_null_key = has_null_key || !entry.starts_with('"');
      members.push_back({.key = KeyOf(entry), .entry = entry});
    });
    if (has_null_key) {
      return absl::InvalidArgumentError(
          "JSON_OBJECTAGG has a NULL for a key; leave such rows out by FILTER (WHERE key IS NOT "
          "NULL)");
    }
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    std::string object = "{";
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0 && members[i].key == members[i - 1].key) {
        return absl::InvalidArgumentError(
            absl::StrCat("JSON_OBJECTAGG has the key \"", members[i].key,
                         "\" twice in one group; group by what makes keys unique, or use "
                         "JSON_ARRAYAGG"));
      }
      if (i > 0) object += ',';
      object += members[i].entry;
    }
    object += '}';
    return object;
  }

  // The key that an entry begins with, without its quotes and escapes (AppendJsonString).
  static std::string KeyOf(std::string_view entry) {
    constexpr std::string_view kEscapes = "\"\\bfnrt";
    constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
    std::string key;
    for (size_t i = 1; i < entry.size() && entry[i] != '"'; ++i) {
      if (entry[i] != '\\' || i + 1 == entry.size()) {
        key += entry[i];
        continue;
      }
      const size_t which = kEscapes.find(entry[++i]);
      if (which != std::string_view::npos) {
        key += kSpecial[which];
      } else {  // u00XX
        const std::string digits(entry.substr(i + 1, 4));
        key += static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
        i += digits.size();
      }
    }
    return key;
  }

  const Accumulator& accumulator_;
  arrow::StringBuilder texts_;
};

// PERCENTILE: a DOUBLE, or an ARRAY of them; NULL without values.
class PercentileValues final : public ListedResults {
 public:
  explicit PercentileValues(const Accumulator& accumulator)
      : accumulator_(accumulator),
        is_array_(accumulator.call.result_type.kind() == TypeKind::kArray) {}

  absl::Status Append(bool is_set, std::string_view part) override {
    const std::vector<double> values = Percentiles(accumulator_.call.percentages, part);
    if (!is_array_) {
      return FromArrow(values.empty() ? doubles_->AppendNull() : doubles_->Append(values.front()));
    }
    if (values.empty()) return FromArrow(lists_.AppendNull());
    RETURN_IF_ERROR(FromArrow(lists_.Append()));
    return FromArrow(doubles_->AppendValues(values));
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() override {
    return is_array_ ? FromArrow(lists_.Finish()) : FromArrow(doubles_->Finish());
  }

 private:
  const Accumulator& accumulator_;
  const bool is_array_;
  const std::shared_ptr<arrow::DoubleBuilder> doubles_ = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists_{arrow::default_memory_pool(), doubles_};
};

// Values in order, each with the number of those up to it.
struct Ranked {
  double value = 0;
  int64_t rank = 0;
};

std::vector<Ranked> RankedValues(std::string_view part) {
  std::vector<Ranked> values;
  DistinctSet::ForEach(part, [&](std::string_view bytes) {
    const bool has_weight = bytes.size() > sizeof(double);
    values.push_back({.value = LoadPart<double>(bytes.data()),
                      .rank = has_weight ? LoadPart<int64_t>(bytes.data() + sizeof(double)) : 1});
  });
  std::sort(values.begin(), values.end(), [](const Ranked& a, const Ranked& b) {
    return OrderedWord(a.value) < OrderedWord(b.value);
  });
  int64_t rank = 0;
  for (Ranked& value : values) {
    if (__builtin_add_overflow(rank, value.rank, &rank)) rank = std::numeric_limits<int64_t>::max();
    value.rank = rank;
  }
  return values;
}

double ValueOfRank(const std::vector<Ranked>& values, double rank) {
  const auto found = std::lower_bound(
      values.begin(), values.end(), rank,
      [](const Ranked& value, double wanted) { return static_cast<double>(value.rank) < wanted; });
  return found == values.end() ? values.back().value : found->value;
}

}  // namespace

std::vector<double> Percentiles(const std::vector<double>& percentages, std::string_view part) {
  const std::vector<Ranked> values = RankedValues(part);
  std::vector<double> results;
  if (values.empty()) return results;
  for (const double percentage : percentages) {
    // In this order of operations, which Flink has: other ones round otherwise.
    const double place = static_cast<double>(values.back().rank - 1) * percentage + 1;
    const double lower = std::floor(place);
    const double upper = std::ceil(place);
    const double low = ValueOfRank(values, lower);
    const double high = ValueOfRank(values, upper);
    results.push_back(
        lower == upper || low == high ? low : (upper - place) * low + (place - lower) * high);
  }
  return results;
}

std::unique_ptr<ListedResults> NewListedResults(const Accumulator& accumulator) {
  switch (accumulator.call.function) {
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return std::make_unique<OneValue>(accumulator);
    case AggregateFunction::kArrayAgg:
      return std::make_unique<ArrayOfValues>(accumulator);
    case AggregateFunction::kCollect:
      return std::make_unique<CountedValues>(accumulator);
    case AggregateFunction::kPercentile:
      return std::make_unique<PercentileValues>(accumulator);
    case AggregateFunction::kListAgg:
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kJsonArrayAgg:
      return std::make_unique<JoinedTexts>(accumulator);
    default:
      CHECK(false);  // REQUIRES
      return nullptr;
  }
}

}  // namespace millrace
