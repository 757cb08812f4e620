// Paths into JSON as Flink takes them: "[lax|strict] $.a[0]['b c'][*]..c[1:3][?(@.d > 5)]".
//
// The language is that of the Jayway JsonPath library; `strict`, which is the default, makes a path
// that leads nowhere an error, `lax` makes it nothing. Not built: functions (.length()), several
// names in brackets, and of filters the operators beyond comparison, existence, && || ! and
// parentheses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/json_document.h"

namespace millrace {

// What a path leads to.
struct JsonMatch {
  enum class Kind : uint8_t {
    kNode,     // One value.
    kList,     // The values that a path of several found, maybe none.
    kNothing,  // A lax path leads nowhere.
    kError     // A strict one does.
  };
  Kind kind = Kind::kNothing;
  std::vector<int32_t> nodes;
};

struct JsonPathStep;
struct JsonFilter;

// Immutable; matching is thread-safe.
class JsonPath {
 public:
  // kInvalidArgument if `text` is no path; kUnimplemented if it is one that is not built.
  static absl::StatusOr<JsonPath> Compile(std::string_view text);

  bool lax() const { return lax_; }
  JsonMatch Match(const JsonDocument& document) const;

 private:
  JsonPath() = default;

  bool lax_ = false;
  bool definite_ = true;  // Finds one value at most.
  std::vector<JsonPathStep> steps_;

  friend class JsonPathParser;
};

enum class JsonComparison : uint8_t {
  kExists,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

// One side of a comparison in a filter: a path from the element or the root, or a literal.
struct JsonOperand {
  bool path = false;
  bool from_root = false;
  std::vector<JsonPathStep> steps;
  JsonKind kind = JsonKind::kNull;  // Of a literal, with its text.
  std::string text;
};

struct JsonFilter {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kComparison };
  Kind kind = Kind::kComparison;
  std::vector<std::shared_ptr<const JsonFilter>> parts;
  JsonComparison comparison = JsonComparison::kExists;
  JsonOperand left;
  JsonOperand right;
};

struct JsonPathStep {
  enum class Kind : uint8_t { kMember, kIndexes, kSlice, kAll, kFilter };
  Kind kind = Kind::kMember;
  bool deep = false;             // Behind "..": the value and everything in it.
  bool upstream = false;         // All steps before are definite.
  std::string name;              // kMember
  std::vector<int64_t> indexes;  // kIndexes; negative ones count from the end.
  // kSlice: from <= index < to. Absent: the least, the greatest.
  bool has_from = false;
  bool has_to = false;
  int64_t from = 0;
  int64_t to = 0;
  std::shared_ptr<const JsonFilter> filter;  // kFilter

  bool definite() const {
    return !deep && (kind == Kind::kMember || (kind == Kind::kIndexes && indexes.size() == 1));
  }
};

}  // namespace millrace
