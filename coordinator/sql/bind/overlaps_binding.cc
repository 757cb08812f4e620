// (start, end) OVERLAPS (start, end), where an end may be an interval from its start: a part of
// ExpressionBinder. Periods that touch overlap, as in Flink, and their ends may come in any order.
#include <array>
#include <utility>

#include "coordinator/sql/bind/expression_binder.h"

namespace millrace {

ExpressionPtr ExpressionBinder::BindOverlaps(const BinaryExpression& overlaps, SourceSpan span) {
  struct Period {
    ExpressionPtr first;
    ExpressionPtr last;
  };
  std::array<Period, 2> periods;
  const std::array<const SqlExpression*, 2> sides = {overlaps.left.get(), overlaps.right.get()};
  for (size_t i = 0; i < sides.size(); ++i) {
    const auto* row = sides[i]->As<RowConstructor>();
    if (row == nullptr || row->items.size() != 2) {
      log().Error(sides[i]->span, bind_code::kWrongArguments,
                  "OVERLAPS takes two periods: (start, end) or (start, interval)");
      return nullptr;
    }
    auto bounds = BindAll({row->items[0].get(), row->items[1].get()});
    if (!bounds.has_value()) return nullptr;
    ExpressionPtr start = std::move(bounds->at(0));
    ExpressionPtr end = std::move(bounds->at(1));
    if (end->type().IsInterval()) end = Call("plus", {start, std::move(end)}, sides[i]->span);
    if (end == nullptr) return nullptr;
    ExpressionPtr in_order = Call("less_than_or_equal", {start, end}, sides[i]->span);
    if (in_order == nullptr) return nullptr;
    periods[i].first = Call("case", {in_order, start, end}, sides[i]->span);
    periods[i].last = Call("case", {in_order, end, start}, sides[i]->span);
    if (periods[i].first == nullptr || periods[i].last == nullptr) return nullptr;
  }
  const auto reaches = [&](const Period& a, const Period& b) {
    return Call("greater_than_or_equal", {a.last, b.first}, span);
  };
  ExpressionPtr left = reaches(periods[0], periods[1]);
  ExpressionPtr right = reaches(periods[1], periods[0]);
  if (left == nullptr || right == nullptr) return nullptr;
  return Bounded(Call("and", {std::move(left), std::move(right)}, span), span);
}

}  // namespace millrace
