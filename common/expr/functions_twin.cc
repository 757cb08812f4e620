// Native twins of Java classes that public queries name in CREATE FUNCTION ... AS 'class'. SQL does
// not find them by name: the binder knows which class is which (coordinator/sql/bind).
#include <algorithm>
#include <string_view>

#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// com.github.nexmark.flink.udf.CountChar: bytes that are the first one of `wanted`.
int64_t CountChar(std::string_view text, std::string_view wanted) {
  if (wanted.empty()) return 0;
  return std::count(text.begin(), text.end(), wanted.front());
}

}  // namespace

void AddTwinFunctions(ScalarFunctionTable& table) {
  table.AddOperator("$count_char", "",
                    {{"STRING, STRING", Returns(DataType::BigInt()),
                      Lift<int64_t(std::string_view, std::string_view)>(CountChar)}});
}

}  // namespace millrace
