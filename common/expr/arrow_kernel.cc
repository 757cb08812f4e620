#include "common/expr/arrow_kernel.h"

#include <mutex>
#include <utility>

#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/compute/function.h"
#include "arrow/compute/initialize.h"
#include "arrow/compute/registry.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

arrow::compute::ExecContext SingleThreaded() {
  arrow::compute::ExecContext context;
  context.set_use_threads(false);
  return context;
}

}  // namespace

absl::Status InitializeArrowKernels() {
  static const absl::Status kStatus = FromArrow(arrow::compute::Initialize());
  return kStatus;
}

absl::StatusOr<Kernel> MakeArrowKernel(const Expression& call, const std::string& name,
                                       std::shared_ptr<arrow::compute::FunctionOptions> options) {
  RETURN_IF_ERROR(InitializeArrowKernels());
  std::vector<arrow::TypeHolder> types;
  types.emplace_back(call.arguments()[0]->type().ToArrow());
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::compute::FunctionExecutor> executor,
                   FromArrow(arrow::compute::GetFunctionExecutor(name, types, options.get())));
  auto context = std::make_shared<arrow::compute::ExecContext>(SingleThreaded());
  RETURN_IF_ERROR(FromArrow(executor->Init(options.get(), context.get())));
  return Kernel([executor = std::move(executor), context = std::move(context),
                 options = std::move(options)](Arguments arguments,
                                               int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(const arrow::Datum result,
                     FromArrow(executor->Execute({arrow::Datum(arguments[0]->data)})));
    return Vector{
        .data = result.array(), .constant = arguments[0]->constant, .errors = arguments[0]->errors};
  });
}

KernelFactory ArrowKernel(std::string name) {
  return [name](const Expression& call) { return MakeArrowKernel(call, name, nullptr); };
}

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> TakeRows(
    const std::shared_ptr<arrow::ArrayData>& values,
    const std::shared_ptr<arrow::ArrayData>& indices) {
  arrow::compute::ExecContext context = SingleThreaded();
  ASSIGN_OR_RETURN(
      const arrow::Datum taken,
      FromArrow(arrow::compute::Take(arrow::Datum(values), arrow::Datum(indices),
                                     arrow::compute::TakeOptions::BoundsCheck(), &context)));
  return taken.array();
}

}  // namespace millrace
