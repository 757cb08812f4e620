// JSON_VALUE. Its arguments: functions_json_query.cc.
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/json_search.h"
#include "common/expr/row_kernel.h"
#include "common/expr/selection.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

using View = std::string_view;

std::string ScalarText(const JsonSearcher& searcher, const JsonMatch& match) {
  const JsonNode& node = searcher.node(match.nodes[0]);
  if (node.kind == JsonKind::kString) return std::string(node.text);
  std::string text;
  AppendJson(searcher.document(), match.nodes[0], text);
  return text;
}

// The value as a number or BOOLEAN of the type that RETURNING asks for; empty if it is another one.
template <typename T>
std::optional<T> ScalarValue(const JsonNode& node) {
  if constexpr (std::is_same_v<T, bool>) {
    if (node.kind == JsonKind::kTrue || node.kind == JsonKind::kFalse) {
      return node.kind == JsonKind::kTrue;
    }
  } else {
    T value{};
    if (node.kind != JsonKind::kNumber) return std::nullopt;
    if constexpr (std::is_same_v<T, double>) {
      if (absl::SimpleAtod(AbslView(node.text), &value)) return value;
    } else {
      if (absl::SimpleAtoi(AbslView(node.text), &value)) return value;
    }
  }
  return std::nullopt;
}

// Which rows take the default for "empty" and which the one for "error" is found out by the search;
// the defaults are columns, so that the three are put together at the end.
struct DefaultChoice {
  std::vector<uint64_t> value;
  std::vector<uint64_t> on_empty;
  std::vector<uint64_t> on_error;

  explicit DefaultChoice(int64_t rows)
      : value(WordsOf(rows), 0), on_empty(WordsOf(rows), 0), on_error(WordsOf(rows), 0) {}

  static void Set(std::vector<uint64_t>& words, int64_t row) {
    words[row / kWordBits] |= uint64_t{1} << (row % kWordBits);
  }
};

// Says what a row of JSON_VALUE does that has no value. True if it takes a default.
bool TakesDefault(const char* what, View behavior, const std::string& error, RowContext& row) {
  if (behavior == "DEFAULT") return true;
  if (behavior == "ERROR") {
    row.Fail(what, error);
  } else {
    row.SetNull();
  }
  return false;
}

constexpr char kValueEmpty[] = "JSON_VALUE found nothing";
constexpr char kValueError[] = "JSON_VALUE:";

// Searches all rows: `put(row, searcher, match)` takes a value, or gives false if it has not the
// type that is asked for.
template <typename Put>
void SearchValues(JsonSearcher& searcher, Arguments arguments, int64_t rows, StrictResult& result,
                  DefaultChoice& choice, Put put) {
  const Reader<View> texts(*arguments[0]);
  const Reader<View> paths(*arguments[1]);
  const Reader<View> on_empty(*arguments[2]);
  const Reader<View> on_error(*arguments[3]);
  for (int64_t row = 0; row < rows; ++row) {
    RowContext context(result, row);
    bool put_here = false;
    if (!result.IsNull(row)) {
      const JsonMatch match = searcher.Search(texts(row), paths(row), context);
      JsonOutcome outcome = OutcomeOf(searcher, match, /*wants_scalar=*/true);
      std::string error = searcher.error();
      if (outcome == JsonOutcome::kValue) {
        put_here = put(row, match);
        if (!put_here) {
          outcome = JsonOutcome::kError;
          error = "the value is of another type than RETURNING says";
        }
      } else if (outcome == JsonOutcome::kError && error.empty()) {
        error = "the path does not lead to one scalar value";
      }
      if (outcome == JsonOutcome::kEmpty && TakesDefault(kValueEmpty, on_empty(row), "", context)) {
        DefaultChoice::Set(choice.on_empty, row);
        continue;
      }
      if (outcome == JsonOutcome::kError &&
          TakesDefault(kValueError, on_error(row), error, context)) {
        DefaultChoice::Set(choice.on_error, row);
        continue;
      }
    }
    DefaultChoice::Set(choice.value, row);
  }
}

absl::StatusOr<Vector> WithDefaults(Vector found, Arguments arguments, int64_t rows,
                                    DefaultChoice choice) {
  std::vector<Choice> choices;
  choices.push_back({&found, std::move(choice.value)});
  choices.push_back({arguments[4], std::move(choice.on_empty)});
  choices.push_back({arguments[5], std::move(choice.on_error)});
  return Select(found.data->type, choices, rows);
}

