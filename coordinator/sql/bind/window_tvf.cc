// TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), INTERVAL '1' MINUTE)): windows over a time attribute.
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/bind/window_interval.h"

namespace millrace {
namespace {

constexpr const char* kForm = "write TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL '1' MINUTE)";

// The arguments of TUMBLE by their names, in the order of the positional form.
constexpr std::array<const char*, 4> kNames = {"DATA", "TIMECOL", "SIZE", "OFFSET"};
enum Argument : size_t { kData, kTimeColumn, kSize, kOffset, kCount };
using Arguments = std::array<SqlExpressionPtr, kCount>;

class TumbleBinder {
 public:
  TumbleBinder(const FunctionCall& call, SourceSpan span, QueryContext& context)
      : call_(call), span_(span), context_(context) {}

  std::optional<Relation> Bind() {
    const std::optional<Arguments> arguments = Sort();
    if (!arguments.has_value()) return std::nullopt;
    std::optional<Relation> input = BindData(*(*arguments)[kData]);
    const SqlExpression* offset = (*arguments)[kOffset].get();
    const std::optional<WindowIntervals> intervals =
        BindWindowIntervals(*(*arguments)[kSize], offset, context_.log);
    if (!input.has_value()) return std::nullopt;
    const std::optional<int> time = BindTimeColumn(*(*arguments)[kTimeColumn], *input);
    if (!time.has_value() || !intervals.has_value()) return std::nullopt;

    Relation relation;
    relation.plan = MakeWindowTvf(input->plan, intervals->TumbleOver(*time));
    relation.scope.Add({}, relation.plan->output);
    for (size_t i = 0; i < input->scope.columns().size(); ++i) {
      const std::string& reason = input->scope.columns()[i].not_readable;
      if (!reason.empty()) relation.scope.MarkNotReadable(static_cast<int>(i), reason);
    }
    return relation;
  }

 private:
  std::optional<Arguments> Sort() {
    Arguments sorted;
    for (size_t i = 0; i < call_.arguments.size(); ++i) {
      const FunctionArgument& argument = call_.arguments[i];
      size_t place = i;
      if (argument.name.has_value()) {
        const std::string name = absl::AsciiStrToUpper(argument.name->name);
        place = std::find(kNames.begin(), kNames.end(), name) - kNames.begin();
      }
      if (place >= kCount || argument.value == nullptr || sorted[place] != nullptr) {
        return Wrong(argument.value == nullptr ? span_ : argument.value->span,
                     "TUMBLE takes no such argument");
      }
      sorted[place] = argument.value;
    }
    for (const size_t needed : {kData, kTimeColumn, kSize}) {
      if (sorted[needed] != nullptr) continue;
      return Wrong(span_, absl::StrCat("the argument ", kNames[needed], " of TUMBLE is missing"));
    }
    return sorted;
  }

  std::optional<Relation> BindData(const SqlExpression& argument) {
    if (const auto* query = argument.As<SubqueryExpression>()) return BindSubquery(*query->query);
    const auto* table = argument.As<TableArgument>();
    if (table == nullptr) {
      Wrong(argument.span, "the first argument of TUMBLE must be a table");
      return std::nullopt;
    }
    if (!table->partition_by.empty() || !table->order_by.empty()) {
      Wrong(argument.span, "the table of TUMBLE has no PARTITION BY and no ORDER BY");
      return std::nullopt;
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
      Wrong(argument.span, "the second argument of TUMBLE must be DESCRIPTOR with one column");
      return std::nullopt;
    }
    const Identifier& column = descriptor->columns.front();
    const ExpressionPtr reference = input.scope.Resolve({column}, context_.log);
    if (reference == nullptr) return std::nullopt;
    if (!IsTimeAttribute(input.plan->roles[reference->index()])) {
      ReportNoTimeAttribute(column.name, column.span, context_.log);
      return std::nullopt;
    }
    return reference->index();
  }

  std::nullopt_t Wrong(SourceSpan span, std::string message) {
    context_.log.Error(span, bind_code::kWrongWindow, std::move(message), kForm);
    return std::nullopt;
  }

  const FunctionCall& call_;
  const SourceSpan span_;
  QueryContext& context_;
};

}  // namespace

bool IsWindowFunction(std::string_view name) {
  return name == "TUMBLE" || name == "HOP" || name == "CUMULATE" || name == "SESSION";
}

std::optional<Relation> BindWindowFunction(const FunctionCall& call, SourceSpan span,
                                           QueryContext& context) {
  const std::string name = absl::AsciiStrToUpper(call.name.parts.back().name);
  if (name != "TUMBLE") {
    context.log.NotBuilt(call.name.span, name, "TUMBLE is built");
    return std::nullopt;
  }
  return TumbleBinder(call, span, context).Bind();
}

}  // namespace millrace
