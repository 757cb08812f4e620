// Whether and when a failed job is started again. Pure: failures and the current time in, a
// decision out.
//
// A failure of the outside world (a lost worker, an unreachable broker) is retried for ever, ever
// more slowly; after a lost worker, whose tasks others can take, for the first time at once. An
// attempt that has run for long, measured by the back-off that it would have to wait next, was
// worth it: then it begins anew, so that machines that die now and then cost little, and a loop of
// crashes does not either. A failure that another attempt will hardly cure (a record that cannot be
// read, a missing topic) is retried a few times only, and not at all if the job has never run: then
// its user is still there and wants to see the error.
#pragma once

#include <deque>
#include <optional>

#include "absl/time/time.h"

namespace millrace {

struct RestartOptions {
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(30);
  double factor = 2;
  // Of running, the back-off begins anew: so many times as long as the next one is, or this.
  double reset_factor = 5;
  absl::Duration reset_after = absl::Minutes(1);
  std::optional<int> max_restarts;  // In all; empty: no limit.
  int max_hopeless_restarts = 3;  // Within hopeless_window, after failures that are not retryable.
  absl::Duration hopeless_window = absl::Minutes(10);
};

class RestartPolicy {
 public:
  explicit RestartPolicy(RestartOptions options) : options_(options) {}

  // All tasks run.
  void OnRunning(absl::Duration now);

  struct Failure {
    bool retryable = true;
    bool worker_lost = false;
    bool has_ever_run = true;
    int restarts = 0;  // Of the job so far.
  };
  // How long to wait before the next attempt; nothing: give up.
  std::optional<absl::Duration> OnFailure(const Failure& failure, absl::Duration now);
  // A failure that was told turns out to be one that is not retryable. False: give up after all.
  bool OnHopeless(bool has_ever_run, absl::Duration now);

 private:
  absl::Duration NextBackoff() const;

  const RestartOptions options_;
  std::optional<absl::Duration> running_since_;
  int in_a_row_ = 0;
  std::deque<absl::Duration> hopeless_;
};

}  // namespace millrace
