// IS JSON, JSON_EXISTS, JSON_VALUE, JSON_QUERY.
//
// What SQL writes behind the arguments is arguments here, which the binder of SQL gives:
//
//   json_exists(text, path, on error)                  on error: TRUE, FALSE, UNKNOWN, ERROR
//   json_value(text, path, on empty, on error, e, f)   NULL, ERROR or DEFAULT; then e or f is taken
//   json_query(text, path, wrapper, on empty, on error, type)
//                                                      WITHOUT, CONDITIONAL, UNCONDITIONAL; NULL,
//                                                      EMPTY ARRAY, EMPTY OBJECT, ERROR
//
// e, f and `type` have the result's type, and are NULLs of it where they are not used.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/json_search.h"
#include "common/expr/row_kernel.h"
#include "common/expr/text_list.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

using View = std::string_view;

// IS JSON [VALUE|OBJECT|ARRAY|SCALAR]: FALSE for NULL.

enum class Shape : uint8_t { kValue, kObject, kArray, kScalar };

template <Shape kShape>
absl::StatusOr<Kernel> IsJsonKernel(const Expression&) {
  return Kernel([document = std::make_shared<JsonDocument>()](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(auto bits, AllocateBits(rows));
    uint64_t* words = WordsIn(*bits);
    std::fill(words, words + WordsOf(rows), 0);
    const Reader<View> texts(*arguments[0]);
    const BitWords valid = ValidBits(*arguments[0], rows);
    for (int64_t row = 0; row < rows; ++row) {
      if (!valid.bit(row) || !document->Parse(texts(row))) continue;
      const JsonNode& root = document->node(JsonDocument::kRoot);
      const bool fits = kShape == Shape::kValue ||
                        (kShape == Shape::kObject && root.kind == JsonKind::kObject) ||
                        (kShape == Shape::kArray && root.kind == JsonKind::kArray) ||
                        (kShape == Shape::kScalar && root.IsScalar());
      words[row / kWordBits] |= uint64_t{fits} << (row % kWordBits);
    }
    Vector result = MakeVector(arrow::boolean(), rows, {nullptr, std::move(bits)});
    result.errors = ErrorsByRow(*arguments[0], rows);
    return result;
  });
}

void AddIsJson(ScalarFunctionTable& table, const char* name, KernelFactory kernel) {
  FunctionDefinition definition{.name = name, .syntax = true, .accepts = "a STRING"};
  definition.bind = [name](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 1 ||
        (!arguments[0]->type().IsCharacter() && arguments[0]->type().kind() != TypeKind::kNull)) {
      return WrongArguments("IS JSON", arguments, "a STRING");
    }
    arguments[0] = Coerced(std::move(arguments[0]), DataType::String());
    return Expression::Call(name, std::move(arguments), DataType::Boolean().WithNullable(false));
  };
  definition.kernel = std::move(kernel);
  table.Add(std::move(definition));
}

absl::StatusOr<Kernel> ExistsKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const SharedJsonSearcher searcher, JsonSearcher::Create(call));
  return LiftKernel<bool(View, View, View)>(
      call.type(), [searcher](View text, View path, View on_error, RowContext& row) {
        const JsonMatch match = searcher->Search(text, path, row);
        if (match.kind != JsonMatch::Kind::kError) return !IsNull(*searcher, match);
        if (on_error == "ERROR") row.Fail("JSON_EXISTS:", searcher->error());
        if (on_error == "UNKNOWN") row.SetNull();
        return on_error == "TRUE";
      });
}

// JSON_QUERY's result: lists are arrays already; a scalar is one only if it is wrapped.

bool IsWrapped(const JsonSearcher& searcher, const JsonMatch& match, View wrapper) {
  if (wrapper == "UNCONDITIONAL") return true;
  const bool array = match.kind == JsonMatch::Kind::kList ||
                     searcher.node(match.nodes[0]).kind == JsonKind::kArray;
  return wrapper == "CONDITIONAL" && !array;
}

void AppendMatch(const JsonSearcher& searcher, const JsonMatch& match, bool wrapped,
                 std::string& out) {
  if (wrapped) out += '[';
  if (match.kind == JsonMatch::Kind::kNode) {
    AppendJson(searcher.document(), match.nodes[0], out);
  } else {
    out += '[';
    for (size_t i = 0; i < match.nodes.size(); ++i) {
      if (i > 0) out += ',';
      AppendJson(searcher.document(), match.nodes[i], out);
    }
    out += ']';
  }
  if (wrapped) out += ']';
}

// The JSON text of a row's result, or empty after SetNull() or Fail().
std::optional<std::string> Query(JsonSearcher& searcher, const std::array<View, 5>& arguments,
                                 RowContext& row) {
  const auto& [text, path, wrapper, on_empty, on_error] = arguments;
  const JsonMatch match = searcher.Search(text, path, row);
  JsonOutcome outcome = OutcomeOf(searcher, match, /*wants_scalar=*/false);
  std::string json;
  if (match.kind != JsonMatch::Kind::kError && !IsNull(searcher, match) &&
      IsWrapped(searcher, match, wrapper)) {
    AppendMatch(searcher, match, /*wrapped=*/true, json);
    return json;
  }
  if (outcome == JsonOutcome::kValue) {
    AppendMatch(searcher, match, /*wrapped=*/false, json);
    return json;
  }
  const View behavior = outcome == JsonOutcome::kEmpty ? on_empty : on_error;
  if (behavior == "EMPTY ARRAY") return "[]";
  if (behavior == "EMPTY OBJECT") return "{}";
  if (behavior == "ERROR") {
    row.Fail(outcome == JsonOutcome::kEmpty ? "JSON_QUERY found nothing" : "JSON_QUERY:",
             searcher.error());
  } else {
    row.SetNull();
  }
  return std::nullopt;
}

