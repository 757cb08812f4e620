#include "coordinator/job/restart_policy.h"

#include <algorithm>
#include <cmath>

namespace millrace {

void RestartPolicy::OnRunning(absl::Duration now) { running_since_ = now; }

std::optional<absl::Duration> RestartPolicy::OnFailure(const Failure& failure, absl::Duration now) {
  if (running_since_.has_value()) {
    const absl::Duration enough =
        std::min(NextBackoff() * options_.reset_factor, options_.reset_after);
    if (now - *running_since_ >= enough) in_a_row_ = 0;
    running_since_.reset();
  }
  if (options_.max_restarts.has_value() && failure.restarts >= *options_.max_restarts) {
    return std::nullopt;
  }
  if (!failure.retryable && !OnHopeless(failure.has_ever_run, now)) return std::nullopt;
  const bool at_once = failure.worker_lost && in_a_row_ == 0;
  const absl::Duration backoff = at_once ? absl::ZeroDuration() : NextBackoff();
  in_a_row_ = std::min(in_a_row_ + 1, 60);
  return backoff;
}

absl::Duration RestartPolicy::NextBackoff() const {
  return std::min(options_.initial_backoff * std::pow(options_.factor, in_a_row_),
                  options_.max_backoff);
}

bool RestartPolicy::OnHopeless(bool has_ever_run, absl::Duration now) {
  if (!has_ever_run) return false;
  hopeless_.push_back(now);
  while (now - hopeless_.front() > options_.hopeless_window) hopeless_.pop_front();
  return static_cast<int>(hopeless_.size()) <= options_.max_hopeless_restarts;
}

}  // namespace millrace
