// "Did you mean": the known name that a mistyped one was probably meant to be. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// The candidate nearest to `name`, the first of several equally near ones; none if all are too far
// to be a slip of the hand. Case counts less than a letter; two letters swapped count as one slip.
std::optional<std::string> SimilarName(std::string_view name,
                                       const std::vector<std::string>& candidates);

// "did you mean 'clicks'?", or empty if nothing is near.
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace millrace
