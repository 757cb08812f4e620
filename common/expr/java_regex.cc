#include "common/expr/java_regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

// Classes of ASCII characters, which RE2 knows by other names: Java's \p{Alpha} is its [:alpha:].
constexpr std::string_view kAsciiClasses[] = {"Lower", "Upper",  "ASCII", "Alpha", "Digit",
                                              "Alnum", "Punct",  "Graph", "Print", "Blank",
                                              "Cntrl", "XDigit", "Space"};

// Writes a pattern of Java for RE2.
class Re2Pattern {
 public:
  explicit Re2Pattern(std::string_view pattern) : rest_(pattern) {}

  // Empty if a character class is put together from others, [a-d[m-p]] or [a-z&&[^b]], which RE2
  // would read as something else.
  std::optional<std::string> Make() {
    while (!rest_.empty()) {
      if (rest_[0] == '[') {
        if (!TakeClass()) return std::nullopt;
      } else if (rest_.starts_with("\\Q")) {
        Take(std::min(rest_.find("\\E"), rest_.size()));
      } else if (rest_[0] == '\\') {
        TakeEscape(/*in_class=*/false);
      } else if (rest_.size() > 3 && rest_.starts_with("(?<") && rest_[3] != '=' &&
                 rest_[3] != '!') {
        out_ += "(?P<";  // Java names groups (?<name>...), RE2 of this age (?P<name>...).
        rest_.remove_prefix(3);
      } else {
        Take(1);
      }
    }
    return std::move(out_);
  }

 private:
  void Take(size_t size) {
    out_ += rest_.substr(0, size);
    rest_.remove_prefix(size);
  }

  bool TakeClass() {
    Take(rest_.starts_with("[^") ? 2 : 1);
    if (rest_.starts_with(']')) Take(1);  // It stands for itself there.
    while (!rest_.empty() && rest_[0] != ']') {
      if (rest_[0] == '[' || rest_.starts_with("&&")) return false;
      rest_[0] == '\\' ? TakeEscape(/*in_class=*/true) : Take(1);
    }
    if (!rest_.empty()) Take(1);
    return true;
  }

  void TakeEscape(bool in_class) {
    const bool is_class = rest_.starts_with("\\p{") || rest_.starts_with("\\P{");
    for (const std::string_view name : kAsciiClasses) {
      const std::string braced = absl::StrCat("{", AbslView(name), "}");
      if (!is_class || !rest_.substr(2).starts_with(braced)) continue;
      absl::StrAppend(&out_, in_class ? "" : "[",
                      rest_[1] == 'P' ? "[:^" : "[:", absl::AsciiStrToLower(AbslView(name)),
                      in_class ? ":]" : ":]]");
      rest_.remove_prefix(2 + braced.size());
      return;
    }
    Take(std::min<size_t>(2, rest_.size()));
  }

  std::string_view rest_;
  std::string out_;
};

// Whether RE2 refuses the pattern for something that Java may have.
bool MayBeValidInJava(const re2::RE2& regex) {
  switch (regex.error_code()) {
    case re2::RE2::ErrorBadEscape:     // \1, \R, \h
    case re2::RE2::ErrorBadPerlOp:     // (?=, (?!, (?<=
    case re2::RE2::ErrorRepeatOp:      // a++
    case re2::RE2::ErrorRepeatSize:    // a{2000}
    case re2::RE2::ErrorBadCharClass:  // \p{javaLowerCase}
    case re2::RE2::ErrorPatternTooLarge:
      return true;
    case re2::RE2::ErrorBadCharRange:  // [z-a], but \p{IsAlphabetic} too
      return absl::StartsWithIgnoreCase(regex.error_arg(), "\\p");
    default:
      return false;
  }
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

JavaRegex::JavaRegex(std::unique_ptr<re2::RE2> regex)
    : regex_(std::move(regex)), groups_(regex_->NumberOfCapturingGroups()) {}
JavaRegex::JavaRegex(JavaRegex&&) noexcept = default;
JavaRegex& JavaRegex::operator=(JavaRegex&&) noexcept = default;
JavaRegex::~JavaRegex() = default;

absl::StatusOr<JavaRegex> JavaRegex::Compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const std::string what = absl::StrCat("the regular expression '", AbslView(pattern), "'");
  const auto for_re2 = Re2Pattern(pattern).Make();
  if (!for_re2) {
    return absl::UnimplementedError(
        absl::StrCat(what,
                     " has a part that RE2 does not know: a character class within another one; "
                     "write it as one class, or with | between two"));
  }
  auto regex = std::make_unique<re2::RE2>(*for_re2, options);
  if (regex->ok()) return JavaRegex(std::move(regex));
  // "**" is wrong in Java as well, a possessive "*+" is not.
  const bool two_stars =
      regex->error_code() == re2::RE2::ErrorRepeatOp && !regex->error_arg().ends_with('+');
  const bool nothing_to_repeat = regex->error_code() == re2::RE2::ErrorRepeatArgument;
  if (MayBeValidInJava(*regex) && !two_stars && !nothing_to_repeat) {
    return absl::UnimplementedError(
        absl::StrCat(what, " has a part that RE2 does not know: ", regex->error(),
                     "; look-around, back-references and possessive quantifiers are not built"));
  }
  return absl::InvalidArgumentError(absl::StrCat(what, " is none: ", regex->error()));
}

bool JavaRegex::Find(std::string_view text, size_t from,
                     std::vector<std::string_view>& groups) const {
  if (from > text.size()) return false;
  std::vector<re2::StringPiece> pieces(groups.size());
  if (!regex_->Match(Piece(text), from, text.size(), re2::RE2::UNANCHORED, pieces.data(),
                     static_cast<int>(pieces.size()))) {
    return false;
  }
  for (size_t i = 0; i < pieces.size(); ++i) groups[i] = {pieces[i].data(), pieces[i].size()};
  return true;
}

bool JavaRegex::Contains(std::string_view text) const {
  return regex_->Match(Piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

size_t JavaRegex::After(std::string_view text, std::string_view match) {
  const auto end = static_cast<size_t>(match.data() - text.data()) + match.size();
  if (!match.empty()) return end;
  if (end >= text.size()) return text.size() + 1;
  return end + Utf8Offset(text.substr(end), 1);
}

absl::StatusOr<RegexOfRow> RegexOfRow::Create(const std::optional<std::string>& literal) {
  RegexOfRow result;
  if (!literal) return result;
  auto compiled = JavaRegex::Compile(*literal);
  if (absl::IsUnimplemented(compiled.status())) return compiled.status();
  result.status_ = compiled.status();
  if (compiled.ok()) result.regex_ = *std::move(compiled);
  result.pattern_ = *literal;
  result.known_ = true;
  return result;
}

const JavaRegex* RegexOfRow::For(std::string_view pattern, RowContext& row) {
  if (!known_ || pattern != pattern_) {
    auto compiled = JavaRegex::Compile(pattern);
    status_ = compiled.status();
    regex_.reset();
    if (compiled.ok()) regex_ = *std::move(compiled);
    pattern_ = std::string(pattern);
    known_ = true;
  }
  if (absl::IsUnimplemented(status_)) row.Fail("", std::string(status_.message()));
  return regex_ ? &*regex_ : nullptr;
}

}  // namespace millrace
