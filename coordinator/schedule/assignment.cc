#include "coordinator/schedule/assignment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

// Whether `a` is the better place for the next slot: emptier after taking it, compared as fractions
// of its slots.
bool Better(const WorkerSlots& a, const WorkerSlots& b) {
  if ((a.free > 0) != (b.free > 0)) return a.free > 0;
  const int64_t used_a = a.total - a.free + 1;
  const int64_t used_b = b.total - b.free + 1;
  if (used_a * b.total != used_b * a.total) return used_a * b.total < used_b * a.total;
  return a.worker < b.worker;
}

}  // namespace

std::map<WorkerId, int32_t> Assignment::SlotsByWorker() const {
  std::map<WorkerId, int32_t> counts;
  for (const WorkerId& worker : slots) ++counts[worker];
  return counts;
}

int32_t SlotsNeeded(const JobGraph& graph) {
  int32_t needed = 0;
  for (const Stage& stage : graph.stages) needed = std::max(needed, stage.parallelism);
  return needed;
}

absl::StatusOr<Assignment> Assign(const JobGraph& graph, std::vector<WorkerSlots> workers) {
  const int32_t needed = SlotsNeeded(graph);
  int64_t free = 0;
  for (const WorkerSlots& worker : workers) free += std::max(worker.free, 0);
  if (free < needed) {
    return absl::ResourceExhaustedError(absl::StrCat("needs ", needed, " slots, ", free,
                                                     " are free on ", workers.size(), " workers"));
  }
  Assignment assignment;
  for (int32_t slot = 0; slot < needed; ++slot) {
    const auto best = std::min_element(workers.begin(), workers.end(), Better);
    assignment.slots.push_back(best->worker);
    --best->free;
  }
  return assignment;
}

}  // namespace millrace
