#include "tests/simulation/schedule.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"

namespace millrace::simulation {

bool Schedule::RunNext() {
  if (events_.empty()) return false;
  auto next = events_.extract(events_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

void Schedule::Trace(const std::string& what) {
  const std::string line = absl::StrCat(absl::FormatDuration(now_), " ", what);
  trace_hash_ = HashKey(absl::StrCat(trace_hash_, line));
  if (print_) std::cout << line << "\n";
}

void Link::Send(std::function<void()> deliver) {
  const absl::Duration delay = schedule_.Between(absl::Microseconds(50), delay_max_);
  arrival_ = std::max(arrival_, schedule_.now() + delay);
  schedule_.After(arrival_ - schedule_.now(), [alive = alive_, deliver = std::move(deliver)] {
    if (*alive) deliver();
  });
}

}  // namespace millrace::simulation
