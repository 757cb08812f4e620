#include "worker/exchange/credit_receiver.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

// How long a demand lasts before it is halved: a steady stream has no backlog between two bursts.
constexpr absl::Duration kDemandHalfLife = absl::Seconds(1);

}  // namespace

CreditReceiver::CreditReceiver(const CreditReceiverOptions& options, FloatingPool& pool)
    : options_(options),
      pool_(pool),
      window_bytes_(options.exclusive_bytes),
      unannounced_bytes_(options.exclusive_bytes) {}

CreditReceiver::~CreditReceiver() { pool_.Give(window_bytes_ - options_.exclusive_bytes); }

absl::Status CreditReceiver::OnElement(uint64_t sequence, int64_t bytes, absl::Duration now) {
  if (sequence != next_sequence_) {
    return absl::DataLossError(absl::StrCat("element ", sequence, " came where element ",
                                            next_sequence_, " was due: frames were lost"));
  }
  ++next_sequence_;
  if (bytes == 0) return absl::OkStatus();
  if (sender_balance() <= 0) {
    return absl::DataLossError(
        absl::StrCat("element ", sequence, " came without credit: the sender breaks the protocol"));
  }
  queued_bytes_ += bytes;
  if (++elements_ == 1) rate_.OnFilled(now);
  return absl::OkStatus();
}

void CreditReceiver::OnBacklog(int64_t bytes, absl::Duration now) {
  const int64_t demand = bytes + options_.exclusive_bytes;
  if (demand >= demand_bytes_) {
    demand_bytes_ = demand;
    demand_at_ = now;
  }
  // The backlog is only waiting because the balance is used up.
  if (bytes > 0) Grow();
}

void CreditReceiver::OnTaken(int64_t bytes, absl::Duration now) {
  if (bytes == 0) return;
  queued_bytes_ -= bytes;
  rate_.OnTaken(bytes, now);
  if (--elements_ == 0) rate_.OnEmptied(now);
  if (now - demand_at_ >= kDemandHalfLife) {
    demand_bytes_ /= 2;
    demand_at_ = now;
  }
  // What is above the desired window goes back to the pool instead of to the sender.
  const int64_t excess = std::clamp<int64_t>(window_bytes_ - DesiredWindow(), 0, bytes);
  window_bytes_ -= excess;
  pool_.Give(excess);
  unannounced_bytes_ += bytes - excess;
}

int64_t CreditReceiver::DesiredWindow() const {
  const std::optional<double> rate = rate_.bytes_per_second();
  const double worked_off = rate.has_value() ? *rate * absl::ToDoubleSeconds(options_.target)
                                             : static_cast<double>(options_.window_bytes_start);
  const double bound = std::min(worked_off, static_cast<double>(options_.window_bytes_max));
  // Enough for the demand, and twice, so that credit is on its way while the rest is used.
  const int64_t wanted = std::min(static_cast<int64_t>(bound), 2 * demand_bytes_);
  return std::max(options_.exclusive_bytes, wanted);
}

void CreditReceiver::Grow() {
  const int64_t wanted = DesiredWindow() - window_bytes_;
  if (wanted <= 0) return;
  const int64_t granted = pool_.Take(wanted);
  window_bytes_ += granted;
  unannounced_bytes_ += granted;
}

int64_t CreditReceiver::TakeAnnouncement() {
  if (unannounced_bytes_ <= 0 || 2 * unannounced_bytes_ < window_bytes_) return 0;
  const int64_t credit = unannounced_bytes_;
  unannounced_bytes_ = 0;
  return credit;
}

}  // namespace millrace
