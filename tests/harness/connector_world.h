// The world around a source or a sink under test: a clock that stands still, an executor that runs
// what was posted when told to, and the small state of tasks.
//
//   ConnectorWorld world;
//   ASSERT_OK(source->Open(world.Context({.parallelism = 2}), nullptr));
//   world.io.Advance(absl::Seconds(1));
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "worker/contract/operator.h"
#include "worker/contract/state_io.h"

namespace millrace {

// The small state of one task.
class TaskStateOfTest final : public StateWriter {
 public:
  void Put(std::string_view name, std::string bytes) override {
    const bool is_new = values_.emplace(name, std::move(bytes)).second;
    CHECK(is_new);
  }
  const std::map<std::string, std::string, std::less<>>& values() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// What a restored task sees: the states of all former tasks, in order.
class RestoredOfTest final : public StateReader {
 public:
  explicit RestoredOfTest(std::vector<TaskStateOfTest> tasks) : tasks_(std::move(tasks)) {}
  std::vector<std::string> Get(std::string_view name) const override {
    std::vector<std::string> values;
    for (const TaskStateOfTest& task : tasks_) {
      const auto found = task.values().find(name);
      if (found != task.values().end()) values.push_back(found->second);
    }
    return values;
  }

 private:
  std::vector<TaskStateOfTest> tasks_;
};

struct ConnectorWorld {
  struct Place {
    int32_t index = 0;
    int32_t parallelism = 1;
  };

  // Everything in it but what a source or sink here has no use for.
  TaskContext Context(Place place) {
    return {.job = JobId("job-1"),
            .job_name = "test",
            .task = {StageId(0), place.index},
            .attempt = attempt,
            .parallelism = place.parallelism,
            .clock = &clock,
            .io = &io,
            .wake = [this] { ++wakes; }};
  }

  FakeClock clock;
  ManualExecutor io{clock};
  int wakes = 0;
  Attempt attempt{1};
};

template <typename Stateful>
TaskStateOfTest SnapshotOf(const Stateful& stateful) {
  TaskStateOfTest state;
  stateful.Snapshot(state);
  return state;
}

}  // namespace millrace
