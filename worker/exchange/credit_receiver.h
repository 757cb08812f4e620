// The receiving end of a channel: how much credit the sender may have.
//
// Pure: arrivals, takings and the time come in, credit to announce comes out. The window is what
// the sender may send plus what waits here. It never falls below the exclusive credit, which is
// reserved when the channel opens; it grows by floating credit while the sender announces a
// backlog, up to what the task works off in the target time (buffer debloating), and shrinks as
// elements are taken. So a channel holds at most its window plus one batch. Not thread-safe, but
// the pool is.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "worker/exchange/consumption_rate.h"
#include "worker/exchange/floating_pool.h"

namespace millrace {

struct CreditReceiverOptions {
  int64_t exclusive_bytes = 64 * 1024;
  int64_t window_bytes_max = 4 * 1024 * 1024;
  int64_t window_bytes_start = 512 * 1024;  // The bound until the task's rate is known.
  absl::Duration target = absl::Milliseconds(75);
};

class CreditReceiver {
 public:
  // `pool` must outlive this.
  CreditReceiver(const CreditReceiverOptions& options, FloatingPool& pool);
  ~CreditReceiver();
  CreditReceiver(const CreditReceiver&) = delete;
  CreditReceiver& operator=(const CreditReceiver&) = delete;

  // An element of `bytes` (0 if it needs no credit) came. kDataLoss: one before it is missing, or
  // it came twice, or it came without credit.
  absl::Status OnElement(uint64_t sequence, int64_t bytes, absl::Duration now);

  // The sender said what waits there.
  void OnBacklog(int64_t bytes, absl::Duration now);

  // The task took an element of `bytes`.
  void OnTaken(int64_t bytes, absl::Duration now);

  // Credit to announce now; 0: none yet. Announcements are held back until they are worth a frame:
  // half of the window. The first call grants the exclusive credit.
  int64_t TakeAnnouncement();

  int64_t queued_bytes() const { return queued_bytes_; }
  int64_t window_bytes() const { return window_bytes_; }
  // What the sender may still send, as far as it has been told.
  int64_t sender_balance() const { return window_bytes_ - queued_bytes_ - unannounced_bytes_; }

 private:
  int64_t DesiredWindow() const;
  void Grow();

  const CreditReceiverOptions options_;
  FloatingPool& pool_;

  uint64_t next_sequence_ = 0;
  int64_t window_bytes_;
  int64_t queued_bytes_ = 0;
  int64_t unannounced_bytes_;
  int64_t elements_ = 0;  // Batches waiting here.

  // The window that the sender's backlog asked for, kept for a while after the backlog is gone.
  int64_t demand_bytes_ = 0;
  absl::Duration demand_at_ = absl::ZeroDuration();
  ConsumptionRate rate_;
};

}  // namespace millrace
