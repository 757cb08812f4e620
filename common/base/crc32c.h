// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected): the checksum of every durable or wire
// frame.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

// The checksum of `bytes`, or of `prefix` followed by `bytes` if `crc` is the checksum of `prefix`.
// Uses the processor's CRC instruction where there is one.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

}  // namespace millrace
