#include "common/expr/evaluator.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "arrow/array/util.h"
#include "arrow/record_batch.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/clock_functions.h"
#include "common/expr/field_kernel.h"
#include "common/expr/function_table.h"
#include "common/expr/kernel.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

// A place for one value of the program: a column of the batch, a constant or a step's result.
using Register = int;

struct ColumnLoad {
  Register to;
  int column;
  arrow::Type::type type;
};

struct Step {
  Kernel kernel;
  std::vector<Register> arguments;
  Register result;
};

struct Output {
  Register from;
  std::optional<int> column;  // A bare column reference: the batch's array is handed on.
  DataType type;
  std::string text;  // For errors.
};

struct Program {
  std::vector<Vector> registers;
  std::vector<ColumnLoad> loads;
  std::optional<Register> clock;  // What the clock shows; the same for all rows of a batch.
  std::vector<Step> steps;        // In the order of computation.
  std::vector<Output> outputs;
};

absl::StatusOr<Vector> Run(const Step& step, const std::vector<Vector>& registers, int64_t rows) {
  std::vector<const Vector*> arguments;
  arguments.reserve(step.arguments.size());
  for (const Register from : step.arguments) arguments.push_back(&registers[from]);
  return step.kernel(arguments, rows);
}

// Turns expressions into a program. Equal sub-expressions get one register: a value is known by its
// function and the registers of its arguments (value numbering).
class Compiler {
 public:
  Compiler(const Schema& input, Program& program) : input_(input), program_(program) {}

