// The one hash of keys: XXH3 64-bit with a fixed seed. Key groups depend on it for the life of the
// state, so neither the function nor the seed may ever change (tests/compatibility holds golden
// values).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

uint64_t HashKey(std::string_view canonical_key_bytes);

}  // namespace millrace
