#include "worker/operator/calc/leaf_columns.h"

#include <map>
#include <utility>

namespace millrace {
namespace {

// The column and the fields below it that an expression names; empty if it is no such path.
using Path = std::vector<int>;

Path PathOf(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kColumn) return {expression.index()};
  if (expression.kind() != ExpressionKind::kField) return {};
  Path path = PathOf(*expression.arguments()[0]);
  if (!path.empty()) path.push_back(expression.index());
  return path;
}

class Splitter {
 public:
  void CollectPaths(const Expression& expression) {
    const Path path = PathOf(expression);
    if (!path.empty()) {
      leaves_.emplace(path, Leaf{});
      return;
    }
    for (const ExpressionPtr& argument : expression.arguments()) CollectPaths(*argument);
  }

  // A field of a row that is read as a whole comes with it.
  void DropCovered() {
    std::erase_if(leaves_, [this](const auto& leaf) {
      const Path& path = leaf.first;
      for (size_t size = 1; size < path.size(); ++size) {
        if (leaves_.contains(Path(path.begin(), path.begin() + static_cast<int64_t>(size)))) {
          return true;
        }
      }
      return false;
    });
  }

  ExpressionPtr Rewrite(const ExpressionPtr& expression) {
    if (const auto leaf = leaves_.find(PathOf(*expression)); leaf != leaves_.end()) {
      return Expression::Column(IndexOf(leaf->second, expression), expression->type());
    }
    if (expression->kind() == ExpressionKind::kLiteral) return expression;
    std::vector<ExpressionPtr> arguments;
    for (const ExpressionPtr& argument : expression->arguments()) {
      arguments.push_back(Rewrite(argument));
    }
    if (expression->kind() == ExpressionKind::kField) {
      return Expression::Field(std::move(arguments[0]), expression->index());
    }
    return Expression::Call(expression->function(), std::move(arguments), expression->type());
  }

  std::vector<ExpressionPtr> leaf_expressions() const { return leaf_expressions_; }

 private:
  struct Leaf {
    int index = -1;  // -1: not met yet.
  };

  // Leaves are numbered in the order in which the expressions read them.
  int IndexOf(Leaf& leaf, const ExpressionPtr& expression) {
    if (leaf.index < 0) {
      leaf.index = static_cast<int>(leaf_expressions_.size());
      leaf_expressions_.push_back(expression);
    }
    return leaf.index;
  }

  std::map<Path, Leaf> leaves_;
  std::vector<ExpressionPtr> leaf_expressions_;
};

}  // namespace

LeafColumns SplitLeaves(const std::vector<ExpressionPtr>& expressions, const Schema& input) {
  Splitter splitter;
  for (const ExpressionPtr& expression : expressions) splitter.CollectPaths(*expression);
  splitter.DropCovered();
  LeafColumns result;
  for (const ExpressionPtr& expression : expressions) {
    result.rewritten.push_back(splitter.Rewrite(expression));
  }
  result.leaves = splitter.leaf_expressions();
  std::vector<Field> fields;
  for (const ExpressionPtr& leaf : result.leaves) {
    fields.push_back({.name = leaf->ToString(input), .type = leaf->type()});
  }
  result.schema = Schema(std::move(fields));
  return result;
}

}  // namespace millrace
