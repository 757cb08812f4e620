// TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), INTERVAL '1' MINUTE)) and its sisters HOP, CUMULATE and
// SESSION: windows over a time attribute.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/bind/window_interval.h"

namespace millrace {
namespace {

enum Argument : size_t { kData, kTimeColumn, kSize, kSlide, kOffset, kCount };
using Arguments = std::array<SqlExpressionPtr, kCount>;

struct Parameter {
  Argument argument = kData;
  const char* name = "";
};

// A window table function: its parameters in the order of the positional form.
struct WindowFunction {
  const char* name;
  WindowKind kind;
  std::vector<Parameter> parameters;
  size_t needed;  // So many; the others may be left out.
  const char* form;
};

const std::vector<WindowFunction>& WindowFunctions() {
  static const auto& functions = *new std::vector<WindowFunction>{
      {"TUMBLE",
       WindowKind::kTumble,
       {{kData, "DATA"}, {kTimeColumn, "TIMECOL"}, {kSize, "SIZE"}, {kOffset, "OFFSET"}},
       3,
       "write TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL '1' MINUTE)"},
      {"HOP",
       WindowKind::kHop,
       {{kData, "DATA"},
        {kTimeColumn, "TIMECOL"},
        {kSlide, "SLIDE"},
        {kSize, "SIZE"},
        {kOffset, "OFFSET"}},
       4,
       "write HOP(TABLE t, DESCRIPTOR(time_column), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): the "
       "slide, then the size"},
      {"CUMULATE",
       WindowKind::kCumulate,
       {{kData, "DATA"},
        {kTimeColumn, "TIMECOL"},
        {kSlide, "STEP"},
        {kSize, "SIZE"},
        {kOffset, "OFFSET"}},
       4,
       "write CUMULATE(TABLE t, DESCRIPTOR(time_column), INTERVAL '1' MINUTE, INTERVAL '1' HOUR): "
       "the step, then the size"},
      {"SESSION",
       WindowKind::kSession,
       {{kData, "DATA"}, {kTimeColumn, "TIMECOL"}, {kSize, "GAP"}},
       3,
       "write SESSION(TABLE t PARTITION BY key, DESCRIPTOR(time_column), INTERVAL '1' MINUTE)"}};
  return functions;
}

const WindowFunction* FindWindowFunction(std::string_view name) {
  for (const WindowFunction& function : WindowFunctions()) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

class WindowFunctionBinder {
 public:
  WindowFunctionBinder(const WindowFunction& function, const FunctionCall& call, SourceSpan span,
                       QueryContext& context)
      : function_(function), call_(call), span_(span), context_(context) {}

  std::optional<Relation> Bind() {
    const std::optional<Arguments> arguments = Sort();
    if (!arguments.has_value()) return std::nullopt;
    std::optional<Relation> input = BindData(*(*arguments)[kData]);
    std::optional<WindowSpec> window = BindWindowIntervals({.kind = function_.kind,
                                                            .size = (*arguments)[kSize].get(),
                                                            .slide = (*arguments)[kSlide].get(),
                                                            .offset = (*arguments)[kOffset].get()},
                                                           context_.log);
    if (!input.has_value()) return std::nullopt;
    const std::optional<int> time = BindTimeColumn(*(*arguments)[kTimeColumn], *input);
    std::optional<std::vector<int>> partition = BindPartition(*(*arguments)[kData], *input);
    if (!time.has_value() || !window.has_value() || !partition.has_value()) return std::nullopt;

    window->time_column = *time;
    window->processing_time = input->plan->roles[*time] == TimeRole::kProctime;
    LogicalWindowTvf tvf{.window = *window};
    if (function_.kind == WindowKind::kSession) tvf.session_keys = std::move(partition);
    Relation relation;
    relation.plan = MakeWindowTvf(input->plan, std::move(tvf));
    relation.scope.Add({}, relation.plan->output);
    return relation;
  }

 private:
  std::optional<Arguments> Sort() {
    Arguments sorted;
    const std::vector<Parameter>& parameters = function_.parameters;
    for (size_t i = 0; i < call_.arguments.size(); ++i) {
      const FunctionArgument& argument = call_.arguments[i];
      auto parameter = parameters.begin() + static_cast<int64_t>(std::min(i, parameters.size()));
      if (argument.name.has_value()) {
        const std::string name = absl::AsciiStrToUpper(argument.name->name);
        parameter = std::find_if(parameters.begin(), parameters.end(),
                                 [&](const Parameter& p) { return name == p.name; });
      }
      if (parameter == parameters.end() || argument.value == nullptr ||
          sorted[parameter->argument] != nullptr) {
        return Wrong(argument.value == nullptr ? span_ : argument.value->span,
                     absl::StrCat(function_.name, " takes no such argument"));
      }
      sorted[parameter->argument] = argument.value;
    }
    for (size_t i = 0; i < function_.needed; ++i) {
      if (sorted[parameters[i].argument] != nullptr) continue;
      return Wrong(span_, absl::StrCat("the argument ", parameters[i].name, " of ", function_.name,
                                       " is missing"));
    }
    return sorted;
  }

  std::optional<Relation> BindData(const SqlExpression& argument) {
    if (const auto* query = argument.As<SubqueryExpression>()) return BindSubquery(*query->query);
    const auto* table = argument.As<TableArgument>();
    if (table == nullptr) {
      return Wrong(argument.span,
                   absl::StrCat("the first argument of ", function_.name, " must be a table"));
    }
    const bool session = function_.kind == WindowKind::kSession;
    if ((!session && !table->partition_by.empty()) || !table->order_by.empty()) {
      return Wrong(argument.span,
                   absl::StrCat("the table of ", function_.name, " has no ",
                                session ? "ORDER BY" : "PARTITION BY and no ORDER BY"));
    }
    if (table->query != nullptr) return BindSubquery(*table->query);
    return BindNamedTable(table->table, {}, context_);
  }

  std::optional<Relation> BindSubquery(const QueryExpression& query) {
    Relation relation{.plan = BindQuery(query, context_)};
    if (relation.plan == nullptr) return std::nullopt;
    relation.scope.Add({}, relation.plan->output);
    return relation;
  }

  std::optional<int> BindTimeColumn(const SqlExpression& argument, const Relation& input) {
    const auto* descriptor = argument.As<DescriptorArgument>();
    if (descriptor == nullptr || descriptor->columns.size() != 1) {
      return Wrong(argument.span, absl::StrCat("the second argument of ", function_.name,
                                               " must be DESCRIPTOR with one column"));
    }
    const Identifier& column = descriptor->columns.front();
    const ExpressionPtr reference = input.scope.Resolve({column}, context_.log);
    if (reference == nullptr) return std::nullopt;
    if (reference->kind() != ExpressionKind::kColumn ||
        !CanWindow(input.plan->roles[reference->index()])) {
      ReportNoTimeAttribute(column.name, column.span, context_.log);
      return std::nullopt;
    }
    return reference->index();
  }

  // PARTITION BY of a SESSION: the columns, each once.
  std::optional<std::vector<int>> BindPartition(const SqlExpression& argument,
                                                const Relation& input) {
    std::vector<int> columns;
    const auto* table = argument.As<TableArgument>();
    if (table == nullptr) return columns;
    for (const SqlExpressionPtr& expression : table->partition_by) {
      const ExpressionPtr key =
          ExpressionBinder({.scope = &input.scope, .log = &context_.log, .clause = "PARTITION BY"})
              .Bind(*expression);
      if (key == nullptr) return std::nullopt;
      if (key->kind() != ExpressionKind::kColumn) {
        return Wrong(expression->span, "PARTITION BY of SESSION takes columns");
      }
      if (std::find(columns.begin(), columns.end(), key->index()) == columns.end()) {
        columns.push_back(key->index());
      }
    }
    return columns;
  }

  std::nullopt_t Wrong(SourceSpan span, std::string message) {
    context_.log.Error(span, bind_code::kWrongWindow, std::move(message), function_.form);
    return std::nullopt;
  }

  const WindowFunction& function_;
  const FunctionCall& call_;
  const SourceSpan span_;
  QueryContext& context_;
};

}  // namespace

bool IsWindowFunction(std::string_view name) { return FindWindowFunction(name) != nullptr; }

std::optional<Relation> BindWindowFunction(const FunctionCall& call, SourceSpan span,
                                           QueryContext& context) {
  const std::string name = absl::AsciiStrToUpper(call.name.parts.back().name);
  return WindowFunctionBinder(*FindWindowFunction(name), call, span, context).Bind();
}

}  // namespace millrace
