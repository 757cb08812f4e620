// What the coordinator's HTTP port answers: metrics, probes and a read-only view of jobs as JSON.
// Handlers answer from memory.
#pragma once

#include <functional>
#include <vector>

#include "common/metrics/disk_metrics.h"
#include "common/metrics/metrics.h"
#include "common/rpc/http_server.h"
#include "coordinator/job/job_board.h"

namespace millrace {

// `folders`: whose disks are shown. `is_ready` for /readyz. All must outlive the server.
std::vector<HttpRoute> CoordinatorRoutes(MetricRegistry& metrics, const JobBoard& board,
                                         std::vector<DiskFolder> folders,
                                         std::function<bool()> is_ready);

}  // namespace millrace
