// A coordinator in one thread with one job on worker a: what the tests of the drivers share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/fake_coordinator.h"
#include "tests/harness/plans.h"

namespace millrace {

inline constexpr TaskId kSource{StageId(0), 0};
inline constexpr TaskId kSink{StageId(1), 0};

class JobFixture : public testing::Test {
 protected:
  // A job of one slot that runs on worker a.
  JobId Run(JobGraph graph = CountClicks()) {
    cluster_.workers.Connect("a", 2);
    const JobId job = cluster_.Submit(std::move(graph));
    EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
    return job;
  }
  bool HasMetric(const std::string& line) {
    return cluster_.metrics().Expose().find(line) != std::string::npos;
  }
  // How many files there are of the job's checkpoints.
  int64_t CheckpointFiles(const JobId& job) {
    const std::vector<std::string> paths = cluster_.files.paths();
    return std::count_if(paths.begin(), paths.end(), [&job](const std::string& path) {
      return path.starts_with("/checkpoints/" + job.value() + "/");
    });
  }
  // The epoch of the last completed checkpoint.
  int64_t EpochOf(const JobId& job) { return cluster_.View(job)->checkpoint.epoch.value(); }

  FakeCoordinator cluster_;
};

}  // namespace millrace
