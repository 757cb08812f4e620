#include "worker/aggregate/hyper_log_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "common/base/hash.h"

namespace millrace {
namespace {

uint64_t HashOf(int64_t value) {
  return HashKey({reinterpret_cast<const char*>(&value), sizeof value});
}

// What the values [first, last) bring in batches of 1000.
std::string Sketch(int64_t first, int64_t last) {
  std::string part;
  while (first < last) {
    std::string list;
    for (int i = 0; i < 1000 && first < last; ++i) HyperLogLog::AppendTo(list, HashOf(first++));
    HyperLogLog sketch(part, 0, part.size());
    sketch.Merge(list);
    EXPECT_EQ(sketch.length(), part.size());
  }
  return part;
}

TEST(HyperLogLogTest, NothingIsZeroAndFewValuesAreCountedExactly) {
  EXPECT_EQ(HyperLogLog::Estimate(""), 0);
  for (const int64_t values : {1, 2, 100, 512}) {
    EXPECT_EQ(HyperLogLog::Estimate(Sketch(0, values)), values);
  }
}

TEST(HyperLogLogTest, ManyValuesAreEstimatedWithinThreePercentInSixteenKilobytes) {
  for (const int64_t values : {513, 1000, 3000, 10'000, 40'000, 100'000, 1'000'000}) {
    const std::string part = Sketch(0, values);
    EXPECT_LE(part.size(), 16'388u);
    const auto estimate = static_cast<double>(HyperLogLog::Estimate(part));
    EXPECT_LT(std::abs(estimate / static_cast<double>(values) - 1), 0.03) << values;
  }
}

TEST(HyperLogLogTest, RepeatedValuesCountOnce) {
  std::string part = Sketch(0, 5000);
  const int64_t once = HyperLogLog::Estimate(part);
  HyperLogLog(part, 0, part.size()).Merge(Sketch(0, 5000));
  EXPECT_EQ(HyperLogLog::Estimate(part), once);
}

TEST(HyperLogLogTest, MergingIsTheSameInAnyOrderAndAnySize) {
  for (const auto& [a, b] : {std::pair{100, 5000}, {5000, 100}, {300, 300}, {4000, 6000}}) {
    const std::string whole = Sketch(0, a + b);
    std::string merged = Sketch(0, a);
    HyperLogLog(merged, 0, merged.size()).Merge(Sketch(a, a + b));
    EXPECT_EQ(HyperLogLog::Estimate(merged), HyperLogLog::Estimate(whole)) << a << " and " << b;
  }
}

TEST(HyperLogLogTest, WhatLiesAroundItInTheTailStaysAsItIs) {
  std::string tail = "before";
  size_t length = 0;
  tail += "behind";
  for (int64_t first = 0; first < 2000; first += 500) {
    std::string list;
    for (int64_t i = first; i < first + 500; ++i) HyperLogLog::AppendTo(list, HashOf(i));
    HyperLogLog sketch(tail, 6, length);
    sketch.Merge(list);
    length = sketch.length();
    EXPECT_EQ(tail.substr(0, 6), "before");
    EXPECT_EQ(tail.substr(6 + length), "behind");
  }
}

}  // namespace
}  // namespace millrace
