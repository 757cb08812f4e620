// LIKE and the functions of regular expressions.
//
// Regular expressions are RE2's, through Arrow's kernels: Java's but for look-around and
// back-references, which are refused. A pattern must be a literal.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "arrow/array/util.h"
#include "arrow/compute/api_scalar.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/field_kernel.h"
#include "common/expr/function_table.h"
#include "common/expr/like_pattern.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr char kDefaultEscape[] = "\\";

absl::StatusOr<Kernel> LikeKernel(const Expression& call) {
  const bool has_escape = call.arguments().size() == 3;
  const auto pattern = LiteralText(*call.arguments()[1]);
  const auto escape = has_escape ? LiteralText(*call.arguments()[2]) : kDefaultEscape;
  if (pattern && escape) {
    ASSIGN_OR_RETURN(LikePattern compiled, LikePattern::Compile(*pattern, *escape));
    return LiftKernel<bool(View)>(
        call.type(), [like = std::make_shared<LikePattern>(std::move(compiled))](View text) {
          return like->Matches(text);
        });
  }
  const auto match = [](View text, View row_pattern, View row_escape, RowContext& row) {
    const auto compiled = LikePattern::Compile(row_pattern, row_escape);
    if (!compiled.ok()) {
      row.Fail("", std::string(compiled.status().message()));
      return false;
    }
    return compiled->Matches(text);
  };
  if (has_escape) return LiftKernel<bool(View, View, View)>(call.type(), match);
  return LiftKernel<bool(View, View)>(call.type(), [match](View text, View p, RowContext& row) {
    return match(text, p, kDefaultEscape, row);
  });
}

absl::Status NeedsLiteral(const Expression& call) {
  return absl::UnimplementedError(
      absl::StrCat("in ", call.ToString(),
                   " a regular expression that is not a literal is valid in Flink, but not built "
                   "yet"));
}

bool IsNullLiteral(const Expression& expression) {
  return expression.kind() == ExpressionKind::kLiteral && !expression.literal()->is_valid;
}

// The Arrow kernel, tried once on an empty string: only then is the pattern compiled.
absl::StatusOr<Kernel> RegexKernel(const Expression& call, const char* name,
                                   std::shared_ptr<arrow::compute::FunctionOptions> options) {
  ASSIGN_OR_RETURN(Kernel kernel, MakeArrowKernel(call, name, std::move(options)));
  ASSIGN_OR_RETURN(const auto one,
                   FromArrow(arrow::MakeArrayFromScalar(arrow::StringScalar(""), 1)));
  const Vector empty{.data = one->data()};
  const Vector* argument = &empty;
  const auto tried = kernel(Arguments(&argument, 1), 1);
  if (tried.ok()) return kernel;
  return absl::InvalidArgumentError(absl::StrCat("a regular expression cannot be used in ",
                                                 call.ToString(), ": ",
                                                 std::string(tried.status().message())));
}

absl::StatusOr<Kernel> RegexpKernel(const Expression& call) {
  if (IsNullLiteral(*call.arguments()[1])) return NullKernel(call.type());
  const auto pattern = LiteralText(*call.arguments()[1]);
  if (!pattern) return NeedsLiteral(call);
  if (pattern->empty()) {
    return LiftKernel<bool(View)>(call.type(), [](View) { return false; });
  }
  return RegexKernel(call, "match_substring_regex",
                     std::make_shared<arrow::compute::MatchSubstringOptions>(*pattern));
}

absl::StatusOr<Kernel> RegexpReplaceKernel(const Expression& call) {
  for (const size_t i : {1, 2}) {
    if (IsNullLiteral(*call.arguments()[i])) return NullKernel(call.type());
  }
  const auto pattern = LiteralText(*call.arguments()[1]);
  const auto replacement = LiteralText(*call.arguments()[2]);
  if (!pattern || !replacement) return NeedsLiteral(call);
  // Flink takes the replacement literally; RE2 would see back-references in it.
  const std::string quoted = absl::StrReplaceAll(*replacement, {{"\\", "\\\\"}});
  return RegexKernel(call, "replace_substring_regex",
                     std::make_shared<arrow::compute::ReplaceSubstringOptions>(*pattern, quoted));
}

// SQL's regular expressions: % and _ as in LIKE, | * + ? { } ( ) [ ] as in others, and the whole
// string must match. Empty if an escape is broken.
std::optional<std::string> RegexOfSimilar(View pattern, View escape) {
  std::string regex = "^(?s:";
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (!escape.empty() && pattern.substr(at).starts_with(escape)) {
      at += escape.size();
      if (at >= pattern.size()) return std::nullopt;
      absl::StrAppend(&regex, "\\", std::string(1, pattern[at]));
    } else if (c == '%') {
      regex += ".*";
    } else if (c == '_') {
      regex += '.';
    } else if (c == '.' || c == '^' || c == '$' || c == '\\') {
      // A ^ inside brackets is SQL's negation, as it is RE2's.
      const bool negates = c == '^' && at > 0 && pattern[at - 1] == '[';
      absl::StrAppend(&regex, negates ? "" : "\\", std::string(1, c));
    } else {
      regex += c;
    }
  }
  return regex + ")$";
}

