// The rows of both inputs that have one key in a window: a state entry's value.
//
//   fixed  uint32 rows of the left input | uint32 of the right one | uint32 1: the key has a NULL
//   tail   per row, in the order of their coming: uint32 bytes * 2 + input (0 left) | the row
//
// All little-endian; a row is the canonical bytes of all its columns (key_codec.h). Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "worker/contract/keyed_state.h"

namespace millrace {

class JoinedRows {
 public:
  static constexpr int32_t kValueBytes = 16;
  static constexpr int32_t kVersion = 1;

  static void Append(int input, std::string_view row, const StateValue& value);
  static void MarkNullKey(const StateValue& value);

  // Of an entry's fixed part.
  static uint32_t CountOf(int input, const char* fixed);
  // Its rows have no partners: NULL equals nothing.
  static bool HasNullKey(const char* fixed);

  // Appends the rows of each input in `tail` to its list.
  static void Split(std::string_view tail, std::vector<std::string_view>& left,
                    std::vector<std::string_view>& right);
};

}  // namespace millrace
