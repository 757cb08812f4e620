// One session of a worker with a coordinator: two links and both ends, either of which may be gone.
#pragma once

#include <functional>

#include "coordinator/cluster/worker_registry.h"
#include "tests/simulation/messages.h"
#include "tests/simulation/schedule.h"

namespace millrace::simulation {

struct Session {
  Session(Schedule& schedule, SessionId id)
      : id(id), up(schedule, absl::Milliseconds(10)), down(schedule, absl::Milliseconds(10)) {}

  const SessionId id;
  Link up;    // To the coordinator.
  Link down;  // To the worker.
  std::function<void(ToCoordinator)> at_coordinator;
  std::function<void(ToWorker)> at_worker;
  std::function<void()> lost_at_coordinator;
  std::function<void()> lost_at_worker;

  void SendUp(ToCoordinator message) {
    up.Send([this, message = std::move(message)] { at_coordinator(message); });
  }
  void SendDown(ToWorker message) {
    down.Send([this, message = std::move(message)] { at_worker(message); });
  }

  // Both ends find out, each in its time.
  void Break(Schedule& schedule) {
    if (!up.alive()) return;
    up.Cut();
    down.Cut();
    schedule.After(schedule.Between(absl::ZeroDuration(), absl::Milliseconds(20)),
                   lost_at_coordinator);
    schedule.After(schedule.Between(absl::ZeroDuration(), absl::Milliseconds(20)), lost_at_worker);
  }
};

}  // namespace millrace::simulation
