// Between arrow::Status / Result and absl::Status / StatusOr. Arrow's errors never leave the
// function that met them.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/result.h"
#include "arrow/status.h"

namespace millrace {

absl::Status FromArrow(const arrow::Status& status);

template <typename T>
absl::StatusOr<T> FromArrow(arrow::Result<T> result) {
  if (!result.ok()) return FromArrow(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace millrace
