// Errors that name the field they are about: the innermost place says what is wrong, every level
// above puts its own name in front, as in "stages[1].operators[0].output.fields[2].type: ...".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace millrace {

absl::Status FieldError(std::string_view field, std::string_view problem);

// "stages[3]"
std::string Element(std::string_view field, int64_t index);

// `status` as the error of a part of `field`.
absl::Status Within(std::string_view field, const absl::Status& status);

template <typename T>
absl::StatusOr<T> Within(std::string_view field, absl::StatusOr<T> value) {
  if (value.ok()) return value;
  return Within(field, value.status());
}

}  // namespace millrace
