// Integers as bytes of a fixed order: big-endian where bytes must sort as numbers, little-endian
// elsewhere. No alignment is needed.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace millrace {

static_assert(std::endian::native == std::endian::little,
              "Arrow columns and the formats on disk are little-endian");

namespace internal {
template <typename T>
T SwapBytes(T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  return value;
}
}  // namespace internal

template <typename T>
void StoreLittle(void* out, T value) {
  static_assert(std::is_unsigned_v<T>);
  std::memcpy(out, &value, sizeof(T));
}

template <typename T>
T LoadLittle(const void* in) {
  T value;
  std::memcpy(&value, in, sizeof(T));
  return value;
}

template <typename T>
void StoreBig(void* out, T value) {
  StoreLittle<T>(out, internal::SwapBytes(value));
}

template <typename T>
T LoadBig(const void* in) {
  return internal::SwapBytes(LoadLittle<T>(in));
}

}  // namespace millrace
