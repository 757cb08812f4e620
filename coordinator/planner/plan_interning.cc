#include "coordinator/planner/plan_interning.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {
namespace {

// With the type of every value: the text for people leaves some out.
void AppendExactly(const Expression& expression, std::string& key) {
  switch (expression.kind()) {
    case ExpressionKind::kColumn:
      absl::StrAppend(&key, "$", expression.index());
      return;
    case ExpressionKind::kLiteral:
      absl::StrAppend(&key, expression.ToString());
      break;
    case ExpressionKind::kField:
    case ExpressionKind::kCall:
      absl::StrAppend(&key, expression.function(), "#", expression.index(), "(");
      for (const ExpressionPtr& argument : expression.arguments()) {
        AppendExactly(*argument, key);
        key += ',';
      }
      key += ')';
      break;
  }
  absl::StrAppend(&key, ":", expression.type().WithNullable(true).ToString());
}

void AppendCalls(const std::vector<AggregateCall>& calls, std::string& key) {
  for (const AggregateCall& call : calls) {
    absl::StrAppend(&key, ";", static_cast<int>(call.function), call.distinct ? " distinct " : " ",
                    call.argument.value_or(-1), " ", call.filter_column.value_or(-1),
                    call.keeps_nulls ? " nulls " : " ", call.weight.value_or(-1), " ",
                    call.separator.size(), "'", call.separator);
    for (const double percentage : call.percentages) {
      absl::StrAppendFormat(&key, ",%.17g", percentage);
    }
  }
}

std::string SideKey(const WindowJoinSpec::Side& side) {
  return absl::StrCat(side.window.start_column, " ", side.window.time_column, " ",
                      side.window.time_zone, " by ", absl::StrJoin(side.key_columns, ","));
}

std::string RankKey(const WindowRankSpec& rank) {
  std::string key = SideKey({.window = rank.window, .key_columns = rank.key_columns});
  for (const SortColumn& sort : rank.order) {
    absl::StrAppend(&key, ";", sort.column, sort.descending ? " desc " : " ", sort.nulls_first);
  }
  absl::StrAppend(&key, ";", rank.first, " ", rank.last, " ", rank.emits_rank, rank.latest_first);
  return key;
}

class Interner {
 public:
  LogicalPlan Intern(const LogicalPlan& plan) {
    std::vector<LogicalPlan> inputs;
    for (const LogicalPlan& input : plan->inputs) inputs.push_back(Intern(input));
    if (std::holds_alternative<LogicalSink>(plan->spec)) {
      return WithInputs(*plan, std::move(inputs));
    }
    std::string key = Key(*plan, inputs);
    const auto known = plans_.find(key);
    if (known != plans_.end()) return known->second;
    LogicalPlan interned = inputs == plan->inputs ? plan : WithInputs(*plan, std::move(inputs));
    ids_.emplace(interned.get(), static_cast<int>(ids_.size()));
    plans_.emplace(std::move(key), interned);
    return interned;
  }

 private:
  // What the node does, over which inputs. Inputs are interned, so their number says it all.
  std::string Key(const LogicalNode& node, const std::vector<LogicalPlan>& inputs) {
    std::string key;
    if (const auto* scan = std::get_if<LogicalScan>(&node.spec)) {
      key = absl::StrCat("scan ", reinterpret_cast<uintptr_t>(scan->table.get()), " ",
                         absl::StrJoin(scan->options, ";", absl::PairFormatter("=")));
    } else if (const auto* calc = std::get_if<LogicalCalc>(&node.spec)) {
      key = "calc ";
      AppendComputed(calc->condition, key);
      for (const ExpressionPtr& projection : calc->projections) AppendComputed(projection, key);
    } else if (const auto* aggregate = std::get_if<LogicalWindowAggregate>(&node.spec)) {
      key = absl::StrCat(aggregate->rows_of_extreme ? "extreme " : "window ",
                         WindowText(aggregate->window, node.input().output), " ",
                         aggregate->window.time_column, " ", aggregate->window.start_column, " by ",
                         absl::StrJoin(aggregate->keys, ","));
      AppendCalls(aggregate->calls, key);
    } else if (const auto* tvf = std::get_if<LogicalWindowTvf>(&node.spec)) {
      key = absl::StrCat("windows ", WindowText(tvf->window, node.input().output), " ",
                         tvf->window.time_column);
    } else if (const auto* rank = std::get_if<LogicalWindowRank>(&node.spec)) {
      key = absl::StrCat("rank ", RankKey(rank->rank));
    } else if (const auto* join = std::get_if<LogicalWindowJoin>(&node.spec)) {
      key = absl::StrCat("join ", static_cast<int>(join->type), " ", SideKey(join->left), " ",
                         SideKey(join->right), " ");
      AppendComputed(join->condition, key);
    } else if (const auto* group = std::get_if<LogicalAggregate>(&node.spec)) {
      key = absl::StrCat("group by ", absl::StrJoin(group->keys, ","));
      AppendCalls(group->calls, key);
    } else if (const auto* expand = std::get_if<LogicalExpand>(&node.spec)) {
      key = "expand";
      for (const ExpandSpec::Set& set : expand->sets) {
        absl::StrAppend(&key, ";", set.id, " ", absl::StrJoin(set.null_columns, ","));
      }
    } else {
      key = "union";
    }
    absl::StrAppend(&key, "|", node.output.ToString());
    for (const LogicalPlan& input : inputs) absl::StrAppend(&key, "|", ids_.at(input.get()));
    return key;
  }

  // Null: nothing. What changes each time is computed for every reader by itself.
  void AppendComputed(const ExpressionPtr& expression, std::string& key) {
    if (expression != nullptr) {
      AppendExactly(*expression, key);
      if (IsChanging(expression)) absl::StrAppend(&key, " no. ", ++changing_);
    }
    key += ';';
  }

  std::map<std::string, LogicalPlan> plans_;
  std::map<const LogicalNode*, int> ids_;
  int changing_ = 0;
};

void Count(const LogicalNode& node, std::map<const LogicalNode*, int>& readers) {
  for (const LogicalPlan& input : node.inputs) {
    // What is below a shared node is read by it once.
    if (++readers[input.get()] == 1) Count(*input, readers);
  }
}

}  // namespace

std::vector<LogicalPlan> InternPlans(const std::vector<LogicalPlan>& sinks) {
  Interner interner;
  std::vector<LogicalPlan> interned;
  for (const LogicalPlan& sink : sinks) interned.push_back(interner.Intern(sink));
  return interned;
}

std::map<const LogicalNode*, int> CountReaders(const std::vector<LogicalPlan>& sinks) {
  std::map<const LogicalNode*, int> readers;
  for (const LogicalPlan& sink : sinks) Count(*sink, readers);
  return readers;
}

}  // namespace millrace
