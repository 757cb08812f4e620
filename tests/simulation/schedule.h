// Virtual time: events in the order of their times, and every random choice of a run.
//
// The same seed gives the same events, so the same trace. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/base/random.h"

namespace millrace::simulation {

class Schedule {
 public:
  Schedule(uint64_t seed, bool print) : random_(seed), print_(print) {}

  absl::Duration now() const { return now_; }
  Random& random() { return random_; }

  // Uniform in [least, most].
  absl::Duration Between(absl::Duration least, absl::Duration most) {
    return least + (most - least) * random_.Unit();
  }
  bool OneIn(uint32_t n) { return random_.Below(n) == 0; }

  void After(absl::Duration delay, std::function<void()> event) {
    events_.emplace(std::pair(now_ + delay, sequence_++), std::move(event));
  }

  // Runs the next event; false if there is none.
  bool RunNext();

  // What happened, for people and for comparing two runs.
  void Trace(const std::string& what);
  uint64_t trace_hash() const { return trace_hash_; }

 private:
  Random random_;
  const bool print_;
  absl::Duration now_ = absl::ZeroDuration();
  uint64_t sequence_ = 0;
  uint64_t trace_hash_ = 0;
  std::map<std::pair<absl::Duration, uint64_t>, std::function<void()>> events_;
};

// One direction of a connection: messages arrive in order, after random delays, until it is cut.
class Link {
 public:
  Link(Schedule& schedule, absl::Duration delay_max)
      : schedule_(schedule), delay_max_(delay_max), alive_(std::make_shared<bool>(true)) {}

  // `deliver` runs when the message arrives, unless the link is cut before.
  void Send(std::function<void()> deliver);

  // Nothing sent before or after this arrives.
  void Cut() { *alive_ = false; }
  bool alive() const { return *alive_; }

  // Messages wait until then: a network or a process that stands still.
  void Stall(absl::Duration until) { arrival_ = std::max(arrival_, until); }

 private:
  Schedule& schedule_;
  const absl::Duration delay_max_;
  absl::Duration arrival_ = absl::ZeroDuration();  // Of the last message.
  std::shared_ptr<bool> alive_;
};

}  // namespace millrace::simulation
