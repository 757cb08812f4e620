// How numbers look in a key: big-endian, in an order-preserving form, one form per value.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "common/base/byte_order.h"

namespace millrace::key_bits {

inline constexpr char kNull = 0;
inline constexpr char kValue = 1;

inline constexpr uint32_t kSign32 = uint32_t{1} << 31;
inline constexpr uint64_t kSign64 = uint64_t{1} << 63;

inline void Put8(char* out, int8_t value) { *out = static_cast<char>(value ^ 0x80); }
inline void Put16(char* out, int16_t value) {
  StoreBig<uint16_t>(out, static_cast<uint16_t>(value) ^ 0x8000u);
}
inline void Put32(char* out, int32_t value) {
  StoreBig<uint32_t>(out, static_cast<uint32_t>(value) ^ kSign32);
}
inline void Put64(char* out, int64_t value) {
  StoreBig<uint64_t>(out, static_cast<uint64_t>(value) ^ kSign64);
}
inline int8_t Get8(const char* in) { return static_cast<int8_t>(*in ^ 0x80); }
inline int16_t Get16(const char* in) {
  return static_cast<int16_t>(LoadBig<uint16_t>(in) ^ 0x8000u);
}
inline int32_t Get32(const char* in) {
  return static_cast<int32_t>(LoadBig<uint32_t>(in) ^ kSign32);
}
inline int64_t Get64(const char* in) {
  return static_cast<int64_t>(LoadBig<uint64_t>(in) ^ kSign64);
}

// -0.0 becomes 0.0, every NaN the one with the sign off and only the top fraction bit on.
template <typename Float>
Float Canonical(Float value) {
  if (std::isnan(value)) return std::numeric_limits<Float>::quiet_NaN();
  return value == 0 ? Float{0} : value;
}

// A negative number has all its bits flipped, another one its sign: bytes then sort as numbers do.
inline void PutFloat(char* out, float value) {
  const auto bits = std::bit_cast<uint32_t>(Canonical(value));
  StoreBig<uint32_t>(out, bits & kSign32 ? ~bits : bits | kSign32);
}
inline void PutDouble(char* out, double value) {
  const auto bits = std::bit_cast<uint64_t>(Canonical(value));
  StoreBig<uint64_t>(out, bits & kSign64 ? ~bits : bits | kSign64);
}
inline float GetFloat(const char* in) {
  const uint32_t bits = LoadBig<uint32_t>(in);
  return std::bit_cast<float>(bits & kSign32 ? bits & ~kSign32 : ~bits);
}
inline double GetDouble(const char* in) {
  const uint64_t bits = LoadBig<uint64_t>(in);
  return std::bit_cast<double>(bits & kSign64 ? bits & ~kSign64 : ~bits);
}

// `in`: the 16 little-endian bytes of an Arrow decimal.
inline void PutDecimal(char* out, const uint8_t* in) {
  for (int i = 0; i < 16; ++i) out[i] = static_cast<char>(in[15 - i]);
  out[0] = static_cast<char>(out[0] ^ 0x80);
}

}  // namespace millrace::key_bits
