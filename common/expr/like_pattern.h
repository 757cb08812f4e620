// The patterns of LIKE: % is any string, _ any one character, the escape character takes both
// literally. Compiled once, then matched without allocation. Thread-compatible.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

class LikePattern {
 public:
  // `escape`: one character, or empty for none. kInvalidArgument for a broken escape.
  static absl::StatusOr<LikePattern> Compile(std::string_view pattern, std::string_view escape);

  bool Matches(std::string_view text) const;

 private:
  // What stands between two %: literal bytes, with holes of one character each.
  struct Piece {
    std::string bytes;
    std::vector<size_t> holes;  // Before which byte of `bytes` a hole is; ascending.
  };

  static size_t MatchAt(const Piece& piece, std::string_view text, size_t at);
  static size_t FindEnd(const Piece& piece, std::string_view text, size_t from);
  static bool MatchesEnd(const Piece& piece, std::string_view text, size_t from);

  std::vector<Piece> pieces_;  // At least one; n + 1 pieces for n signs %.
};

}  // namespace millrace
