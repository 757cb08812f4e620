// IS_ALPHA, IS_DIGIT, IS_DECIMAL: FALSE, not NULL, for NULL.
#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// What a test says, and FALSE where it says NULL.
Kernel FalseForNull(Kernel test) {
  return [test](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(const Vector tested, test(arguments, rows));
    ASSIGN_OR_RETURN(auto bits, AllocateBits(rows));
    const BitWords values = ValueBits(tested, rows);
    const BitWords valid = ValidBits(tested, rows);
    uint64_t* words = WordsIn(*bits);
    for (int64_t word = 0; word < WordsOf(rows); ++word) words[word] = values[word] & valid[word];
    Vector result = MakeVector(arrow::boolean(), rows, {nullptr, std::move(bits)});
    result.errors = ErrorsByRow(tested, rows);
    return result;
  };
}

KernelFactory Test(const char* arrow_kernel) {
  return [arrow_kernel](const Expression& call) -> absl::StatusOr<Kernel> {
    ASSIGN_OR_RETURN(Kernel kernel, MakeArrowKernel(call, arrow_kernel, nullptr));
    return FalseForNull(std::move(kernel));
  };
}

size_t CountDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && absl::ascii_isdigit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

bool Accept(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// What Java's Double.parseDouble reads: blanks around [sign] digits [. digits] [e [sign] digits],
// with f or d behind it, or NaN, or Infinity; digits on one side of the point are enough.
bool IsDecimal(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(AbslView(text));
  text = {trimmed.data(), trimmed.size()};
  Accept(text, "+-");
  if (text == "NaN" || text == "Infinity") return true;
  size_t digits = CountDigits(text);
  if (Accept(text, ".")) digits += CountDigits(text);
  if (digits == 0) return false;
  if (Accept(text, "eE")) {
    Accept(text, "+-");
    if (CountDigits(text) == 0) return false;
  }
  Accept(text, "fFdD");
  return text.empty();
}

absl::StatusOr<Kernel> IsDecimalKernel(const Expression& call) {
  return FalseForNull(LiftKernel<bool(std::string_view)>(call.type(), IsDecimal));
}

// A number is one, in Flink even if it is NULL.
absl::StatusOr<Kernel> TrueKernel(const Expression&) {
  return Kernel([](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(auto bits, AllocateBits(rows));
    std::fill_n(WordsIn(*bits), WordsOf(rows), ~uint64_t{0});
    Vector result = MakeVector(arrow::boolean(), rows, {nullptr, std::move(bits)});
    result.errors = CombineErrors(arguments, rows);
    return result;
  });
}

}  // namespace

void AddTextTestFunctions(ScalarFunctionTable& table) {
  const ResultType boolean = Returns(DataType::Boolean());
  table.Add("is_alpha", "", {{"STRING", boolean, Test("utf8_is_alpha")}});
  table.Add("is_digit", "", {{"STRING", boolean, Test("utf8_is_decimal")}});
  table.Add("is_decimal", "",
            {{"STRING", boolean, IsDecimalKernel}, {"NUMERIC", boolean, TrueKernel}});
}

}  // namespace millrace
