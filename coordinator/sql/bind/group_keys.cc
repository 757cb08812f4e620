#include "coordinator/sql/bind/group_keys.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"
#include "coordinator/sql/bind/window_interval.h"
#include "coordinator/sql/parse/unparser.h"

namespace millrace {
namespace {

constexpr std::array<const char*, 3> kWindowColumns = {"window_start", "window_end", "window_time"};
// Of a window W: W_START, W_END, W_ROWTIME; of one of processing time W_PROCTIME instead.
constexpr std::array<const char*, 3> kWindowProperties = {"_START", "_END", "_ROWTIME"};
constexpr std::array<const char*, 3> kProctimeProperties = {"_START", "_END", "_PROCTIME"};

std::string ArgumentsText(const FunctionCall& call) {
  std::string text;
  for (const FunctionArgument& argument : call.arguments) {
    absl::StrAppend(&text, argument.value == nullptr ? "" : Unparse(*argument.value), ", ");
  }
  return text;
}

struct GroupWindowKind {
  const char* name;
  WindowKind kind;
  size_t arguments;
  const char* form;
};

constexpr std::array<GroupWindowKind, 3> kGroupWindows = {
    {{"TUMBLE", WindowKind::kTumble, 2, "TUMBLE(time, size)"},
     {"HOP", WindowKind::kHop, 3, "HOP(time, slide, size)"},
     {"SESSION", WindowKind::kSession, 2, "SESSION(time, gap)"}}};

const GroupWindowKind* FindGroupWindow(std::string_view function) {
  for (const GroupWindowKind& window : kGroupWindows) {
    if (window.name == function) return &window;
  }
  return nullptr;
}

class GroupKeyBinder {
 public:
  GroupKeyBinder(const SelectQuery& select, Relation& relation, DiagnosticLog& log)
      : select_(select), relation_(relation), log_(log) {}

  std::optional<GroupKeys> Bind() && {
    Sets sets = {{}};
    for (const GroupingElement& element : select_.group_by) {
      sets = Product(sets, BindElement(element));
      if (sets.size() > kMostSets) {
        ReportTooMany(element.span);
        return std::nullopt;
      }
    }
    if (wrong_) return std::nullopt;
    keys_.half_window = HalfWindow();
    AddSets(sets);
    if (wrong_) return std::nullopt;
    return std::move(keys_);
  }

 private:
  using Set = std::set<int>;  // Of keys.
  using Sets = std::vector<Set>;

  static constexpr size_t kMostSets = 256;
  static constexpr size_t kMostKeys = 50;  // Of the bits of an id.

  // Every set of one with every set of the other.
  static Sets Product(const Sets& a, const Sets& b) {
    Sets product;
    for (const Set& left : a) {
      for (const Set& right : b) {
        product.push_back(left);
        product.back().insert(right.begin(), right.end());
        if (product.size() > kMostSets) return product;
      }
    }
    return product;
  }

  // Ends behind kMostSets: the rest would only take memory.
  Sets BindElement(const GroupingElement& element) {
    switch (element.kind) {
      case GroupingKind::kExpression:
      case GroupingKind::kSet:
        return {BindSet(element)};
      case GroupingKind::kRollup: {
        Sets sets = {{}};
        for (const GroupingElement& part : element.elements) {
          sets.push_back(sets.back());
          sets.back().merge(BindSet(part));
          if (sets.size() > kMostSets) break;
        }
        return {sets.rbegin(), sets.rend()};
      }
      case GroupingKind::kCube: {
        Sets sets = {{}};
        for (const GroupingElement& part : element.elements) {
          sets = Product(sets, {BindSet(part), {}});
        }
        return sets;
      }
      case GroupingKind::kGroupingSets: {
        Sets all;
        for (const GroupingElement& part : element.elements) {
          const Sets sets = BindElement(part);
          all.insert(all.end(), sets.begin(), sets.end());
          if (all.size() > kMostSets) break;
        }
        return all;
      }
    }
    return {};
  }

  Set BindSet(const GroupingElement& element) {
    Set set;
    for (const SqlExpressionPtr& expression : element.expressions) set.merge(BindKey(*expression));
    return set;
  }

  void ReportTooMany(SourceSpan span) {
    log_.Error(span, bind_code::kTooLarge,
               absl::StrCat("GROUP BY stands for more than ", kMostSets, " sets of keys"),
               "name the ones that are needed with GROUPING SETS");
  }

  void AddSets(const Sets& sets) {
    const size_t key_count = keys_.expressions.size();
    if (sets.size() == 1 && sets.front().size() == key_count) return;
    if (key_count > kMostKeys) {
      wrong_ = true;
      log_.Error(select_.group_by.front().span, bind_code::kTooLarge,
                 absl::StrCat("GROUPING SETS, ROLLUP and CUBE take at most ", kMostKeys, " keys"));
      return;
    }
    std::map<int64_t, int64_t> repeats;
    for (const Set& set : sets) {
      GroupingSet& added = keys_.sets.emplace_back();
      for (size_t key = 0; key < key_count; ++key) {
        added.has.push_back(set.count(static_cast<int>(key)) > 0);
        added.id = added.id * 2 + (added.has.back() ? 0 : 1);
      }
      added.id += repeats[added.id]++ << key_count;
    }
  }

