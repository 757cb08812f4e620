#include "worker/server/memory_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/config/setting.h"

namespace millrace {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kLeast = 128 * kMiB;

}  // namespace

absl::StatusOr<MemoryPlan> PlanMemory(int64_t memory_bytes) {
  if (memory_bytes < kLeast) {
    return absl::InvalidArgumentError(absl::StrCat("worker.memory is ", FormatSize(memory_bytes),
                                                   ": a worker needs at least ",
                                                   FormatSize(kLeast)));
  }
  const int64_t floating = std::clamp(memory_bytes / 16, 4 * kMiB, 256 * kMiB);
  return MemoryPlan{.state_bytes = memory_bytes * 2 / 5,
                    .exchange_floating_bytes = floating,
                    .window_bytes_max = std::min(floating / 4, 4 * kMiB)};
}

}  // namespace millrace
