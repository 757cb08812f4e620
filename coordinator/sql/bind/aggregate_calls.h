// Calls of aggregate functions: arguments and FILTER become columns of the aggregation's input,
// each call a column behind those of FROM. Equal inputs and equal calls are there once. Not
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/bind/group_keys.h"
#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

class AggregateCalls {
 public:
  // `relation`, `keys` and `context` outlive this.
  AggregateCalls(const Relation& relation, const GroupKeys& keys, QueryContext& context);

  // The column that `expression`, a call of the aggregate function `name`, gives. Null after
  // reporting.
  ExpressionPtr Bind(const std::string& name, const SqlExpression& expression);

  // Where the columns of calls begin.
  int first_call() const { return first_call_; }

  void NameCall(int call, const std::string& name) { call_names_[call] = name; }
  // Rows without columns could not be counted: adds a column or a call if there is none.
  void CompleteInputs();
  void CompleteCalls();

  // Over FROM: the keys first.
  const std::vector<ExpressionPtr>& inputs() const { return inputs_; }
  const std::vector<std::string>& input_names() const { return input_names_; }
  // Over the inputs.
  const std::vector<AggregateCall>& calls() const { return calls_; }
  const std::vector<std::string>& call_names() const { return call_names_; }

 private:
  // What a call reads.
  struct CallInput {
    ExpressionPtr argument;  // Null for *.
    ExpressionPtr filter;    // Null: none.
  };

  // Reports at `span` what `call` has and the function `name` does not. False if there is any.
  bool CheckForm(const std::string& name, const FunctionCall& call, SourceSpan span);
  std::optional<std::vector<ExpressionPtr>> BindArguments(const FunctionCall& call);
  absl::StatusOr<ExpressionPtr> BindBuilt(AggregateCall call, CallInput input,
                                          std::vector<ExpressionPtr> arguments);
  absl::StatusOr<ExpressionPtr> Count(AggregateCall call, CallInput input,
                                      const std::vector<ExpressionPtr>& arguments);
  absl::StatusOr<ExpressionPtr> ListAgg(AggregateCall call, CallInput input,
                                        const std::vector<ExpressionPtr>& arguments);
  absl::StatusOr<ExpressionPtr> Percentile(AggregateCall call, CallInput input,
                                           const std::vector<ExpressionPtr>& arguments);
  absl::StatusOr<ExpressionPtr> JsonAgg(AggregateCall call, CallInput input,
                                        const std::vector<ExpressionPtr>& arguments);
  absl::StatusOr<ExpressionPtr> Variance(const std::string& name, CallInput input, bool distinct);

  absl::StatusOr<ExpressionPtr> MakeCall(AggregateCall call, const CallInput& input);
  int Input(ExpressionPtr expression);
  ExpressionPtr CallColumn(AggregateCall call);

  const Relation& relation_;
  const GroupKeys& keys_;
  QueryContext& context_;
  DiagnosticLog& log_;
  const int first_call_;
  std::vector<ExpressionPtr> inputs_;
  std::vector<std::string> input_names_;
  std::vector<AggregateCall> calls_;
  std::vector<std::string> call_names_;
};

}  // namespace millrace
