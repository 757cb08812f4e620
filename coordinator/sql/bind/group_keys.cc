#include "coordinator/sql/bind/group_keys.h"

#include <algorithm>
#include <array>
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
    for (const GroupingElement& element : select_.group_by) BindElement(element);
    if (wrong_) return std::nullopt;
    keys_.half_window = HalfWindow();
    return std::move(keys_);
  }

 private:
  void BindElement(const GroupingElement& element) {
    if (element.kind != GroupingKind::kExpression && element.kind != GroupingKind::kSet) {
      log_.NotBuilt(element.span, "GROUPING SETS, ROLLUP or CUBE");
      wrong_ = true;
      return;
    }
    for (const SqlExpressionPtr& expression : element.expressions) BindKey(*expression);
  }

  void BindKey(const SqlExpression& expression) {
    const auto* call = expression.As<FunctionCall>();
    if (call != nullptr) {
      if (const GroupWindowKind* window = FindGroupWindow(FunctionName(*call))) {
        BindGroupWindow(*window, *call, expression.span);
        return;
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
    if (key != nullptr) Add(std::move(key), std::move(name));
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

  void BindGroupWindow(const GroupWindowKind& kind, const FunctionCall& call, SourceSpan span) {
    wrong_ = true;  // Until it has turned out right.
    const auto& arguments = call.arguments;
    const bool complete =
        arguments.size() == kind.arguments &&
        std::all_of(arguments.begin(), arguments.end(),
                    [](const FunctionArgument& argument) { return argument.value != nullptr; });
    if (keys_.window.has_value() || !complete) {
      log_.Error(span, bind_code::kWrongWindow,
                 absl::StrCat("GROUP BY takes one window, ", kind.form));
      return;
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
    if (column == nullptr || !window.has_value()) return;
    if (column->kind() != ExpressionKind::kColumn ||
        !CanWindow(relation_.plan->roles[column->index()])) {
      ReportNoTimeAttribute(Unparse(time), time.span, log_);
      return;
    }
    window->time_column = column->index();
    window->processing_time = relation_.plan->roles[column->index()] == TimeRole::kProctime;
    const int first = relation_.plan->output.size();
    relation_.plan = MakeWindowTvf(relation_.plan, {.window = *window});
    for (int i = 0; i < 3; ++i) {
      Add(Expression::Column(first + i, relation_.plan->output.field(first + i).type),
          kWindowColumns[i]);
    }
    keys_.window = GroupWindow{.function = kind.name,
                               .arguments = ArgumentsText(call),
                               .first_column = first,
                               .processing_time = window->processing_time};
    wrong_ = false;
  }

  void Add(ExpressionPtr key, std::string name) {
    for (const ExpressionPtr& known : keys_.expressions) {
      if (SameExpression(known, key)) return;
    }
    if (name.empty()) name = absl::StrCat("$f", keys_.expressions.size());
    keys_.expressions.push_back(std::move(key));
    keys_.names.push_back(std::move(name));
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
