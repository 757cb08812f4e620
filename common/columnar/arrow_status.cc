#include "common/columnar/arrow_status.h"

#include <string>

namespace millrace {
namespace {

absl::StatusCode CodeOf(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::IndexError:
      return absl::StatusCode::kInvalidArgument;
    case arrow::StatusCode::KeyError:
      return absl::StatusCode::kNotFound;
    case arrow::StatusCode::AlreadyExists:
      return absl::StatusCode::kAlreadyExists;
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return absl::StatusCode::kResourceExhausted;
    case arrow::StatusCode::NotImplemented:
      return absl::StatusCode::kUnimplemented;
    case arrow::StatusCode::Cancelled:
      return absl::StatusCode::kCancelled;
    case arrow::StatusCode::IOError:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status FromArrow(const arrow::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(CodeOf(status), status.message());
}

}  // namespace millrace
