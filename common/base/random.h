// Randomness as an argument: a seeded splitmix64 stream (Steele, Lea, Flood: "Fast splittable
// pseudorandom number generators", 2014). Same seed, same numbers, on every platform. Not for
// secrets. Not thread-safe.
#pragma once

#include <cstdint>

namespace millrace {

class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  // Where the stream stands: Random(state()) goes on from here.
  constexpr uint64_t state() const { return state_; }

  // Uniform in [0, bound). REQUIRES: bound > 0.
  constexpr uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32);
  }

  // Uniform in [0, 1).
  constexpr double Unit() { return static_cast<double>(Next() >> 11) * (1.0 / 9007199254740992.0); }

 private:
  uint64_t state_;
};

// A seed from the operating system, for the ids of jobs and attempts.
uint64_t SystemSeed();

}  // namespace millrace
