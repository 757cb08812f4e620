// Regular expressions as Java writes them, matched by RE2 in linear time.
//
// RE2 has no look-around, no back-reference, no possessive quantifier and no character classes
// within others (unions, intersections): a pattern with one of these is kUnimplemented, one that
// Java refuses too is kInvalidArgument. Differences that cannot be seen when a pattern is compiled:
// the dot matches all but \n (Java also excludes \r and the Unicode line ends), and $ without (?m)
// is the end of the text only (Java: also before a last line feed).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/row_kernel.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace millrace {

// Immutable after creation; matching is thread-safe.
class JavaRegex {
 public:
  static absl::StatusOr<JavaRegex> Compile(std::string_view pattern);

  JavaRegex(JavaRegex&&) noexcept;
  JavaRegex& operator=(JavaRegex&&) noexcept;
  ~JavaRegex();

  int groups() const { return groups_; }

  // Finds the next match at or after byte `from`; groups[0] is the match, a group that took no part
  // has data() == nullptr. `groups` has at most groups() + 1 entries.
  bool Find(std::string_view text, size_t from, std::vector<std::string_view>& groups) const;
  bool Contains(std::string_view text) const;

  // The byte at which to look for the match after `match`, as Java's Matcher.find() goes on: one
  // character further if the match was empty. Greater than the text's size: there is none.
  static size_t After(std::string_view text, std::string_view match);

 private:
  explicit JavaRegex(std::unique_ptr<re2::RE2> regex);

  std::unique_ptr<re2::RE2> regex_;
  int groups_ = 0;
};

// The pattern of a call: compiled once if it is a literal, else when a row brings another one. Not
// thread-safe.
class RegexOfRow {
 public:
  // kUnimplemented if the literal is beyond RE2. A literal that is no regular expression is no
  // error: Flink's functions are NULL or FALSE for it.
  static absl::StatusOr<RegexOfRow> Create(const std::optional<std::string>& literal);

  // Null if `pattern` is none. If it is beyond RE2, the row has failed as well.
  const JavaRegex* For(std::string_view pattern, RowContext& row);

 private:
  std::optional<JavaRegex> regex_;
  std::string pattern_;
  bool known_ = false;   // pattern_ is what regex_ and status_ are about.
  absl::Status status_;  // Why there is no regex_.
};

}  // namespace millrace
