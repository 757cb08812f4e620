// Expression::ToString. The text is part of plans and of the fingerprints that address state, so it
// must not change for expressions that exist.
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "arrow/array.h"
#include "arrow/array/util.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/columnar/calendar.h"
#include "common/columnar/value_format.h"
#include "common/expr/expression.h"
#include "common/expr/kernel.h"

namespace millrace {
namespace {

struct Operator {
  std::string_view function;
  std::string_view text;
};

// Written between two arguments (AND and OR also between more).
constexpr std::array<Operator, 18> kInfix = {{
    {"and", " AND "},
    {"or", " OR "},
    {"equals", " = "},
    {"not_equals", " <> "},
    {"less_than", " < "},
    {"less_than_or_equal", " <= "},
    {"greater_than", " > "},
    {"greater_than_or_equal", " >= "},
    {"is_distinct_from", " IS DISTINCT FROM "},
    {"is_not_distinct_from", " IS NOT DISTINCT FROM "},
    {"plus", " + "},
    {"minus", " - "},
    {"times", " * "},
    {"divide", " / "},
    {"mod", " % "},
    {"concat_operator", " || "},
    {"like", " LIKE "},
    {"similar_to", " SIMILAR TO "},
}};

// Written after their one argument.
constexpr std::array<Operator, 8> kPostfix = {{
    {"is_null", " IS NULL"},
    {"is_not_null", " IS NOT NULL"},
    {"is_true", " IS TRUE"},
    {"is_not_true", " IS NOT TRUE"},
    {"is_false", " IS FALSE"},
    {"is_not_false", " IS NOT FALSE"},
    {"is_unknown", " IS UNKNOWN"},
    {"is_not_unknown", " IS NOT UNKNOWN"},
}};

template <size_t kSize>
std::string_view Find(const std::array<Operator, kSize>& operators, std::string_view function) {
  for (const Operator& entry : operators) {
    if (entry.function == function) return entry.text;
  }
  return {};
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(AbslView(text), {{"'", "''"}}), "'");
}

// In the largest unit of which it is a whole number.
std::string DayTimeText(int64_t millis) {
  static constexpr struct {
    int64_t millis;
    const char* name;
  } kUnits[] = {{kMillisPerDay, "DAY"}, {3'600'000, "HOUR"}, {60'000, "MINUTE"}, {1000, "SECOND"}};
  for (const auto& unit : kUnits) {
    if (millis != 0 && millis % unit.millis == 0) {
      return absl::StrCat("INTERVAL '", millis / unit.millis, "' ", unit.name);
    }
  }
  std::string text = absl::StrCat("INTERVAL '", millis < 0 ? "-" : "", std::abs(millis / 1000));
  if (millis % 1000 != 0) {
    const std::string digits = absl::StrCat(1000 + std::abs(millis % 1000));
    absl::StrAppend(&text, ".", digits.substr(1));
  }
  return text + "' SECOND";
}

std::string MonthsText(int32_t months) {
  return months != 0 && months % 12 == 0 ? absl::StrCat("INTERVAL '", months / 12, "' YEAR")
                                         : absl::StrCat("INTERVAL '", months, "' MONTH");
}

std::string ValueText(const DataType& type, const arrow::Scalar& scalar) {
  if (!scalar.is_valid) {
    if (type.kind() == TypeKind::kNull) return "NULL";
    return absl::StrCat("CAST(NULL AS ", type.WithNullable(true).ToString(), ")");
  }
  if (type.kind() == TypeKind::kIntervalDayTime) {
    return DayTimeText(static_cast<const arrow::DurationScalar&>(scalar).value);
  }
  if (type.kind() == TypeKind::kIntervalYearMonth) {
    return MonthsText(static_cast<const arrow::Int32Scalar&>(scalar).value);
  }
  const auto column = arrow::MakeArrayFromScalar(scalar, 1);
  CHECK(column.ok());
  std::string value;
  AppendSqlValue(type, **column, 0, value);
  switch (type.kind()) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return Quoted(value);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string text = "X'";
      for (const char c : value) absl::StrAppend(&text, absl::Hex(c & 0xff, absl::kZeroPad2));
      return text + "'";
    }
    case TypeKind::kDate:
      return "DATE " + Quoted(value);
    case TypeKind::kTime:
      return "TIME " + Quoted(value);
    case TypeKind::kTimestamp:
      return "TIMESTAMP " + Quoted(value);
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP_LTZ " + Quoted(value);
    default:
      return value;
  }
}

class Writer {
 public:
  explicit Writer(const Schema* schema) : schema_(schema) {}

