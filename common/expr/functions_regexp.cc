// REGEXP and the functions of its family, by RE2 (java_regex.h). A pattern that is no regular
// expression gives NULL, or FALSE for REGEXP, as in Flink; one that only Java knows is refused.
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/java_regex.h"
#include "common/expr/row_kernel.h"
#include "common/expr/text_list.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;

// What a kernel keeps from row to row. Not thread-safe, as kernels are.
struct Matcher {
  RegexOfRow regex;
  std::vector<View> groups = {};
};

absl::StatusOr<std::shared_ptr<Matcher>> MatcherOf(const Expression& call) {
  ASSIGN_OR_RETURN(RegexOfRow regex, RegexOfRow::Create(LiteralText(*call.arguments()[1])));
  return std::make_shared<Matcher>(Matcher{.regex = std::move(regex)});
}

absl::StatusOr<Kernel> RegexpKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  return LiftKernel<bool(View, View)>(call.type(),
                                      [matcher](View text, View pattern, RowContext& row) {
                                        if (pattern.empty()) return false;
                                        const JavaRegex* regex = matcher->regex.For(pattern, row);
                                        return regex != nullptr && regex->Contains(text);
                                      });
}

// Calls use(groups) for every match of the row, until it gives false. False if there is no regex.
template <typename Use>
bool EachMatch(Matcher& matcher, View text, const JavaRegex* regex, size_t groups, Use use) {
  if (regex == nullptr) return false;
  matcher.groups.resize(groups);
  for (size_t from = 0; regex->Find(text, from, matcher.groups);
       from = JavaRegex::After(text, matcher.groups[0])) {
    if (!use(matcher.groups)) break;
  }
  return true;
}

// The replacement is taken literally: $1 is no group.
absl::StatusOr<Kernel> RegexpReplaceKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  return LiftKernel<Text(View, View, View)>(call.type(), [matcher](View text, View pattern,
                                                                   View replacement, TextSink& out,
                                                                   RowContext& row) {
    size_t done = 0;
    const JavaRegex* regex = matcher->regex.For(pattern, row);
    const bool known = EachMatch(*matcher, text, regex, 1, [&](const std::vector<View>& groups) {
      const auto start = static_cast<size_t>(groups[0].data() - text.data());
      out.Append(text.substr(done, start - done));
      out.Append(replacement);
      done = start + groups[0].size();
      return true;
    });
    if (!known) return row.SetNull();
    out.Append(text.substr(done));
  });
}

absl::StatusOr<Kernel> RegexpExtractKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  const auto extract = [matcher](View text, View pattern, int32_t group, TextSink& out,
                                 RowContext& row) {
    const JavaRegex* regex = matcher->regex.For(pattern, row);
    if (regex == nullptr || group < 0 || group > regex->groups()) return row.SetNull();
    matcher->groups.resize(group + 1);
    if (!regex->Find(text, 0, matcher->groups)) return row.SetNull();
    if (matcher->groups[group].data() == nullptr) return row.SetNull();
    out.Append(matcher->groups[group]);
  };
  if (call.arguments().size() == 3) {
    return LiftKernel<Text(View, View, int32_t)>(call.type(), extract);
  }
  return LiftKernel<Text(View, View)>(
      call.type(), [extract](View text, View pattern, TextSink& out, RowContext& row) {
        extract(text, pattern, 0, out, row);
      });
}

absl::StatusOr<Kernel> RegexpExtractAllKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  const auto extract = [matcher](View text, View pattern, int32_t group, TextListSink& out,
                                 RowContext& row) {
    const JavaRegex* regex = matcher->regex.For(pattern, row);
    if (regex == nullptr || group < 0 || group > regex->groups()) return row.SetNull();
    EachMatch(*matcher, text, regex, group + 1, [&](const std::vector<View>& groups) {
      groups[group].data() == nullptr ? out.AppendNull() : out.Append(groups[group]);
      return true;
    });
  };
  if (call.arguments().size() == 3) {
    return LiftTextList<View, View, int32_t>(call.type(), extract);
  }
  // Without a number it is the first group, unlike REGEXP_EXTRACT.
  return LiftTextList<View, View>(
      call.type(), [extract](View text, View pattern, TextListSink& out, RowContext& row) {
        extract(text, pattern, 1, out, row);
      });
}