  absl::Status Add(const ExpressionPtr& expression) {
    ASSIGN_OR_RETURN(const Register from, Compile(*expression));
    Output output{.from = from, .type = expression->type(), .text = expression->ToString(input_)};
    if (expression->kind() == ExpressionKind::kColumn) output.column = expression->index();
    program_.outputs.push_back(std::move(output));
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<Register> Compile(const Expression& expression) {
    switch (expression.kind()) {
      case ExpressionKind::kLiteral:
        return CompileLiteral(expression);
      case ExpressionKind::kColumn:
        return CompileColumn(expression);
      case ExpressionKind::kField:
      case ExpressionKind::kCall:
        break;
    }
    if (expression.kind() == ExpressionKind::kCall && ReadsClock(expression.function())) {
      return CompileClock(expression);
    }
    std::vector<Register> arguments;
    for (const ExpressionPtr& argument : expression.arguments()) {
      ASSIGN_OR_RETURN(const Register from, Compile(*argument));
      arguments.push_back(from);
    }
    const std::string key =
        absl::StrCat(expression.kind() == ExpressionKind::kField ? "field" : expression.function(),
                     "#", expression.index(), "(", absl::StrJoin(arguments, ","), ") ",
                     expression.type().WithNullable(true).ToString());
    const bool changing = IsChanging(expression);
    const auto known = known_.find(key);
    if (known != known_.end() && !changing) return known->second;
    ASSIGN_OR_RETURN(Kernel kernel, MakeKernel(expression));
    ASSIGN_OR_RETURN(const Register result,
                     AddStep(std::move(kernel), std::move(arguments), changing));
    known_[key] = result;
    return result;
  }

  absl::StatusOr<Register> CompileClock(const Expression& call) {
    if (!call.arguments().empty() || !SameValues(call.type(), DataType::TimestampLtz(3))) {
      return absl::InvalidArgumentError(absl::StrCat(call.ToString(input_), " of type ",
                                                     call.type().ToString(),
                                                     " is not as the function registry binds it"));
    }
    if (!program_.clock.has_value()) program_.clock = NewRegister({});
    return *program_.clock;
  }

  absl::StatusOr<Register> CompileLiteral(const Expression& literal) {
    // The text of a nested value may be that of another.
    const bool nested = literal.type().kind() >= TypeKind::kArray;
    const std::string key = absl::StrCat(
        "literal ", literal.type().WithNullable(true).ToString(), " ",
        nested ? absl::StrCat(absl::Hex(reinterpret_cast<uintptr_t>(literal.literal().get())))
               : literal.ToString());
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    if (!literal.literal()->type->Equals(*literal.type().ToArrow())) {
      return absl::InvalidArgumentError(
          absl::StrCat("a literal of type ", literal.type().ToString(), " holds a value of type ",
                       literal.literal()->type->ToString()));
    }
    ASSIGN_OR_RETURN(const auto array,
                     FromArrow(arrow::MakeArrayFromScalar(*literal.literal(), 1)));
    const Register to = NewRegister({.data = array->data(), .constant = true});
    known_[key] = to;
    return to;
  }

  absl::StatusOr<Register> CompileColumn(const Expression& column) {
    if (column.index() >= input_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no column ", column.index(), " in ", input_.ToString()));
    }
    const DataType& type = input_.field(column.index()).type;
    if (!SameValues(type, column.type())) {
      return absl::InvalidArgumentError(absl::StrCat("column ", input_.field(column.index()).name,
                                                     " has type ", type.ToString(), ", not ",
                                                     column.type().ToString()));
    }
    const std::string key = absl::StrCat("column ", column.index());
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    const Register to = NewRegister({});
    program_.loads.push_back({to, column.index(), type.ToArrow()->id()});
    known_[key] = to;
    return to;
  }

  // A call comes from the binder, or over the wire: it is trusted only if the registry would have
  // made it just like this.
  absl::StatusOr<Kernel> MakeKernel(const Expression& expression) {
    if (expression.kind() == ExpressionKind::kField) return FieldKernel(expression.index());
    const FunctionDefinition* function = Functions().Find(expression.function());
    if (function == nullptr || function->name != expression.function() ||
        function->kernel == nullptr) {
      return absl::UnimplementedError(absl::StrCat("there is no function ", expression.function(),
                                                   " to evaluate ", expression.ToString(input_)));
    }
    if (function->bind != nullptr) RETURN_IF_ERROR(CheckBound(*function, expression));
    return function->kernel(expression);
  }

  absl::Status CheckBound(const FunctionDefinition& function, const Expression& call) const {
    const auto bound = function.bind(call.arguments());
    if (bound.ok() && IsBound(**bound, call, call.arguments())) return absl::OkStatus();
    // An argument may have become a literal since, and a bind rule that looks at it say something
    // else now: ROUND(x, 1 + 1) has the type of x, ROUND(x, 2) has another.
    ExpressionList unknown;
    for (const ExpressionPtr& argument : call.arguments()) {
      const bool literal = argument->kind() == ExpressionKind::kLiteral;
      unknown.push_back(literal ? Expression::Column(0, argument->type()) : argument);
    }
    const auto before = function.bind(unknown);
    if (before.ok() && IsBound(**before, call, unknown)) return absl::OkStatus();
    RETURN_IF_ERROR(bound.status());
    return absl::InvalidArgumentError(absl::StrCat(call.ToString(input_), " of type ",
                                                   call.type().ToString(),
                                                   " is not as the function registry binds it"));
  }

  // Whether `bound` is what `call` would be of `arguments`.
  static bool IsBound(const Expression& bound, const Expression& call,
                      const ExpressionList& arguments) {
    return bound.kind() == ExpressionKind::kCall && bound.function() == call.function() &&
           bound.arguments() == arguments && SameValues(bound.type(), call.type());
  }

  // Whether each call gives values of its own: two RAND() are no equal sub-expressions.
  static bool IsChanging(const Expression& expression) {
    const FunctionDefinition* function = expression.kind() == ExpressionKind::kCall
                                             ? Functions().Find(expression.function())
                                             : nullptr;
    return function != nullptr && function->changing;
  }

  // A step of constants only is run here and now, unless it is changing.
  absl::StatusOr<Register> AddStep(Kernel kernel, std::vector<Register> arguments, bool changing) {
    bool constant = !changing;
    for (const Register from : arguments) {
      constant = constant && program_.registers[from].constant;
    }
    Step step{.kernel = std::move(kernel), .arguments = std::move(arguments)};
    if (constant) {
      ASSIGN_OR_RETURN(Vector value, Run(step, program_.registers, 1));
      value.constant = true;
      return NewRegister(std::move(value));
    }
    step.result = NewRegister({});
    program_.steps.push_back(std::move(step));
    return program_.steps.back().result;
  }

  Register NewRegister(Vector value) {
    program_.registers.push_back(std::move(value));
    return static_cast<Register>(program_.registers.size()) - 1;
  }

  const Schema& input_;
  Program& program_;
  std::map<std::string, Register> known_;
};

absl::Status ErrorOf(const Output& output, const Vector& vector) {
  const RowError& error = vector.errors->front();
  return absl::InvalidArgumentError(absl::StrCat(error.what, error.detail.empty() ? "" : " ",
                                                 error.detail, ", in ", output.text));
}

class ProgramEvaluator final : public Evaluator {
 public:
  explicit ProgramEvaluator(Program program) : program_(std::move(program)) {}

  absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Evaluate(const Batch& batch) override {
    if (program_.clock.has_value()) RETURN_IF_ERROR(ReadClock());
    auto arrays = Compute(batch);
    for (const ColumnLoad& load : program_.loads) program_.registers[load.to] = {};
    for (const Step& step : program_.steps) program_.registers[step.result] = {};
    return arrays;
  }

  void UseClock(const Clock& clock) override { clock_ = &clock; }

 private:
  absl::Status ReadClock() {
    if (clock_ == nullptr) {
      return absl::FailedPreconditionError("the current time is asked for where there is no clock");
    }
    const arrow::TimestampScalar now(absl::ToUnixMillis(clock_->Wall()),
                                     DataType::TimestampLtz(3).ToArrow());
    ASSIGN_OR_RETURN(const auto array, FromArrow(arrow::MakeArrayFromScalar(now, 1)));
    program_.registers[*program_.clock] = {.data = array->data(), .constant = true};
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Compute(const Batch& batch) {
    const int64_t rows = batch.num_rows();
    for (const ColumnLoad& load : program_.loads) {
      if (load.column >= batch.num_columns() || batch.column(load.column)->type_id() != load.type) {
        return absl::InvalidArgumentError(
            absl::StrCat("column ", load.column, " of a batch is not as the schema says"));
      }
      program_.registers[load.to].data = batch.column(load.column)->data();
    }
    for (const Step& step : program_.steps) {
      ASSIGN_OR_RETURN(program_.registers[step.result], Run(step, program_.registers, rows));
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    arrays.reserve(program_.outputs.size());
    for (const Output& output : program_.outputs) {
      ASSIGN_OR_RETURN(std::shared_ptr<arrow::Array> array, Finish(output, batch));
      arrays.push_back(std::move(array));
    }
    return arrays;
  }

  absl::StatusOr<std::shared_ptr<arrow::Array>> Finish(const Output& output, const Batch& batch) {
    if (output.column) return batch.column(*output.column);
    const Vector& vector = program_.registers[output.from];
    if (vector.errors != nullptr && batch.num_rows() > 0) return ErrorOf(output, vector);
    ASSIGN_OR_RETURN(auto data, Materialize(vector, batch.num_rows()));
    return arrow::MakeArray(std::move(data));
  }

  Program program_;
  const Clock* clock_ = nullptr;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Evaluator>> Evaluator::Create(
    const Schema& input, std::vector<ExpressionPtr> expressions) {
  RETURN_IF_ERROR(InitializeArrowKernels());
  Program program;
  Compiler compiler(input, program);
  for (const ExpressionPtr& expression : expressions) RETURN_IF_ERROR(compiler.Add(expression));
  return std::make_unique<ProgramEvaluator>(std::move(program));
}

absl::StatusOr<std::shared_ptr<arrow::Scalar>> EvaluateConstant(const ExpressionPtr& expression) {
  ASSIGN_OR_RETURN(const auto evaluator, Evaluator::Create(Schema(), {expression}));
  const Batch one_row(arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector{}));
  ASSIGN_OR_RETURN(const auto arrays, evaluator->Evaluate(one_row));
  return FromArrow(arrays[0]->GetScalar(0));
}

}  // namespace millrace