absl::StatusOr<Kernel> TextValueKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const SharedJsonSearcher searcher, JsonSearcher::Create(call));
  return Kernel([searcher](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(4), rows));
    std::vector<std::string> texts(rows);
    DefaultChoice choice(rows);
    SearchValues(*searcher, arguments, rows, result, choice,
                 [&](int64_t row, const JsonMatch& match) {
                   texts[row] = ScalarText(*searcher, match);
                   return true;
                 });
    ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
    for (int64_t row = 0; row < rows; ++row) {
      sink.Append(texts[row]);
      sink.EndRow(result.IsNull(row));
    }
    ASSIGN_OR_RETURN(auto buffers, sink.Finish());
    ASSIGN_OR_RETURN(Vector found, result.Finish(arrow::utf8(), std::move(buffers)));
    return WithDefaults(std::move(found), arguments, rows, std::move(choice));
  });
}

template <typename T>
absl::StatusOr<Kernel> TypedValueKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const SharedJsonSearcher searcher, JsonSearcher::Create(call));
  return Kernel([searcher, type = call.type().ToArrow()](Arguments arguments,
                                                         int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(4), rows));
    constexpr bool kIsBool = std::is_same_v<T, bool>;
    const int64_t bytes = kIsBool ? WordsOf(rows) * 8 : rows * static_cast<int64_t>(sizeof(T));
    ASSIGN_OR_RETURN(auto values, AllocateBytes(bytes));
    std::memset(values->mutable_data(), 0, bytes);
    DefaultChoice choice(rows);
    SearchValues(*searcher, arguments, rows, result, choice,
                 [&](int64_t row, const JsonMatch& match) {
                   const auto value = ScalarValue<T>(searcher->node(match.nodes[0]));
                   if (!value) return false;
                   if constexpr (kIsBool) {
                     WordsIn(*values)[row / kWordBits] |= uint64_t{*value} << (row % kWordBits);
                   } else {
                     reinterpret_cast<T*>(values->mutable_data())[row] = *value;
                   }
                   return true;
                 });
    ASSIGN_OR_RETURN(Vector found, result.Finish(type, {std::move(values)}));
    return WithDefaults(std::move(found), arguments, rows, std::move(choice));
  });
}

absl::StatusOr<Kernel> ValueKernel(const Expression& call) {
  switch (call.type().kind()) {
    case TypeKind::kBoolean:
      return TypedValueKernel<bool>(call);
    case TypeKind::kInt:
      return TypedValueKernel<int32_t>(call);
    case TypeKind::kDouble:
      return TypedValueKernel<double>(call);
    default:
      return TextValueKernel(call);
  }
}

constexpr char kValueAccepts[] =
    "JSON_VALUE(STRING, STRING [RETURNING STRING, BOOLEAN, INT or DOUBLE] [... ON EMPTY] [... ON "
    "ERROR])";

absl::StatusOr<ExpressionPtr> BindValue(ExpressionList arguments) {
  if (arguments.size() == 2) {
    const ExpressionPtr nothing = Expression::Null(DataType::String());
    for (int i = 0; i < 2; ++i) arguments.push_back(Expression::String("NULL"));
    arguments.insert(arguments.end(), {nothing, nothing});
  }
  if (arguments.size() != 6) return WrongArguments("JSON_VALUE", arguments, kValueAccepts);
  for (int i = 0; i < 4; ++i) {
    if (CastBetween(arguments[i]->type(), DataType::String()) < CastKind::kImplicit) {
      return WrongArguments("JSON_VALUE", arguments, kValueAccepts);
    }
    arguments[i] = Coerced(std::move(arguments[i]), DataType::String());
  }
  const DataType type = arguments[4]->type().WithNullable(true);
  const TypeKind kind = type.kind();
  if (!SameValues(type, arguments[5]->type()) ||
      (kind != TypeKind::kBoolean && kind != TypeKind::kInt && kind != TypeKind::kDouble &&
       !SameValues(type, DataType::String()))) {
    return WrongArguments("JSON_VALUE", arguments, kValueAccepts);
  }
  return Expression::Call("json_value", std::move(arguments), type);
}

}  // namespace

void AddJsonValueFunction(ScalarFunctionTable& table) {
  table.Add(
      {.name = "json_value", .accepts = kValueAccepts, .bind = BindValue, .kernel = ValueKernel});
}

}  // namespace millrace
