// The sending end of a channel: what waits to be sent, and whether it may be.
//
// Pure: elements, credit and the time come in, frames go out. Batches need credit, counted in
// bytes; one may be sent while the balance is positive, so the balance can fall below zero by one
// batch and a huge row passes. Everything else needs none, but keeps its place in the queue:
// nothing overtakes data. Nothing at all goes before the first credit, which says that the
// receiving task is there. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "common/columnar/batch_codec.h"
#include "worker/contract/element.h"

namespace millrace {

// An element on its way out. For a channel that leaves the process a batch is already encoded.
struct OutboundElement {
  Element element;
  EncodedBatch encoded;
  uint32_t crc32c = 0;  // Of the encoded bytes.
  int64_t bytes = 0;    // What a batch costs in credit; 0 for anything else.
};

// What goes to the receiver next. Without an element it only announces the backlog.
struct OutboundFrame {
  std::optional<OutboundElement> content;
  uint64_t sequence = 0;      // Of the element; from 0, without a gap.
  int64_t backlog_bytes = 0;  // Waiting behind it.
};

class CreditSender {
 public:
  // The queue counts as full from `queue_bytes_max` on.
  explicit CreditSender(int64_t queue_bytes_max) : queue_bytes_max_(queue_bytes_max) {}

  // A watermark right behind a waiting watermark replaces it. One further ahead is left alone: if
  // each new watermark moved to the end, a queue that never empties would never let one out.
  void Push(OutboundElement element, absl::Duration now);

  void OnCredit(int64_t bytes, absl::Duration now);

  // Whether Next() has something.
  bool ready() const;
  std::optional<OutboundFrame> Next(absl::Duration now);

  bool full() const { return queued_bytes_ >= queue_bytes_max_; }
  bool empty() const { return queue_.empty(); }
  int64_t queued_bytes() const { return queued_bytes_; }
  int64_t balance() const { return balance_; }

  // How long, in all, something waited here for credit.
  absl::Duration stalled(absl::Duration now) const;

 private:
  bool head_may_go() const;
  bool must_announce() const;
  void UpdateStall(absl::Duration now);

  const int64_t queue_bytes_max_;
  std::deque<OutboundElement> queue_;
  int64_t queued_bytes_ = 0;
  int64_t balance_ = 0;
  int64_t announced_backlog_ = 0;  // What the receiver was last told.
  bool granted_ = false;           // Any credit came yet: the receiving task is there.
  uint64_t next_sequence_ = 0;

  absl::Duration stalled_ = absl::ZeroDuration();
  std::optional<absl::Duration> stalled_since_;
};

}  // namespace millrace
