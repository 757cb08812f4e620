#include "common/expr/json_path.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "common/base/absl_view.h"

namespace millrace {
namespace {

using Steps = std::vector<JsonPathStep>;

// Follows steps from a node and collects what they lead to.
class Walk {
 public:
  Walk(const JsonDocument& document, const Steps& steps, bool lax)
      : document_(document), steps_(steps), lax_(lax) {}

  // False if a strict path leads nowhere before its last step.
  bool Follow(int32_t node, size_t step) {
    if (step == steps_.size()) {
      found_.push_back(node);
      return true;
    }
    if (!steps_[step].deep) return Take(node, step);
    // The node, then everything in it.
    bool kept = !Fits(node, steps_[step]) || Take(node, step);
    for (const int32_t child : document_.Children(node)) kept = Follow(child, step) && kept;
    return kept;
  }

  std::vector<int32_t>& found() { return found_; }

 private:
  // Whether a step behind ".." may be tried on a node.
  bool Fits(int32_t node, const JsonPathStep& step) const {
    const JsonKind kind = document_.node(node).kind;
    if (step.kind == JsonPathStep::Kind::kMember) return kind == JsonKind::kObject;
    if (step.kind == JsonPathStep::Kind::kAll) return kind >= JsonKind::kArray;
    return kind == JsonKind::kArray;
  }

  bool Take(int32_t node, size_t at) {
    const JsonPathStep& step = steps_[at];
    const JsonKind kind = document_.node(node).kind;
    // A wrong kind of value is an error only while there is no choice of ways.
    const bool may_miss = lax_ || step.deep || !step.upstream;
    switch (step.kind) {
      case JsonPathStep::Kind::kMember: {
        if (kind != JsonKind::kObject) return may_miss;
        const int32_t member = document_.Member(node, step.name);
        if (member < 0) return may_miss || at + 1 == steps_.size();
        return Follow(member, at + 1);
      }
      case JsonPathStep::Kind::kAll:
        return FollowAll(document_.Children(node), at + 1);
      case JsonPathStep::Kind::kFilter:
        return TakeFiltered(node, at, may_miss);
      case JsonPathStep::Kind::kIndexes:
      case JsonPathStep::Kind::kSlice:
        break;
    }
    if (kind != JsonKind::kArray) return may_miss;
    return FollowAll(Elements(document_.Children(node), step), at + 1);
  }

  bool TakeFiltered(int32_t node, size_t at, bool may_miss) {
    const JsonKind kind = document_.node(node).kind;
    if (kind < JsonKind::kArray) return may_miss;
    std::vector<int32_t> candidates = {node};
    if (kind == JsonKind::kArray) candidates = document_.Children(node);
    std::vector<int32_t> accepted;
    for (const int32_t candidate : candidates) {
      if (Accepts(*steps_[at].filter, candidate)) accepted.push_back(candidate);
    }
    return FollowAll(accepted, at + 1);
  }

  bool FollowAll(const std::vector<int32_t>& nodes, size_t step) {
    bool kept = true;
    for (const int32_t node : nodes) kept = Follow(node, step) && kept;
    return kept;
  }

  static std::vector<int32_t> Elements(const std::vector<int32_t>& all, const JsonPathStep& step) {
    const auto size = static_cast<int64_t>(all.size());
    std::vector<int32_t> chosen;
    const auto choose = [&](int64_t index) {
      if (index >= 0 && index < size) chosen.push_back(all[index]);
    };
    if (step.kind == JsonPathStep::Kind::kIndexes) {
      for (const int64_t index : step.indexes) choose(index < 0 ? index + size : index);
      return chosen;
    }
    const auto from_end = [size](int64_t index) { return index < 0 ? index + size : index; };
    // With both bounds, negative ones do not count from the end.
    const bool both = step.has_from && step.has_to;
    const int64_t from = both ? step.from : step.has_from ? from_end(step.from) : 0;
    const int64_t to = both ? step.to : step.has_to ? from_end(step.to) : size;
    for (int64_t index = std::max<int64_t>(from, 0); index < std::min(to, size); ++index) {
      choose(index);
    }
    return chosen;
  }

  bool Accepts(const JsonFilter& filter, int32_t element) const {
    const auto accepts = [&](const auto& part) { return Accepts(*part, element); };
    switch (filter.kind) {
      case JsonFilter::Kind::kAnd:
        return std::all_of(filter.parts.begin(), filter.parts.end(), accepts);
      case JsonFilter::Kind::kOr:
        return std::any_of(filter.parts.begin(), filter.parts.end(), accepts);
      case JsonFilter::Kind::kNot:
        return !accepts(filter.parts[0]);
      case JsonFilter::Kind::kComparison:
        break;
    }
    const std::optional<JsonNode> left = ValueOf(filter.left, element);
    if (filter.comparison == JsonComparison::kExists) return left.has_value();
    return Compares(filter.comparison, left, ValueOf(filter.right, element));
  }

  // The one value of an operand; empty if its path leads nowhere or to several.
  std::optional<JsonNode> ValueOf(const JsonOperand& operand, int32_t element) const {
    if (!operand.path) return JsonNode{.kind = operand.kind, .text = operand.text};
    Walk walk(document_, operand.steps, /*lax=*/true);
    walk.Follow(operand.from_root ? JsonDocument::kRoot : element, 0);
    if (walk.found_.size() != 1) return std::nullopt;
    return document_.node(walk.found_[0]);
  }

  static double NumberOf(const JsonNode& node) {
    double number = 0;
    return absl::SimpleAtod(AbslView(node.text), &number) ? number : 0;
  }

  static bool Compares(JsonComparison comparison, const std::optional<JsonNode>& left,
                       const std::optional<JsonNode>& right) {
    const bool same_kind = left && right && left->kind == right->kind && left->IsScalar();
    if (!same_kind) return comparison == JsonComparison::kNotEqual;
    double order = 0;
    if (left->kind == JsonKind::kNumber) order = NumberOf(*left) - NumberOf(*right);
    if (left->kind == JsonKind::kString) order = left->text.compare(right->text);
    if (comparison == JsonComparison::kEqual) return order == 0;
    if (comparison == JsonComparison::kNotEqual) return order != 0;
    if (left->kind != JsonKind::kNumber && left->kind != JsonKind::kString) return false;
    switch (comparison) {
      case JsonComparison::kLess:
        return order < 0;
      case JsonComparison::kLessOrEqual:
        return order <= 0;
      case JsonComparison::kGreater:
        return order > 0;
      default:
        return order >= 0;
    }
  }

  const JsonDocument& document_;
  const Steps& steps_;
  const bool lax_;
  std::vector<int32_t> found_;
};

}  // namespace

JsonMatch JsonPath::Match(const JsonDocument& document) const {
  Walk walk(document, steps_, lax_);
  const bool kept = walk.Follow(JsonDocument::kRoot, 0);
  const auto nowhere = lax_ ? JsonMatch::Kind::kNothing : JsonMatch::Kind::kError;
  if (!kept || (definite_ && walk.found().empty())) return {.kind = nowhere, .nodes = {}};
  return {.kind = definite_ ? JsonMatch::Kind::kNode : JsonMatch::Kind::kList,
          .nodes = std::move(walk.found())};
}

}  // namespace millrace
