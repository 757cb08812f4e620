#include "common/expr/java_regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

constexpr size_t kNowhere = std::string_view::npos;

// The bytes of a character class in [] at the front of `rest`, all if it has no end. kNowhere if it
// is put together from others, [a-d[m-p]] or [a-z&&[^b]], which RE2 would read as something else.
size_t SizeOfClass(std::string_view rest) {
  size_t at = rest.starts_with("[^") ? 2 : 1;
  if (rest.substr(at).starts_with(']')) ++at;  // It stands for itself there.
  for (; at < rest.size() && rest[at] != ']'; ++at) {
    if (rest[at] == '[' || rest.substr(at).starts_with("&&")) return kNowhere;
    if (rest[at] == '\\') ++at;
  }
  return std::min(at + 1, rest.size());
}

// The pattern for RE2: Java names groups (?<name>...), RE2 of this age (?P<name>...). Empty if it
// has a character class that is put together from others.
std::optional<std::string> ForRe2(std::string_view pattern) {
  std::string result;
  while (!pattern.empty()) {
    size_t size = 1;
    if (pattern.starts_with("\\Q")) {
      size = std::min(pattern.find("\\E"), pattern.size());
    } else if (pattern[0] == '\\') {
      size = std::min<size_t>(2, pattern.size());
    } else if (pattern[0] == '[') {
      size = SizeOfClass(pattern);
      if (size == kNowhere) return std::nullopt;
    } else if (pattern.size() > 3 && pattern.starts_with("(?<") && pattern[3] != '=' &&
               pattern[3] != '!') {
      result += "(?P<";
      pattern.remove_prefix(3);
      continue;
    }
    result += pattern.substr(0, size);
    pattern.remove_prefix(size);
  }
  return result;
}

// Whether RE2 refuses the pattern for something that Java may have.
bool MayBeValidInJava(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadEscape:     // \1, \R, \h
    case re2::RE2::ErrorBadPerlOp:     // (?=, (?!, (?<=
    case re2::RE2::ErrorRepeatOp:      // a++
    case re2::RE2::ErrorRepeatSize:    // a{2000}
    case re2::RE2::ErrorBadCharClass:  // \p{javaLowerCase}
    case re2::RE2::ErrorPatternTooLarge:
      return true;
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
  const auto for_re2 = ForRe2(pattern);
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
  if (MayBeValidInJava(regex->error_code()) && !two_stars && !nothing_to_repeat) {
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
