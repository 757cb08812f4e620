#include "common/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace millrace {
namespace {

constexpr uint64_t kKeySeed = 0;  // Part of the state format.

}  // namespace

uint64_t HashKey(std::string_view canonical_key_bytes) {
  return XXH3_64bits_withSeed(canonical_key_bytes.data(), canonical_key_bytes.size(), kKeySeed);
}

}  // namespace millrace