  // The keys that an expression stands for: a window has several.
  Set BindKey(const SqlExpression& expression) {
    const auto* call = expression.As<FunctionCall>();
    if (call != nullptr) {
      if (const GroupWindowKind* window = FindGroupWindow(FunctionName(*call))) {
        return BindGroupWindow(*window, *call, expression.span);
      }
    }
    const SqlExpression* meant = &expression;
    std::string name;
    if (const SelectItem* item = SelectedAs(expression)) {
      meant = item->expression.get();
      if (item->alias.has_value()) name = item->alias->name;
    }
    if (name.empty() && meant->As<ColumnReference>() != nullptr) {
      name = meant->As<ColumnReference>()->path.back().name;
    }
    ExpressionPtr key =
        ExpressionBinder({.scope = &relation_.scope, .log = &log_, .clause = "GROUP BY"})
            .Bind(*meant);
    wrong_ = wrong_ || key == nullptr;
    if (key == nullptr) return {};
    return {Add(std::move(key), std::move(name))};
  }

  // The item of the SELECT list that a number or an alias stands for.
  const SelectItem* SelectedAs(const SqlExpression& expression) {
    if (const auto* literal = expression.As<LiteralValue>()) {
      size_t place = 0;
      if (literal->kind != LiteralKind::kInteger || !absl::SimpleAtoi(literal->text, &place) ||
          place < 1 || place > select_.items.size() ||
          select_.items[place - 1].expression == nullptr) {
        log_.Error(expression.span, bind_code::kWrongGroupBy,
                   "GROUP BY takes columns, expressions, or the number of an item of SELECT");
        wrong_ = true;
        return nullptr;
      }
      return &select_.items[place - 1];
    }
    const auto* column = expression.As<ColumnReference>();
    if (column == nullptr || column->path.size() != 1) return nullptr;
    const std::string& name = column->path.front().name;
    const auto& columns = relation_.scope.columns();
    const bool in_from = std::any_of(columns.begin(), columns.end(),
                                     [&](const ScopeColumn& c) { return c.name == name; });
    if (in_from) return nullptr;
    for (const SelectItem& item : select_.items) {
      if (item.alias.has_value() && item.alias->name == name) return &item;
    }
    return nullptr;
  }

  Set BindGroupWindow(const GroupWindowKind& kind, const FunctionCall& call, SourceSpan span) {
    const bool was_wrong = std::exchange(wrong_, true);  // Until it has turned out right.
    const auto& arguments = call.arguments;
    const bool complete =
        arguments.size() == kind.arguments &&
        std::all_of(arguments.begin(), arguments.end(),
                    [](const FunctionArgument& argument) { return argument.value != nullptr; });
    if (keys_.window.has_value() || !complete) {
      log_.Error(span, bind_code::kWrongWindow,
                 absl::StrCat("GROUP BY takes one window, ", kind.form));
      return {};
    }
    const SqlExpression& time = *arguments[0].value;
    const ExpressionPtr column =
        ExpressionBinder({.scope = &relation_.scope, .log = &log_, .clause = kind.name}).Bind(time);
    const bool slides = kind.kind == WindowKind::kHop;
    std::optional<WindowSpec> window =
        BindWindowIntervals({.kind = kind.kind,
                             .size = arguments.back().value.get(),
                             .slide = slides ? arguments[1].value.get() : nullptr,
                             .divides = false},
                            log_);
    if (column == nullptr || !window.has_value()) return {};
    if (column->kind() != ExpressionKind::kColumn ||
        !CanWindow(relation_.plan->roles[column->index()])) {
      ReportNoTimeAttribute(Unparse(time), time.span, log_);
      return {};
    }
    window->time_column = column->index();
    window->processing_time = relation_.plan->roles[column->index()] == TimeRole::kProctime;
    const int first = relation_.plan->output.size();
    relation_.plan = MakeWindowTvf(relation_.plan, {.window = *window});
    Set keys;
    for (int i = 0; i < 3; ++i) {
      keys.insert(Add(Expression::Column(first + i, relation_.plan->output.field(first + i).type),
                      kWindowColumns[i]));
    }
    keys_.window = GroupWindow{.function = kind.name,
                               .arguments = ArgumentsText(call),
                               .first_column = first,
                               .processing_time = window->processing_time};
    wrong_ = was_wrong;
    return keys;
  }

  // The number of the key.
  int Add(ExpressionPtr key, std::string name) {
    const auto count = static_cast<int>(keys_.expressions.size());
    for (int i = 0; i < count; ++i) {
      if (SameExpression(keys_.expressions[i], key)) return i;
    }
    if (name.empty()) name = absl::StrCat("$f", keys_.expressions.size());
    keys_.expressions.push_back(std::move(key));
    keys_.names.push_back(std::move(name));
    return count;
  }

