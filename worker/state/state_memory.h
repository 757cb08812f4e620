// The RAM that the keyed state of all tasks of a worker may use together. Thread-safe.
//
// There is no reservation: a table takes what it needs, says so here, and gives back entries once
// the sum is above the limit and the table has more than its equal share.
#pragma once

#include <atomic>
#include <cstdint>

#include "worker/state/huge_pages.h"

namespace millrace {

class StateMemory {
 public:
  // `limit_bytes` 0: no limit.
  explicit StateMemory(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void AddUser() { users_.fetch_add(1, std::memory_order_relaxed); }
  void RemoveUser() { users_.fetch_sub(1, std::memory_order_relaxed); }

  // Changes what is used by `bytes`, which may be negative.
  void Charge(int64_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  // Where large tables take their memory from.
  BlockPool& blocks() { return blocks_; }

  int64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

  // Whether entries may have to go before long: users begin to keep apart what is not used.
  bool IsShort() const {
    constexpr double kShare = 0.75;
    return limit_bytes_ != 0 &&
           static_cast<double>(used_bytes()) >= kShare * static_cast<double>(limit_bytes_);
  }

  // By how much a user that has `own_bytes` should shrink: 0 while the worker is within its limit
  // or the user within its share.
  int64_t Excess(int64_t own_bytes) const {
    if (limit_bytes_ == 0) return 0;
    const int64_t over = used_bytes() - limit_bytes_;
    if (over <= 0) return 0;
    const int64_t users = users_.load(std::memory_order_relaxed);
    const int64_t over_share = own_bytes - limit_bytes_ / (users > 0 ? users : 1);
    return over_share <= 0 ? 0 : (over < over_share ? over : over_share);
  }

 private:
  const int64_t limit_bytes_;
  std::atomic<int64_t> used_bytes_ = 0;
  std::atomic<int64_t> users_ = 0;
  BlockPool blocks_;
};

}  // namespace millrace