absl::StatusOr<Kernel> RegexpCountKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  return LiftKernel<int32_t(View, View)>(
      call.type(), [matcher](View text, View pattern, RowContext& row) {
        int32_t count = 0;
        const JavaRegex* regex = matcher->regex.For(pattern, row);
        if (!EachMatch(*matcher, text, regex, 1, [&](const auto&) { return ++count > 0; })) {
          row.SetNull();
        }
        return count;
      });
}

absl::StatusOr<Kernel> RegexpInstrKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  return LiftKernel<int32_t(View, View)>(
      call.type(), [matcher](View text, View pattern, RowContext& row) {
        int32_t position = 0;
        const JavaRegex* regex = matcher->regex.For(pattern, row);
        const auto at = [&](const std::vector<View>& groups) {
          position = static_cast<int32_t>(
              Utf8Length(text.substr(0, static_cast<size_t>(groups[0].data() - text.data()))) + 1);
          return false;
        };
        if (!EachMatch(*matcher, text, regex, 1, at)) row.SetNull();
        return position;
      });
}

absl::StatusOr<Kernel> RegexpSubstrKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const auto matcher, MatcherOf(call));
  return LiftKernel<Text(View, View)>(
      call.type(), [matcher](View text, View pattern, TextSink& out, RowContext& row) {
        bool found = false;
        const JavaRegex* regex = matcher->regex.For(pattern, row);
        EachMatch(*matcher, text, regex, 1, [&](const std::vector<View>& groups) {
          out.Append(groups[0]);
          found = true;
          return false;
        });
        if (!found) row.SetNull();
      });
}

// Calls use(piece) for the pieces between matches as Java's String.split(regex, limit) gives them:
// no empty piece before a match of width zero at the start, and without a limit no empty pieces at
// the end.
void JavaSplit(const JavaRegex& regex, View text, size_t limit, std::vector<View>& pieces) {
  pieces.clear();
  size_t start = 0;
  std::vector<View> groups(1);
  for (size_t from = 0; pieces.size() + 1 < limit && regex.Find(text, from, groups);
       from = JavaRegex::After(text, groups[0])) {
    const auto at = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = at + groups[0].size();
    if (end == 0) continue;
    pieces.push_back(text.substr(start, at - start));
    start = end;
  }
  pieces.push_back(text.substr(start));
  const bool cut = limit == std::numeric_limits<size_t>::max() && pieces.size() > 1;
  while (cut && !pieces.empty() && pieces.back().empty()) pieces.pop_back();
}

// Keys and values of STR_TO_MAP as two lists of strings; a key that comes again keeps its place and
// takes the new value.
struct PairSplitter {
  RegexOfRow pairs;
  RegexOfRow keys;
  std::vector<View> pair_pieces = {};
  std::vector<View> key_pieces = {};
  std::vector<std::pair<View, std::optional<View>>> entries = {};

  bool Split(View text, View pair_pattern, View key_pattern, RowContext& row) {
    entries.clear();
    const JavaRegex* pair_regex = pairs.For(pair_pattern, row);
    const JavaRegex* key_regex = keys.For(key_pattern, row);
    if (pair_regex == nullptr || key_regex == nullptr) return false;
    if (text.empty()) return true;
    JavaSplit(*pair_regex, text, std::numeric_limits<size_t>::max(), pair_pieces);
    for (const View pair : pair_pieces) {
      JavaSplit(*key_regex, pair, 2, key_pieces);
      Put(key_pieces[0], key_pieces.size() > 1 ? std::optional(key_pieces[1]) : std::nullopt);
    }
    return true;
  }