absl::StatusOr<Kernel> QueryKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const SharedJsonSearcher searcher, JsonSearcher::Create(call));
  if (call.type().kind() != TypeKind::kArray) {
    const Kernel kernel = LiftKernel<Text(View, View, View, View, View)>(
        call.type(), [searcher](View text, View path, View wrapper, View on_empty, View on_error,
                                TextSink& out, RowContext& row) {
          const auto json = Query(*searcher, {text, path, wrapper, on_empty, on_error}, row);
          if (json) out.Append(*json);
        });
    return Kernel(
        [kernel](Arguments arguments, int64_t rows) { return kernel(arguments.first(5), rows); });
  }
  const Kernel kernel = LiftTextList<View, View, View, View, View>(
      call.type(), [searcher, elements = std::make_shared<JsonDocument>()](
                       View text, View path, View wrapper, View on_empty, View on_error,
                       TextListSink& out, RowContext& row) {
        const auto json = Query(*searcher, {text, path, wrapper, on_empty, on_error}, row);
        if (!json || !elements->Parse(*json)) return;
        for (const int32_t child : elements->Children(JsonDocument::kRoot)) {
          const JsonNode& node = elements->node(child);
          std::string element;
          if (node.kind != JsonKind::kString) AppendJson(*elements, child, element);
          node.kind == JsonKind::kNull     ? out.AppendNull()
          : node.kind == JsonKind::kString ? out.Append(node.text)
                                           : out.Append(element);
        }
      });
  return Kernel(
      [kernel](Arguments arguments, int64_t rows) { return kernel(arguments.first(5), rows); });
}

constexpr char kQueryAccepts[] =
    "JSON_QUERY(STRING, STRING [RETURNING STRING or ARRAY<STRING>] [... WRAPPER] [... ON EMPTY] "
    "[... ON ERROR])";

absl::StatusOr<ExpressionPtr> BindQuery(ExpressionList arguments) {
  if (arguments.size() == 2) {
    arguments.push_back(Expression::String("WITHOUT"));
    for (int i = 0; i < 2; ++i) arguments.push_back(Expression::String("NULL"));
    arguments.push_back(Expression::Null(DataType::String()));
  }
  if (arguments.size() != 6) return WrongArguments("JSON_QUERY", arguments, kQueryAccepts);
  for (int i = 0; i < 5; ++i) {
    if (CastBetween(arguments[i]->type(), DataType::String()) < CastKind::kImplicit) {
      return WrongArguments("JSON_QUERY", arguments, kQueryAccepts);
    }
    arguments[i] = Coerced(std::move(arguments[i]), DataType::String());
  }
  const DataType type = arguments[5]->type().WithNullable(true);
  if (!SameValues(type, DataType::String()) &&
      !SameValues(type, DataType::Array(DataType::String()))) {
    return WrongArguments("JSON_QUERY", arguments, kQueryAccepts);
  }
  return Expression::Call("json_query", std::move(arguments), type);
}

absl::StatusOr<ExpressionPtr> BindExists(ExpressionList arguments) {
  constexpr char kAccepts[] = "JSON_EXISTS(STRING, STRING [... ON ERROR])";
  if (arguments.size() == 2) arguments.push_back(Expression::String("FALSE"));
  if (arguments.size() != 3) return WrongArguments("JSON_EXISTS", arguments, kAccepts);
  for (ExpressionPtr& argument : arguments) {
    if (CastBetween(argument->type(), DataType::String()) < CastKind::kImplicit) {
      return WrongArguments("JSON_EXISTS", arguments, kAccepts);
    }
    argument = Coerced(std::move(argument), DataType::String());
  }
  return Expression::Call("json_exists", std::move(arguments), DataType::Boolean());
}

}  // namespace

void AddJsonQueryFunctions(ScalarFunctionTable& table) {
  AddIsJson(table, "is_json", IsJsonKernel<Shape::kValue>);
  AddIsJson(table, "is_json_object", IsJsonKernel<Shape::kObject>);
  AddIsJson(table, "is_json_array", IsJsonKernel<Shape::kArray>);
  AddIsJson(table, "is_json_scalar", IsJsonKernel<Shape::kScalar>);
  table.Add({.name = "json_exists",
             .accepts = "JSON_EXISTS(STRING, STRING [... ON ERROR])",
             .bind = BindExists,
             .kernel = ExistsKernel});
  table.Add(
      {.name = "json_query", .accepts = kQueryAccepts, .bind = BindQuery, .kernel = QueryKernel});
}

}  // namespace millrace
