// PRINTF: format strings of Java. NULL if the format is broken or does not fit the arguments.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/columnar/value_format.h"
#include "common/expr/function_table.h"
#include "common/expr/java_format.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

constexpr char kAccepts[] = "PRINTF(STRING, ANY...)";

// Reads an argument's values. `scratch` holds the text of the last one.
class ValueReader {
 public:
  ValueReader(const DataType& type, const Vector& vector)
      : type_(type), array_(arrow::MakeArray(vector.data)), constant_(vector.constant) {}

  FormatValue Read(int64_t row, std::string& scratch) const {
    if (constant_) row = 0;
    if (array_->IsNull(row)) return std::monostate();
    scratch.clear();
    ::millrace::AppendValue(type_, *array_, row, scratch);
    if (type_.kind() == TypeKind::kBoolean) return scratch == "true";
    if (type_.IsInteger()) return FormatInteger{std::stoll(scratch), BitsOf(type_.kind())};
    if (type_.IsNumeric()) {
      return FormatReal{.text = scratch};
    }
    return std::string_view(scratch);
  }

 private:
  static int BitsOf(TypeKind kind) {
    switch (kind) {
      case TypeKind::kTinyInt:
        return 8;
      case TypeKind::kSmallInt:
        return 16;
      case TypeKind::kInt:
        return 32;
      default:
        return 64;
    }
  }

  DataType type_;
  std::shared_ptr<arrow::Array> array_;
  bool constant_;
};

absl::StatusOr<Kernel> PrintfKernel(const Expression& call) {
  std::vector<DataType> types = TypesOf(call.arguments());
  return Kernel(
      [types = std::move(types)](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(1), rows));
        ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
        const Reader<std::string_view> formats(*arguments[0]);
        std::vector<ValueReader> readers;
        for (size_t i = 1; i < arguments.size(); ++i) readers.emplace_back(types[i], *arguments[i]);
        std::vector<FormatValue> values(readers.size());
        std::vector<std::string> scratch(readers.size());
        std::string text;
        for (int64_t row = 0; row < rows; ++row) {
          if (!result.IsNull(row)) {
            for (size_t i = 0; i < readers.size(); ++i)
              values[i] = readers[i].Read(row, scratch[i]);
            text.clear();
            if (AppendJavaFormat(formats(row), values, text)) {
              sink.Append(text);
            } else {
              result.SetNull(row);
            }
          }
          sink.EndRow(result.IsNull(row));
        }
        ASSIGN_OR_RETURN(auto buffers, sink.Finish());
        ASSIGN_OR_RETURN(Vector vector, result.Finish(arrow::utf8(), std::move(buffers)));
        vector.errors = CombineErrors(arguments, rows);
        return vector;
      });
}

absl::StatusOr<ExpressionPtr> BindPrintf(ExpressionList arguments) {
  if (arguments.empty() ||
      CastBetween(arguments[0]->type(), DataType::String()) < CastKind::kImplicit) {
    return WrongArguments("PRINTF", arguments, kAccepts);
  }
  arguments[0] = Coerced(std::move(arguments[0]), DataType::String());
  for (ExpressionPtr& argument : arguments) {
    if (argument->type().kind() == TypeKind::kNull) argument = Expression::Null(DataType::String());
  }
  return Expression::Call("printf", std::move(arguments), DataType::String());
}

}  // namespace

void AddPrintfFunctions(ScalarFunctionTable& table) {
  table.Add({.name = "printf", .accepts = kAccepts, .bind = BindPrintf, .kernel = PrintfKernel});
}

}  // namespace millrace