  std::string HalfWindow() const {
    bool start = false;
    bool end = false;
    for (const ExpressionPtr& key : keys_.expressions) {
      if (key->kind() != ExpressionKind::kColumn) continue;
      const TimeRole role = relation_.plan->roles[key->index()];
      start = start || role == TimeRole::kWindowStart || role == TimeRole::kProctimeWindowStart;
      end = end || role == TimeRole::kWindowEnd || role == TimeRole::kProctimeWindowEnd;
    }
    if (start == end) return "";
    return absl::StrCat("GROUP BY ", start ? "window_start" : "window_end", " without ",
                        start ? "window_end" : "window_start");
  }

  const SelectQuery& select_;
  Relation& relation_;
  DiagnosticLog& log_;
  GroupKeys keys_;
  bool wrong_ = false;
};

}  // namespace

std::optional<GroupKeys> BindGroupKeys(const SelectQuery& select, Relation& relation,
                                       DiagnosticLog& log) {
  return GroupKeyBinder(select, relation, log).Bind();
}

bool GroupKeys::may_be_null(int key) const {
  return std::any_of(sets.begin(), sets.end(), [key](const GroupingSet& s) { return !s.has[key]; });
}

ExpressionPtr BindGroupingFunction(const SqlExpression& expression, const GroupKeys& keys,
                                   const ExpressionContext& context, ExpressionPtr set_id) {
  const auto& call = *expression.As<FunctionCall>();
  const std::string name = FunctionName(call);
  const bool of_repeats = name == "GROUP_ID";
  if (call.star || call.distinct || call.arguments.empty() != of_repeats ||
      call.arguments.size() > 60) {
    context.log->Error(
        expression.span, bind_code::kWrongArguments,
        absl::StrCat(name, of_repeats ? " takes no arguments" : " takes keys of GROUP BY"));
    return nullptr;
  }
  std::vector<int> places;
  for (const FunctionArgument& argument : call.arguments) {
    const ExpressionPtr key =
        argument.value == nullptr ? nullptr : ExpressionBinder(context).Bind(*argument.value);
    if (key == nullptr) return nullptr;
    const auto found =
        std::find_if(keys.expressions.begin(), keys.expressions.end(),
                     [&](const ExpressionPtr& known) { return SameExpression(known, key); });
    if (found == keys.expressions.end()) {
      context.log->Error(argument.value->span, bind_code::kNotGrouped,
                         absl::StrCat("an argument of ", name, " must be a key of GROUP BY"));
      return nullptr;
    }
    places.push_back(static_cast<int>(found - keys.expressions.begin()));
  }
  std::vector<ExpressionPtr> branches;
  for (const GroupingSet& set : keys.sets) {
    int64_t value = of_repeats ? set.id >> keys.expressions.size() : 0;
    for (const int place : places) value = value * 2 + (set.has[place] ? 0 : 1);
    branches.push_back(Expression::Call("equals", {set_id, Expression::BigInt(set.id)},
                                        DataType::Boolean().WithNullable(false)));
    branches.push_back(Expression::BigInt(value));
  }
  if (branches.empty()) return Expression::BigInt(0);
  branches.erase(branches.end() - 2);  // The last one is the only one that is left.
  if (branches.size() == 1) return branches.front();
  return Expression::Call("case", std::move(branches), DataType::BigInt().WithNullable(false));
}

std::optional<ExpressionPtr> BindWindowProperty(const SqlExpression& expression,
                                                const GroupKeys& keys, const LogicalNode& input,
                                                DiagnosticLog& log) {
  const auto& call = *expression.As<FunctionCall>();
  const std::string name = FunctionName(call);
  const size_t prefix = std::min(name.find('_'), name.size());
  const std::string function = name.substr(0, prefix);
  if (FindGroupWindow(function) == nullptr) return std::nullopt;
  const std::string suffix = name.substr(prefix);
  const bool proctime = keys.window.has_value() && keys.window->processing_time;
  const auto& properties = proctime ? kProctimeProperties : kWindowProperties;
  const auto property = std::find(properties.begin(), properties.end(), suffix);
  if (suffix == (proctime ? "_ROWTIME" : "_PROCTIME")) {
    log.Error(expression.span, bind_code::kWrongWindow,
              absl::StrCat(name, " goes with a window of ", proctime ? "event" : "processing",
                           " time, this one is of ", proctime ? "processing" : "event", " time"),
              absl::StrCat("write ", function, properties[2]));
    return ExpressionPtr();
  }
  if (property == properties.end()) return std::nullopt;
  if (!keys.window.has_value() || keys.window->function != function ||
      keys.window->arguments != ArgumentsText(call)) {
    log.Error(expression.span, bind_code::kWrongWindow,
              absl::StrCat(name, " must repeat the arguments of ", function, " in GROUP BY"));
    return ExpressionPtr();
  }
  const int column = keys.window->first_column + static_cast<int>(property - properties.begin());
  return Expression::Column(column, input.output.field(column).type);
}

}  // namespace millrace