  std::string Text(const Expression& expression) const {
    switch (expression.kind()) {
      case ExpressionKind::kLiteral:
        return ValueText(expression.type(), *expression.literal());
      case ExpressionKind::kColumn:
        if (schema_ != nullptr && expression.index() < schema_->size()) {
          return schema_->field(expression.index()).name;
        }
        return absl::StrCat("$", expression.index());
      case ExpressionKind::kField: {
        const Expression& row = *expression.arguments()[0];
        return absl::StrCat(Text(row), ".", row.type().field_names()[expression.index()]);
      }
      case ExpressionKind::kCall:
        break;
    }
    return CallText(expression);
  }

 private:
  std::string CallText(const Expression& call) const {
    const std::string& function = call.function();
    const auto& arguments = call.arguments();
    const std::string_view infix = Find(kInfix, function);
    const bool escaped = arguments.size() == 3 && (function == "like" || function == "similar_to");
    if (escaped) {
      return absl::StrCat("(", Text(*arguments[0]), AbslView(infix), Text(*arguments[1]),
                          " ESCAPE ", Text(*arguments[2]), ")");
    }
    if (!infix.empty() && arguments.size() >= 2) return "(" + Joined(arguments, infix) + ")";
    const std::string_view postfix = Find(kPostfix, function);
    if (!postfix.empty() && arguments.size() == 1) {
      return absl::StrCat("(", Text(*arguments[0]), AbslView(postfix), ")");
    }
    if (function == "not" && arguments.size() == 1) return "(NOT " + Text(*arguments[0]) + ")";
    if (function == "negate" && arguments.size() == 1) return "(- " + Text(*arguments[0]) + ")";
    if (function == "cast" || function == "try_cast") {
      return absl::StrCat(absl::AsciiStrToUpper(function), "(", Text(*arguments[0]), " AS ",
                          call.type().WithNullable(true).ToString(), Rest(arguments, 1), ")");
    }
    if (function == "in" && arguments.size() >= 2) {
      return absl::StrCat("(", Text(*arguments[0]), " IN (",
                          Joined({arguments.begin() + 1, arguments.end()}, ", "), "))");
    }
    if (function == "case") return CaseText(arguments);
    if (arguments.size() >= 2) {
      const std::string text = UnitCallText(function, arguments);
      if (!text.empty()) return text;
    }
    return absl::StrCat(absl::AsciiStrToUpper(function), "(", Joined(arguments, ", "), ")");
  }

  // Calls with a unit of time, which is a string literal in a call and a word in SQL. Empty for
  // other calls.
  std::string UnitCallText(const std::string& function,
                           const std::vector<ExpressionPtr>& arguments) const {
    const bool last = function == "floor" || function == "ceil";
    const auto unit = LiteralText(last ? *arguments[1] : *arguments[0]);
    if (!unit) return "";
    if (last) {
      return absl::StrCat(absl::AsciiStrToUpper(function), "(", Text(*arguments[0]), " TO ", *unit,
                          Rest(arguments, 2), ")");
    }
    if (function == "extract") {
      return absl::StrCat("EXTRACT(", *unit, " FROM ", Text(*arguments[1]), ")");
    }
    if (function != "timestampdiff") return "";
    return absl::StrCat("TIMESTAMPDIFF(", *unit, ", ",
                        Joined({arguments.begin() + 1, arguments.end()}, ", "), ")");
  }

  std::string CaseText(const std::vector<ExpressionPtr>& arguments) const {
    std::string text = "CASE";
    for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
      absl::StrAppend(&text, " WHEN ", Text(*arguments[i]), " THEN ", Text(*arguments[i + 1]));
    }
    if (arguments.size() % 2 == 1) absl::StrAppend(&text, " ELSE ", Text(*arguments.back()));
    return text + " END";
  }

  // ", 'Asia/Tokyo'": the arguments from `first` on, as the session's zone is one.
  std::string Rest(const std::vector<ExpressionPtr>& arguments, size_t first) const {
    std::string text;
    for (size_t i = first; i < arguments.size(); ++i) {
      absl::StrAppend(&text, ", ", Text(*arguments[i]));
    }
    return text;
  }

  std::string Joined(const std::vector<ExpressionPtr>& expressions,
                     std::string_view separator) const {
    std::string text;
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (i > 0) text += separator;
      text += Text(*expressions[i]);
    }
    return text;
  }

  const Schema* schema_;
};

}  // namespace

std::string Expression::ToString() const { return Writer(nullptr).Text(*this); }
std::string Expression::ToString(const Schema& schema) const { return Writer(&schema).Text(*this); }

}  // namespace millrace
