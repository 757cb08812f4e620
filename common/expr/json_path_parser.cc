// JsonPath::Compile: a recursive descent over the text.
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/json_path.h"

namespace millrace {

class JsonPathParser {
 public:
  explicit JsonPathParser(std::string_view text) : whole_(text), text_(text) {}

  absl::StatusOr<JsonPath> Parse() {
    JsonPath path;
    SkipSpace();
    path.lax_ = AcceptMode("lax");
    if (!path.lax_) AcceptMode("strict");
    // A path without its $ is one from the root.
    const bool has_root = Accept("$");
    if (!has_root && (text_.empty() || text_[0] == '@')) return Wrong();
    ASSIGN_OR_RETURN(path.steps_, ParseSteps(/*bare_name=*/!has_root));
    SkipSpace();
    if (!text_.empty()) return Wrong();
    for (const JsonPathStep& step : path.steps_) path.definite_ = path.definite_ && step.definite();
    return path;
  }

 private:
  static constexpr int kMaxDepth = 50;

  absl::StatusOr<std::vector<JsonPathStep>> ParseSteps(bool bare_name) {
    std::vector<JsonPathStep> steps;
    bool definite = true;
    while (bare_name || At(".") || At("[")) {
      JsonPathStep step;
      step.upstream = definite;
      if (!bare_name) step.deep = Accept("..");
      const bool dot = bare_name || step.deep || Accept(".");
      if (At("[")) {
        RETURN_IF_ERROR(ParseBrackets(step));
      } else if (dot) {
        RETURN_IF_ERROR(ParseName(step));
      }
      bare_name = false;
      definite = definite && step.definite();
      steps.push_back(std::move(step));
    }
    return steps;
  }

  absl::Status ParseName(JsonPathStep& step) {
    if (Accept("*")) {
      step.kind = JsonPathStep::Kind::kAll;
      return absl::OkStatus();
    }
    constexpr std::string_view kEnds = ".[ ()=!<>&|";
    const size_t size = std::min(text_.find_first_of(kEnds), text_.size());
    if (size == 0) return Wrong();
    if (text_.substr(size).starts_with('(')) return NotBuilt("a function");
    step.name = std::string(text_.substr(0, size));
    text_.remove_prefix(size);
    return absl::OkStatus();
  }

  absl::Status ParseBrackets(JsonPathStep& step) {
    text_.remove_prefix(1);
    SkipSpace();
    if (Accept("*")) {
      step.kind = JsonPathStep::Kind::kAll;
    } else if (At("'") || At("\"")) {
      ASSIGN_OR_RETURN(step.name, ParseQuoted());
      SkipSpace();
      if (At(",")) return NotBuilt("more than one name in brackets");
    } else if (Accept("?")) {
      SkipSpace();
      if (!Accept("(")) return Wrong();
      step.kind = JsonPathStep::Kind::kFilter;
      ASSIGN_OR_RETURN(step.filter, ParseOr(0));
      SkipSpace();
      if (!Accept(")")) return Wrong();
    } else {
      RETURN_IF_ERROR(ParseIndexes(step));
    }
    SkipSpace();
    return Accept("]") ? absl::OkStatus() : Wrong();
  }

  absl::Status ParseIndexes(JsonPathStep& step) {
    std::optional<int64_t> first = ParseInteger();
    SkipSpace();
    if (Accept(":")) {
      SkipSpace();
      const std::optional<int64_t> second = ParseInteger();
      if (!first && !second) return Wrong();
      step.kind = JsonPathStep::Kind::kSlice;
      step.has_from = first.has_value();
      step.has_to = second.has_value();
      step.from = first.value_or(0);
      step.to = second.value_or(0);
      return absl::OkStatus();
    }
    step.kind = JsonPathStep::Kind::kIndexes;
    while (first) {
      step.indexes.push_back(*first);
      SkipSpace();
      if (!Accept(",")) return absl::OkStatus();
      SkipSpace();
      first = ParseInteger();
    }
    return Wrong();
  }

  std::optional<int64_t> ParseInteger() {
    size_t size = At("-") ? 1 : 0;
    while (size < text_.size() && absl::ascii_isdigit(text_[size])) ++size;
    int64_t value = 0;
    if (!absl::SimpleAtoi(AbslView(text_.substr(0, size)), &value)) return std::nullopt;
    text_.remove_prefix(size);
    return value;
  }

  absl::StatusOr<std::string> ParseQuoted() {
    const char quote = text_[0];
    text_.remove_prefix(1);
    std::string value;
    while (!text_.empty() && text_[0] != quote) {
      if (text_[0] == '\\' && text_.size() > 1) text_.remove_prefix(1);
      value += text_[0];
      text_.remove_prefix(1);
    }
    if (text_.empty()) return Wrong();
    text_.remove_prefix(1);
    return value;
  }

  using FilterPtr = std::shared_ptr<const JsonFilter>;

  absl::StatusOr<FilterPtr> ParseOr(int depth) {
    return ParseJoined(depth, "||", JsonFilter::Kind::kOr, &JsonPathParser::ParseAnd);
  }
  absl::StatusOr<FilterPtr> ParseAnd(int depth) {
    return ParseJoined(depth, "&&", JsonFilter::Kind::kAnd, &JsonPathParser::ParseTerm);
  }