absl::StatusOr<Kernel> SimilarKernel(const Expression& call) {
  for (size_t i = 1; i < call.arguments().size(); ++i) {
    if (IsNullLiteral(*call.arguments()[i])) return NullKernel(call.type());
  }
  const auto pattern = LiteralText(*call.arguments()[1]);
  const bool has_escape = call.arguments().size() == 3;
  const auto escape = has_escape ? LiteralText(*call.arguments()[2]) : "";
  if (!pattern || !escape) return NeedsLiteral(call);
  const auto regex = RegexOfSimilar(*pattern, *escape);
  if (!regex) {
    return absl::InvalidArgumentError(
        absl::StrCat("in ", call.ToString(), " the pattern ends with its escape"));
  }
  return RegexKernel(call, "match_substring_regex",
                     std::make_shared<arrow::compute::MatchSubstringOptions>(*regex));
}

// `name` as NOT `positive`.
void AddNegation(ScalarFunctionTable& table, const char* name, const char* positive) {
  FunctionDefinition definition{.name = name, .syntax = true, .accepts = "a string and a pattern"};
  definition.bind = [positive](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    ASSIGN_OR_RETURN(ExpressionPtr match, BindByName(positive, std::move(arguments)));
    return BindByName("not", {std::move(match)});
  };
  table.Add(std::move(definition));
}

// The end of the character class that starts at `at`.
size_t ClassEnd(View pattern, size_t at) {
  size_t end = at + 1;
  if (end < pattern.size() && pattern[end] == '^') ++end;
  if (end < pattern.size() && pattern[end] == ']') ++end;
  while (end < pattern.size() && pattern[end] != ']') end += pattern[end] == '\\' ? 2 : 1;
  return std::min(end, pattern.size() - 1);
}

// Arrow gives only named groups, so that every group gets a name: g0 is the whole match, g1 the
// first group. Returns the number of groups in `groups`.
std::string WithNamedGroups(View pattern, int& groups) {
  std::string named = "(?P<g0>";
  groups = 0;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      named += pattern.substr(at, 2);
      ++at;
    } else if (c == '[') {
      const size_t end = ClassEnd(pattern, at);
      named += pattern.substr(at, end - at + 1);
      at = end;
    } else if (c == '(') {
      const View rest = pattern.substr(at);
      const bool java_name =
          rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
      const bool is_named = java_name || rest.starts_with("(?P<");
      if (rest.starts_with("(?") && !is_named) {
        named += c;
        continue;
      }
      absl::StrAppend(&named, "(?P<g", ++groups, ">");
      if (is_named) at += std::min(rest.find('>'), rest.size() - 1);
    } else {
      named += c;
    }
  }
  return named + ")";
}

absl::StatusOr<Kernel> RegexpExtractKernel(const Expression& call) {
  if (IsNullLiteral(*call.arguments()[1])) return NullKernel(call.type());
  const auto pattern = LiteralText(*call.arguments()[1]);
  const bool has_group = call.arguments().size() == 3;
  const auto group = has_group ? LiteralInt(*call.arguments()[2]) : 0;
  if (!pattern || !group) return NeedsLiteral(call);
  int groups = 0;
  const std::string named = WithNamedGroups(*pattern, groups);
  if (*group < 0 || *group > groups) return NullKernel(call.type());
  ASSIGN_OR_RETURN(Kernel extract,
                   RegexKernel(call, "extract_regex",
                               std::make_shared<arrow::compute::ExtractRegexOptions>(named)));
  return Kernel([extract, field = FieldKernel(*group)](Arguments arguments,
                                                       int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(const Vector groups_of_rows, extract(arguments, rows));
    const Vector* row = &groups_of_rows;
    return field(Arguments(&row, 1), rows);
  });
}

}  // namespace

void AddPatternFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const ResultType boolean = Returns(DataType::Boolean());
  table.AddOperator(
      "like", "",
      {{"STRING, STRING", boolean, LikeKernel}, {"STRING, STRING, STRING", boolean, LikeKernel}});
  AddNegation(table, "not_like", "like");
  table.AddOperator("similar_to", "",
                    {{"STRING, STRING", boolean, SimilarKernel},
                     {"STRING, STRING, STRING", boolean, SimilarKernel}});
  AddNegation(table, "not_similar_to", "similar_to");
  table.Add("regexp", "", {{"STRING, STRING", boolean, RegexpKernel}});
  table.Add("regexp_replace", "",
            {{"STRING, STRING, STRING", string, RegexpReplaceKernel, /*nullable=*/true}});
  table.Add("regexp_extract", "",
            {{"STRING, STRING", string, RegexpExtractKernel, /*nullable=*/true},
             {"STRING, STRING, INT", string, RegexpExtractKernel, /*nullable=*/true}});
}

}  // namespace millrace
