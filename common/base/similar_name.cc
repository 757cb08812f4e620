#include "common/base/similar_name.h"

#include <algorithm>
#include <cctype>

namespace millrace {
namespace {

// In half slips: a wrong case is one, every other edit two.
constexpr int kSlip = 2;

int SubstitutionCost(char a, char b) {
  if (a == b) return 0;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b) ? 1 : kSlip;
}

// The optimal string alignment distance, in half slips.
int Distance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<int> cells((a.size() + 1) * width);
  const auto at = [&](size_t i, size_t j) -> int& { return cells[i * width + j]; };
  for (size_t i = 0; i <= a.size(); ++i) at(i, 0) = static_cast<int>(i) * kSlip;
  for (size_t j = 0; j <= b.size(); ++j) at(0, j) = static_cast<int>(j) * kSlip;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      int best = std::min({at(i - 1, j) + kSlip, at(i, j - 1) + kSlip,
                           at(i - 1, j - 1) + SubstitutionCost(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, at(i - 2, j - 2) + kSlip);
      }
      at(i, j) = best;
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::optional<std::string> SimilarName(std::string_view name,
                                       const std::vector<std::string>& candidates) {
  std::optional<std::string> nearest;
  int nearest_distance = 0;
  for (const std::string& candidate : candidates) {
    // A third of the letters may be wrong, but no more than three; a wrong case alone always
    // qualifies.
    const int letters = static_cast<int>(std::max(name.size(), candidate.size()));
    const int limit = std::min(letters * kSlip / 3, 3 * kSlip);
    const int lengths = static_cast<int>(std::min(name.size(), candidate.size()));
    if ((letters - lengths) * kSlip > limit) continue;
    const int distance = Distance(name, candidate);
    const bool same_letters =
        letters == lengths && distance <= letters &&
        std::equal(name.begin(), name.end(), candidate.begin(),
                   [](char a, char b) { return SubstitutionCost(a, b) <= 1; });
    if (distance > limit && !same_letters) continue;
    if (!nearest.has_value() || distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::optional<std::string> similar = SimilarName(name, candidates);
  return similar.has_value() ? "did you mean '" + *similar + "'?" : "";
}

}  // namespace millrace
