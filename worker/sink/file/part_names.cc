#include "worker/sink/file/part_names.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

std::string Stage(const PartOwner& owner) {
  return absl::StrCat("part-", owner.job.value(), "-", owner.task.stage.value(), "-");
}

}  // namespace

std::string VisiblePartName(const PartOwner& owner, PartNumber number,
                            const std::string& extension) {
  const std::string which = number.number == 0 ? "" : absl::StrCat("-", number.number);
  return absl::StrCat(Stage(owner), owner.task.index, "-", number.epoch.value(), which, extension);
}

std::string HiddenPartName(const PartOwner& owner, Attempt attempt, int64_t number) {
  return absl::StrCat(".", Stage(owner), owner.task.index, "-", attempt.value(), "-", number);
}

std::optional<int32_t> TaskOfHiddenPart(const std::string& name, const PartOwner& owner) {
  const std::string prefix = absl::StrCat(".", Stage(owner));
  if (!name.starts_with(prefix)) return std::nullopt;
  const size_t dash = name.find('-', prefix.size());
  int32_t task = 0;
  if (dash == std::string::npos ||
      !absl::SimpleAtoi(name.substr(prefix.size(), dash - prefix.size()), &task)) {
    return std::nullopt;
  }
  return task;
}

}  // namespace millrace
