// LIKE and SIMILAR TO. Regular expressions: functions_regexp.cc.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/java_regex.h"
#include "common/expr/like_pattern.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr char kNoEscape[] = "";  // As in Flink, where a backslash is one.

absl::StatusOr<Kernel> LikeKernel(const Expression& call) {
  const bool has_escape = call.arguments().size() == 3;
  const auto pattern = LiteralText(*call.arguments()[1]);
  const auto escape = has_escape ? LiteralText(*call.arguments()[2]) : kNoEscape;
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
    return match(text, p, kNoEscape, row);
  });
}

// What may stand behind an escape, and which of these means something to a regular expression.
constexpr View kSimilarSpecials = "[]()|^-+*_%?{}";
constexpr View kRegexSpecials = "[]()|^-+*?{}$\\.";

// What may stand between brackets beside characters, in capitals or not.
struct NamedClass {
  View name;
  View regex;
};
constexpr NamedClass kNamedClasses[] = {{"[:alpha:]", "A-Za-z"},  {"[:upper:]", "A-Z"},
                                        {"[:lower:]", "a-z"},     {"[:digit:]", "0-9"},
                                        {"[:space:]", " "},       {"[:alnum:]", "0-9A-Za-z"},
                                        {"[:whitespace:]", "\\s"}};

// The named class at the front of `text`, or null.
const NamedClass* NamedClassAt(View text) {
  for (const NamedClass& named : kNamedClasses) {
    const View found = text.substr(0, named.name.size());
    if (found == named.name || found == absl::AsciiStrToUpper(AbslView(named.name))) return &named;
  }
  return nullptr;
}

// SQL's regular expressions: % and _ as in LIKE, the rest as in others (so that . stands for any
// character, as in Flink), and the whole string must match. Empty if an escape is broken.
std::optional<std::string> RegexOfSimilar(View pattern, View escape) {
  std::string regex = "^(?:";
  bool in_class = false;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (!escape.empty() && pattern.substr(at).starts_with(escape)) {
      at += escape.size();
      const View next = pattern.substr(std::min(at, pattern.size()), 1);
      const bool escapes_itself = !next.empty() && pattern.substr(at).starts_with(escape);
      if (next.empty() || (!escapes_itself && kSimilarSpecials.find(next) == View::npos)) {
        return std::nullopt;
      }
      if (kRegexSpecials.find(next) != View::npos) regex += '\\';
      regex += escapes_itself ? escape : next;
      if (escapes_itself) at += escape.size() - 1;
    } else if (c == '%' && !in_class) {
      regex += "(?s:.*)";
    } else if (c == '_' && !in_class) {
      regex += '.';
    } else if (c == '$' || c == '\\') {
      absl::StrAppend(&regex, "\\", std::string(1, c));
    } else if (const NamedClass* named = in_class ? NamedClassAt(pattern.substr(at)) : nullptr) {
      regex += named->regex;
      at += named->name.size() - 1;
    } else {
      in_class = c == '[' || (in_class && c != ']');
      regex += c;
    }
  }
  return regex + ")$";
}

absl::StatusOr<JavaRegex> CompileSimilar(View pattern, View escape) {
  const auto regex = RegexOfSimilar(pattern, escape);
  if (regex) return JavaRegex::Compile(*regex);
  return absl::InvalidArgumentError(absl::StrCat("in the SIMILAR TO pattern '", AbslView(pattern),
                                                 "' the escape '", AbslView(escape),
                                                 "' is before nothing that needs it"));
}

// Compiled when a row brings another pattern than the one before it.
struct SimilarOfRow {
  std::optional<JavaRegex> regex;
  std::string pattern;
  std::string escape;

  bool Matches(View text, View row_pattern, View row_escape, RowContext& row) {
    if (!regex || row_pattern != pattern || row_escape != escape) {
      auto compiled = CompileSimilar(row_pattern, row_escape);
      if (!compiled.ok()) {
        row.Fail("", std::string(compiled.status().message()));
        return false;
      }
      regex = *std::move(compiled);
      pattern = std::string(row_pattern);
      escape = std::string(row_escape);
    }
    return regex->Contains(text);
  }
};

absl::StatusOr<Kernel> SimilarKernel(const Expression& call) {
  const bool has_escape = call.arguments().size() == 3;
  const auto pattern = LiteralText(*call.arguments()[1]);
  const auto escape = has_escape ? LiteralText(*call.arguments()[2]) : "";
  // A broken literal is an error of the statement.
  if (pattern && escape) RETURN_IF_ERROR(CompileSimilar(*pattern, *escape).status());
  const auto similar = std::make_shared<SimilarOfRow>();
  if (has_escape) {
    return LiftKernel<bool(View, View, View)>(
        call.type(), [similar](View text, View row_pattern, View row_escape, RowContext& row) {
          return similar->Matches(text, row_pattern, row_escape, row);
        });
  }
  return LiftKernel<bool(View, View)>(call.type(),
                                      [similar](View text, View row_pattern, RowContext& row) {
                                        return similar->Matches(text, row_pattern, "", row);
                                      });
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

}  // namespace

void AddPatternFunctions(ScalarFunctionTable& table) {
  const ResultType boolean = Returns(DataType::Boolean());
  table.AddOperator(
      "like", "",
      {{"STRING, STRING", boolean, LikeKernel}, {"STRING, STRING, STRING", boolean, LikeKernel}});
  AddNegation(table, "not_like", "like");
  table.AddOperator("similar_to", "",
                    {{"STRING, STRING", boolean, SimilarKernel},
                     {"STRING, STRING, STRING", boolean, SimilarKernel}});
  AddNegation(table, "not_similar_to", "similar_to");
}

}  // namespace millrace
