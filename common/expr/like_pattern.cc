#include "common/expr/like_pattern.h"

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

constexpr size_t kNone = std::string_view::npos;

}  // namespace

absl::StatusOr<LikePattern> LikePattern::Compile(std::string_view pattern,
                                                 std::string_view escape) {
  if (Utf8Length(escape) > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the escape '", AbslView(escape), "' of LIKE is more than one character"));
  }
  LikePattern compiled;
  compiled.pieces_.emplace_back();
  for (size_t at = 0; at < pattern.size(); ++at) {
    Piece& piece = compiled.pieces_.back();
    if (!escape.empty() && pattern.substr(at).starts_with(escape)) {
      const std::string_view next = pattern.substr(at + escape.size());
      const bool special = !next.empty() && (next[0] == '%' || next[0] == '_');
      if (!special && !next.starts_with(escape)) {
        return absl::InvalidArgumentError(absl::StrCat("in the LIKE pattern '", AbslView(pattern),
                                                       "' the escape '", AbslView(escape),
                                                       "' is before neither %, _ nor itself"));
      }
      const size_t size = special ? 1 : escape.size();
      piece.bytes += next.substr(0, size);
      at += escape.size() + size - 1;
    } else if (pattern[at] == '%') {
      compiled.pieces_.emplace_back();
    } else if (pattern[at] == '_') {
      piece.holes.push_back(piece.bytes.size());
    } else {
      piece.bytes += pattern[at];
    }
  }
  return compiled;
}

// The end of `piece` if it matches at `at`; kNone if not.
size_t LikePattern::MatchAt(const Piece& piece, std::string_view text, size_t at) {
  size_t done = 0;
  for (const size_t hole : piece.holes) {
    const std::string_view bytes = std::string_view(piece.bytes).substr(done, hole - done);
    if (text.compare(at, bytes.size(), bytes) != 0) return kNone;
    at += bytes.size();
    if (at >= text.size()) return kNone;
    at += Utf8Offset(text.substr(at), 1);
    done = hole;
  }
  const std::string_view bytes = std::string_view(piece.bytes).substr(done);
  return text.compare(at, bytes.size(), bytes) == 0 ? at + bytes.size() : kNone;
}

// The end of the first match at or after `from`; kNone if there is none.
size_t LikePattern::FindEnd(const Piece& piece, std::string_view text, size_t from) {
  if (piece.holes.empty()) {
    const size_t at = text.find(piece.bytes, from);
    return at == kNone ? kNone : at + piece.bytes.size();
  }
  for (size_t at = from; at <= text.size(); ++at) {
    if (at < text.size() && !IsUtf8Start(text[at])) continue;
    const size_t end = MatchAt(piece, text, at);
    if (end != kNone) return end;
  }
  return kNone;
}

// Whether the text from `from` on ends with `piece`.
bool LikePattern::MatchesEnd(const Piece& piece, std::string_view text, size_t from) {
  if (piece.holes.empty()) return text.substr(from).ends_with(piece.bytes);
  for (size_t at = from; at <= text.size(); ++at) {
    if (at < text.size() && !IsUtf8Start(text[at])) continue;
    if (MatchAt(piece, text, at) == text.size()) return true;
  }
  return false;
}

bool LikePattern::Matches(std::string_view text) const {
  size_t at = MatchAt(pieces_.front(), text, 0);
  if (at == kNone) return false;
  if (pieces_.size() == 1) return at == text.size();
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    at = FindEnd(pieces_[i], text, at);
    if (at == kNone) return false;
  }
  return MatchesEnd(pieces_.back(), text, at);
}

}  // namespace millrace
