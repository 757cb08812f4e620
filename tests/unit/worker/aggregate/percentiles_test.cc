#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "worker/aggregate/distinct_set.h"
#include "worker/aggregate/listed_results.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string List(const std::vector<std::pair<double, int64_t>>& values, bool with_weights) {
  std::string list;
  for (const auto& [value, weight] : values) {
    char bytes[16];
    StorePart<double>(bytes, value);
    StorePart<int64_t>(bytes + 8, weight);
    DistinctSet::AppendTo(list, {bytes, with_weights ? size_t{16} : size_t{8}});
  }
  return list;
}
std::string List(const std::vector<double>& values) {
  std::vector<std::pair<double, int64_t>> weighted;
  for (const double value : values) weighted.emplace_back(value, 1);
  return List(weighted, false);
}

// The expected numbers are Flink's, to the last digit.
TEST(PercentilesTest, LieBetweenTheValuesOnBothSides) {
  EXPECT_THAT(Percentiles({0.3}, List({7, 2})), ElementsAre(3.5000000000000004));
  EXPECT_THAT(Percentiles({0.3}, List({2, 5, 7})), ElementsAre(3.8000000000000003));
  EXPECT_THAT(Percentiles({0.3}, List({-3, 2, 5, 7})), ElementsAre(1.4999999999999996));
  EXPECT_THAT(Percentiles({0.3}, List({-3, 1, 2, 5, 7})), ElementsAre(1.2000000000000002));
  EXPECT_THAT(Percentiles({0.3}, List({1.25, 3.10})), ElementsAre(1.8050000000000002));
  EXPECT_THAT(Percentiles({0.25, 0.75}, List({1.5, -2.5})), ElementsAre(-1.5, 0.5));
}

TEST(PercentilesTest, TheEndsAreTheLeastAndTheGreatestValue) {
  EXPECT_THAT(Percentiles({0, 0.5, 1}, List({9, -4, 3})), ElementsAre(-4, 3, 9));
  EXPECT_THAT(Percentiles({0, 0.5, 1}, List({8})), ElementsAre(8, 8, 8));
}

TEST(PercentilesTest, AValueCountsAsOftenAsItsWeightSays) {
  EXPECT_THAT(Percentiles({0.1}, List({{2, 1}, {7, 3}}, true)), ElementsAre(3.5000000000000004));
  EXPECT_THAT(Percentiles({0.5}, List({{1, 1}, {2, 1'000'000}}, true)), ElementsAre(2));
}

TEST(PercentilesTest, WeightsBeyond64BitsInSumAreNoTrouble) {
  EXPECT_THAT(Percentiles({0, 0.25}, List({{1, INT64_MAX}, {2, INT64_MAX}}, true)),
              ElementsAre(1, 1));
}

TEST(PercentilesTest, NoValuesHaveNone) { EXPECT_THAT(Percentiles({0.5}, ""), IsEmpty()); }

}  // namespace
}  // namespace millrace