  void Put(View key, std::optional<View> value) {
    for (auto& [known, old] : entries) {
      if (known != key) continue;
      old = value;
      return;
    }
    entries.emplace_back(key, value);
  }
};

absl::StatusOr<RegexOfRow> DelimiterOf(const Expression& call, size_t argument, View otherwise) {
  if (call.arguments().size() <= argument) return RegexOfRow::Create(std::string(otherwise));
  return RegexOfRow::Create(LiteralText(*call.arguments()[argument]));
}

absl::StatusOr<Kernel> StrToMapKernel(const Expression& call) {
  ASSIGN_OR_RETURN(RegexOfRow pairs, DelimiterOf(call, 1, ","));
  ASSIGN_OR_RETURN(RegexOfRow keys, DelimiterOf(call, 2, "="));
  const auto splitter = std::make_shared<PairSplitter>(
      PairSplitter{.pairs = std::move(pairs), .keys = std::move(keys)});
  return Kernel([splitter, type = call.type().ToArrow()](Arguments arguments,
                                                         int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(TextListSink keys_out, TextListSink::Create(rows));
    ASSIGN_OR_RETURN(TextListSink values_out, TextListSink::Create(rows));
    std::vector<Reader<View>> readers;
    for (const Vector* argument : arguments) readers.emplace_back(*argument);
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        RowContext context(result, row);
        const View pair_pattern = readers.size() > 1 ? readers[1](row) : ",";
        const View key_pattern = readers.size() > 2 ? readers[2](row) : "=";
        if (!splitter->Split(readers[0](row), pair_pattern, key_pattern, context)) {
          context.SetNull();
        }
        for (const auto& [key, value] : splitter->entries) {
          keys_out.Append(key);
          value ? values_out.Append(*value) : values_out.AppendNull();
        }
      }
      keys_out.EndRow();
      values_out.EndRow();
    }
    ASSIGN_OR_RETURN(auto keys, keys_out.FinishStrings());
    ASSIGN_OR_RETURN(Vector map, values_out.Finish(type, result));
    const auto entry_type = type->field(0)->type();
    auto& values = map.data->child_data[0];
    const int64_t count = values->length;
    values = arrow::ArrayData::Make(entry_type, count, {nullptr},
                                    {std::move(keys), std::move(values)}, 0);
    return map;
  });
}

}  // namespace

void AddRegexpFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const ResultType integer = Returns(DataType::Int());
  const ResultType strings = Returns(DataType::Array(DataType::String()));
  const ResultType map = Returns(DataType::Map(DataType::String(), DataType::String()));
  constexpr bool kNullable = true;  // For no match, or no regular expression.
  table.Add("regexp", "", {{"STRING, STRING", Returns(DataType::Boolean()), RegexpKernel}});
  table.Add("regexp_replace", "",
            {{"STRING, STRING, STRING", string, RegexpReplaceKernel, kNullable}});
  table.Add("regexp_extract", "",
            {{"STRING, STRING", string, RegexpExtractKernel, kNullable},
             {"STRING, STRING, INT", string, RegexpExtractKernel, kNullable}});
  table.Add("regexp_extract_all", "",
            {{"STRING, STRING", strings, RegexpExtractAllKernel, kNullable},
             {"STRING, STRING, INT", strings, RegexpExtractAllKernel, kNullable}});
  table.Add("regexp_count", "", {{"STRING, STRING", integer, RegexpCountKernel, kNullable}});
  table.Add("regexp_instr", "", {{"STRING, STRING", integer, RegexpInstrKernel, kNullable}});
  table.Add("regexp_substr", "", {{"STRING, STRING", string, RegexpSubstrKernel, kNullable}});
  table.Add("str_to_map", "",
            {{"STRING", map, StrToMapKernel, kNullable},
             {"STRING, STRING, STRING", map, StrToMapKernel, kNullable}});
}

}  // namespace millrace
