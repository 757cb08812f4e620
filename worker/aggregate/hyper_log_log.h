// About how many different values APPROX_COUNT_DISTINCT has seen, in at most 16 KiB: a part of a
// value's tail (accumulators.h), durable as it is.
//
// Few values are kept as a set or list of their hashes (distinct_set.h), counted exactly. More than
// kSparseValues become registers: uint32 0xffffffff, then 2^14 bytes, each the greatest rank (zeros
// before the first 1, plus 1, of the hash's upper 50 bits) among the hashes of its lower 14 bits.
// Standard error 0.8 %. The estimate is that of Otmar Ertl, "New cardinality estimation algorithms
// for HyperLogLog sketches" (2017), algorithm 6: without the tables of HyperLogLog++ that correct
// small counts, and without bias at any. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

class HyperLogLog {
 public:
  static constexpr int64_t kSparseValues = 512;

  // A part of `tail`: the bytes from `begin` on, `length` of them; 0: nothing was seen.
  HyperLogLog(std::string& tail, size_t begin, size_t length)
      : tail_(tail), begin_(begin), length_(length) {}

  // Adds what another part has seen, which must not lie in `tail`. May change length(), and what
  // lies behind it in the tail moves then.
  void Merge(std::string_view part);

  size_t length() const { return length_; }

  // Appends the hash of a value (HashKey) to a list, which is empty at first.
  static void AppendTo(std::string& list, uint64_t hash);

  static int64_t Estimate(std::string_view part);

 private:
  bool is_dense() const;
  void AddSparse(std::string_view part);
  void MakeDense();

  std::string& tail_;
  const size_t begin_;
  size_t length_;
};

}  // namespace millrace