  absl::StatusOr<FilterPtr> ParseJoined(int depth, const char* symbol, JsonFilter::Kind kind,
                                        absl::StatusOr<FilterPtr> (JsonPathParser::*parse)(int)) {
    JsonFilter joined;
    joined.kind = kind;
    do {
      ASSIGN_OR_RETURN(FilterPtr part, (this->*parse)(depth));
      joined.parts.push_back(std::move(part));
      SkipSpace();
    } while (Accept(symbol));
    if (joined.parts.size() == 1) return joined.parts[0];
    return std::make_shared<const JsonFilter>(std::move(joined));
  }

  absl::StatusOr<FilterPtr> ParseTerm(int depth) {
    if (depth > kMaxDepth) return Wrong();
    SkipSpace();
    if (At("!") && !At("!=")) {
      text_.remove_prefix(1);
      JsonFilter negation;
      negation.kind = JsonFilter::Kind::kNot;
      ASSIGN_OR_RETURN(FilterPtr part, ParseTerm(depth + 1));
      negation.parts.push_back(std::move(part));
      return std::make_shared<const JsonFilter>(std::move(negation));
    }
    if (Accept("(")) {
      ASSIGN_OR_RETURN(FilterPtr inner, ParseOr(depth + 1));
      SkipSpace();
      if (!Accept(")")) return Wrong();
      return inner;
    }
    return ParseComparison();
  }

  absl::StatusOr<FilterPtr> ParseComparison() {
    struct Line {
      const char* symbol;
      JsonComparison comparison;
    };
    static constexpr Line kComparisons[] = {
        {"==", JsonComparison::kEqual},       {"!=", JsonComparison::kNotEqual},
        {"<=", JsonComparison::kLessOrEqual}, {">=", JsonComparison::kGreaterOrEqual},
        {"<", JsonComparison::kLess},         {">", JsonComparison::kGreater},
    };
    JsonFilter filter;
    ASSIGN_OR_RETURN(filter.left, ParseOperand());
    SkipSpace();
    for (const Line& line : kComparisons) {
      if (!Accept(line.symbol)) continue;
      filter.comparison = line.comparison;
      ASSIGN_OR_RETURN(filter.right, ParseOperand());
      return std::make_shared<const JsonFilter>(std::move(filter));
    }
    if (!filter.left.path || (!text_.empty() && absl::ascii_isalpha(text_[0])) || At("=~")) {
      return NotBuilt("this operator in a filter");
    }
    return std::make_shared<const JsonFilter>(std::move(filter));
  }

  absl::StatusOr<JsonOperand> ParseOperand() {
    SkipSpace();
    JsonOperand operand;
    if (At("@") || At("$")) {
      operand.path = true;
      operand.from_root = At("$");
      text_.remove_prefix(1);
      ASSIGN_OR_RETURN(operand.steps, ParseSteps(/*bare_name=*/false));
      return operand;
    }
    if (At("'") || At("\"")) {
      operand.kind = JsonKind::kString;
      ASSIGN_OR_RETURN(operand.text, ParseQuoted());
      return operand;
    }
    const size_t size = std::min(text_.find_first_of(" )=!<>&|"), text_.size());
    operand.text = std::string(text_.substr(0, size));
    text_.remove_prefix(size);
    double number = 0;
    if (operand.text == "true" || operand.text == "false") {
      operand.kind = operand.text == "true" ? JsonKind::kTrue : JsonKind::kFalse;
    } else if (absl::SimpleAtod(operand.text, &number)) {
      operand.kind = JsonKind::kNumber;
    } else if (operand.text != "null") {
      return Wrong();
    }
    return operand;
  }

  bool AcceptMode(std::string_view mode) {
    const bool has_space = text_.size() > mode.size() && absl::ascii_isspace(text_[mode.size()]);
    if (!has_space || !absl::StartsWithIgnoreCase(AbslView(text_), AbslView(mode))) return false;
    text_.remove_prefix(mode.size());
    SkipSpace();
    return true;
  }

  bool At(std::string_view symbol) const { return text_.starts_with(symbol); }
  bool Accept(std::string_view symbol) {
    if (!At(symbol)) return false;
    text_.remove_prefix(symbol.size());
    return true;
  }
  void SkipSpace() {
    while (!text_.empty() && absl::ascii_isspace(text_[0])) text_.remove_prefix(1);
  }

  absl::Status Wrong() const {
    return absl::InvalidArgumentError(
        absl::StrCat("'", AbslView(whole_), "' is no JSON path: see \"", AbslView(text_), "\""));
  }
  absl::Status NotBuilt(std::string_view what) const {
    return absl::UnimplementedError(absl::StrCat(AbslView(what), " in the JSON path '",
                                                 AbslView(whole_),
                                                 "' is valid in Flink, but not built yet"));
  }

  std::string_view whole_;
  std::string_view text_;
};

absl::StatusOr<JsonPath> JsonPath::Compile(std::string_view text) {
  return JsonPathParser(text).Parse();
}

}  // namespace millrace
