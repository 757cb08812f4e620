#include "worker/aggregate/hyper_log_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "worker/aggregate/distinct_set.h"

namespace millrace {
namespace {

constexpr int kIndexBits = 14;
constexpr int kRankBits = 64 - kIndexBits;
constexpr size_t kRegisters = size_t{1} << kIndexBits;
constexpr uint32_t kDense = 0xffffffff;
constexpr size_t kDenseBytes = sizeof(uint32_t) + kRegisters;

uint64_t HashAt(std::string_view value) {
  uint64_t hash = 0;
  std::memcpy(&hash, value.data(), sizeof hash);
  return hash;
}

bool IsDense(std::string_view part) {
  uint32_t first = 0;
  if (part.size() < sizeof first) return false;
  std::memcpy(&first, part.data(), sizeof first);
  return first == kDense;
}

void Raise(char& kept, uint8_t rank) {
  kept = static_cast<char>(std::max(static_cast<uint8_t>(kept), rank));
}

void AddHash(char* registers, uint64_t hash) {
  const uint64_t rest = hash >> kIndexBits;
  const int rank = rest == 0 ? kRankBits + 1 : std::countl_zero(rest) - kIndexBits + 1;
  Raise(registers[hash & (kRegisters - 1)], static_cast<uint8_t>(rank));
}

// Ertl's sigma and tau: what registers that are still 0, and those at their end, stand for.
double Sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  for (double before = -1; before != z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; before != z;) {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

int64_t EstimateDense(const char* registers) {
  std::array<int, kRankBits + 2> counts{};
  for (size_t i = 0; i < kRegisters; ++i) {
    ++counts[std::min<size_t>(static_cast<uint8_t>(registers[i]), kRankBits + 1)];
  }
  constexpr auto kCount = static_cast<double>(kRegisters);
  double z = kCount * Tau(1 - counts[kRankBits + 1] / kCount);
  for (int rank = kRankBits; rank >= 1; --rank) z = (z + counts[rank]) * 0.5;
  z += kCount * Sigma(counts[0] / kCount);
  return std::llround(kCount * kCount / (2 * std::log(2.0) * z));
}

}  // namespace

bool HyperLogLog::is_dense() const {
  return IsDense(std::string_view(tail_).substr(begin_, length_));
}

void HyperLogLog::Merge(std::string_view part) {
  if (part.empty()) return;
  if (!is_dense() && IsDense(part)) MakeDense();
  if (!is_dense()) return AddSparse(part);
  char* const registers = tail_.data() + begin_ + sizeof(uint32_t);
  if (!IsDense(part)) {
    DistinctSet::ForEach(part, [&](std::string_view hash) { AddHash(registers, HashAt(hash)); });
    return;
  }
  const char* const others = part.data() + sizeof(uint32_t);
  for (size_t i = 0; i < kRegisters; ++i) Raise(registers[i], static_cast<uint8_t>(others[i]));
}

void HyperLogLog::AddSparse(std::string_view part) {
  DistinctSet set(tail_, begin_, length_);
  DistinctSet::ForEach(part, [&](std::string_view hash) { set.Insert(hash); });
  length_ = set.length();
  if (DistinctSet::Count(std::string_view(tail_).substr(begin_, length_)) > kSparseValues) {
    MakeDense();
  }
}

void HyperLogLog::MakeDense() {
  std::string dense(kDenseBytes, '\0');
  std::memcpy(dense.data(), &kDense, sizeof kDense);
  DistinctSet::ForEach(std::string_view(tail_).substr(begin_, length_), [&](std::string_view hash) {
    AddHash(dense.data() + sizeof kDense, HashAt(hash));
  });
  tail_.replace(begin_, length_, dense);
  length_ = dense.size();
}

void HyperLogLog::AppendTo(std::string& list, uint64_t hash) {
  DistinctSet::AppendTo(list, {reinterpret_cast<const char*>(&hash), sizeof hash});
}

int64_t HyperLogLog::Estimate(std::string_view part) {
  if (IsDense(part)) return EstimateDense(part.data() + sizeof(uint32_t));
  return DistinctSet::Count(part);
}

}  // namespace millrace
