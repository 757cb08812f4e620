#include "common/wire/field_error.h"

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"

namespace millrace {

absl::Status FieldError(std::string_view field, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(AbslView(field), ": ", AbslView(problem)));
}

std::string Element(std::string_view field, int64_t index) {
  return absl::StrCat(AbslView(field), "[", index, "]");
}

absl::Status Within(std::string_view field, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(AbslView(field), ".", status.message()));
}

}  // namespace millrace
