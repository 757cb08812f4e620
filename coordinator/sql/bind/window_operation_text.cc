#include "coordinator/sql/bind/window_operation_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {

const char* JoinTypeText(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "InnerJoin";
    case JoinType::kLeft:
      return "LeftOuterJoin";
    case JoinType::kRight:
      return "RightOuterJoin";
    case JoinType::kFull:
      return "FullOuterJoin";
    case JoinType::kSemi:
      return "LeftSemiJoin";
    case JoinType::kAnti:
      return "LeftAntiJoin";
  }
  return "?";
}

std::string WindowJoinText(const LogicalWindowJoin& join, const Schema& left, const Schema& right) {
  std::vector<std::string> conditions;
  for (size_t i = 0; i < join.left.key_columns.size(); ++i) {
    conditions.push_back(absl::StrCat("(", left.field(join.left.key_columns[i]).name, " = ",
                                      right.field(join.right.key_columns[i]).name, ")"));
  }
  if (join.condition != nullptr) {
    std::vector<Field> both = left.fields();
    both.insert(both.end(), right.fields().begin(), right.fields().end());
    conditions.push_back(join.condition->ToString(Schema(std::move(both))));
  }
  return absl::StrCat("leftWindow=[", WindowText(join.left.window, left), "], rightWindow=[",
                      WindowText(join.right.window, right), "], joinType=[",
                      JoinTypeText(join.type), "]", conditions.empty() ? "" : ", where=[",
                      absl::StrJoin(conditions, " AND "), conditions.empty() ? "" : "]");
}

bool IsDeduplication(const WindowRankSpec& rank) {
  return rank.first == 1 && rank.last == 1 && rank.latest_first;
}

std::string OrderText(const std::vector<SortColumn>& order, const Schema& input) {
  return absl::StrJoin(order, ", ", [&](std::string* out, const SortColumn& sort) {
    // Where NULLs are is worth saying if it is not where they are by default.
    const bool by_default = sort.nulls_first != sort.descending;
    absl::StrAppend(out, input.field(sort.column).name, sort.descending ? " DESC" : " ASC",
                    by_default         ? ""
                    : sort.nulls_first ? " NULLS FIRST"
                                       : " NULLS LAST");
  });
}

std::string WindowRankText(const WindowRankSpec& rank, const Schema& input) {
  const std::string keys = absl::StrJoin(rank.key_columns, ", ", [&](std::string* out, int key) {
    absl::StrAppend(out, input.field(key).name);
  });
  const std::string window = absl::StrCat("window=[", WindowText(rank.window, input), "]");
  const std::string partition = absl::StrCat(", partitionBy=[", keys, "]");
  const std::string order = absl::StrCat(", orderBy=[", OrderText(rank.order, input), "]");
  if (IsDeduplication(rank)) return absl::StrCat(window, ", keep=[LastRow]", partition, order);
  return absl::StrCat(window, ", rankType=[ROW_NUMBER], rankRange=[rankStart=", rank.first,
                      ", rankEnd=", rank.last, "]", partition, order);
}

}  // namespace millrace
