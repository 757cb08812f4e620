// Which rows are still under way, epoch by epoch.
//
// Pure. Rows are acknowledged in any order, so each carries the ticket of its epoch through the
// client and back. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>

#include "common/base/check.h"
#include "common/base/ids.h"

namespace millrace {

class DeliveryLedger {
 public:
  using Ticket = uintptr_t;

  // A row was handed to the client.
  Ticket OnSent() {
    ++open_.back().under_way;
    return first_ + open_.size() - 1;
  }

  // Its delivery, or its failure, was reported.
  void OnReported(Ticket ticket) {
    CHECK(ticket >= first_ && ticket - first_ < open_.size());
    CHECK(open_[ticket - first_].under_way > 0);
    --open_[ticket - first_].under_way;
    while (open_.size() > 1 && open_.front().under_way == 0) {
      open_.pop_front();
      ++first_;
    }
  }

  // What was sent so far belongs to `epoch` or one before it. REQUIRES: later than the epoch sealed
  // before.
  void Seal(Epoch epoch) {
    open_.back().epoch = epoch;
    open_.push_back({});
    while (open_.size() > 1 && open_.front().under_way == 0) {
      open_.pop_front();
      ++first_;
    }
  }

  // Nothing of `epoch`, which was sealed, or before it is under way.
  bool Settled(Epoch epoch) const { return open_.size() == 1 || open_.front().epoch > epoch; }

  int64_t under_way() const {
    int64_t rows = 0;
    for (const Slot& slot : open_) rows += slot.under_way;
    return rows;
  }

 private:
  struct Slot {
    Epoch epoch;  // Set when sealed; all but the last one are.
    int64_t under_way = 0;
  };

  std::deque<Slot> open_ = {Slot{}};  // Oldest first; the last one takes rows.
  Ticket first_ = 1;                  // Of the oldest.
};

}  // namespace millrace
