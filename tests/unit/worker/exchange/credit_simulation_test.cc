// One sender and one receiver under random delays: whatever the seed, everything arrives once, in
// order, within the memory bound, and the channel never stands still for ever.
#include <gtest/gtest.h>

#include <deque>

#include "common/base/random.h"
#include "tests/harness/status_matchers.h"
#include "worker/exchange/credit_receiver.h"
#include "worker/exchange/credit_sender.h"

namespace millrace {
namespace {

constexpr int64_t kQueueMax = 4000;
constexpr CreditReceiverOptions kOptions = {
    .exclusive_bytes = 500, .window_bytes_max = 5000, .window_bytes_start = 2000};
constexpr int kElements = 300;

class Simulation {
 public:
  explicit Simulation(uint64_t seed)
      : random_(seed),
        pool_(random_.Below(10'000)),
        largest_(1 + random_.Below(3000)),
        sender_(kQueueMax),
        receiver_(kOptions, pool_) {}

  void Run() {
    credits_.push_back(receiver_.TakeAnnouncement());
    int steps = 0;
    while (taken_ < kElements) {
      ASSERT_LT(++steps, 1'000'000) << "stands still after " << taken_ << " elements";
      now_ += absl::Milliseconds(random_.Below(20));
      Step();
      ASSERT_LE(receiver_.queued_bytes(), receiver_.window_bytes() + largest_);
      ASSERT_LE(sender_.queued_bytes(), kQueueMax + largest_);
      ASSERT_LE(receiver_.window_bytes() - kOptions.exclusive_bytes, pool_.capacity());
    }
    EXPECT_TRUE(sender_.empty());
  }

 private:
  void Step() {
    switch (random_.Below(5)) {
      case 0:
        return Produce();
      case 1:
        if (auto frame = sender_.Next(now_)) wire_.push_back(std::move(*frame));
        return;
      case 2:
        return Arrive();
      case 3:
        return Consume();
      case 4:
        if (credits_.empty()) return;
        sender_.OnCredit(credits_.front(), now_);
        return credits_.pop_front();
    }
  }

  // Every third element needs no credit. Barriers carry the element's number.
  void Produce() {
    if (produced_ == kElements || sender_.full()) return;
    OutboundElement element{.bytes = 1 + random_.Below(static_cast<uint32_t>(largest_))};
    if (produced_ % 3 == 0) element = {.element = Barrier{.epoch = Epoch(produced_)}};
    sender_.Push(std::move(element), now_);
    ++produced_;
  }

  void Arrive() {
    if (wire_.empty()) return;
    OutboundFrame frame = std::move(wire_.front());
    wire_.pop_front();
    if (frame.content.has_value()) {
      ASSERT_OK(receiver_.OnElement(frame.sequence, frame.content->bytes, now_));
      arrived_.push_back(std::move(*frame.content));
    }
    receiver_.OnBacklog(frame.backlog_bytes, now_);
    Announce();
  }

  void Consume() {
    if (arrived_.empty()) return;
    const OutboundElement element = std::move(arrived_.front());
    arrived_.pop_front();
    const auto* barrier = std::get_if<Barrier>(&element.element);
    ASSERT_EQ(barrier != nullptr, taken_ % 3 == 0);
    if (barrier != nullptr) {
      ASSERT_EQ(barrier->epoch.value(), taken_);
    }
    ++taken_;
    receiver_.OnTaken(element.bytes, now_);
    Announce();
  }

  void Announce() {
    if (const int64_t credit = receiver_.TakeAnnouncement(); credit > 0) credits_.push_back(credit);
  }

  Random random_;
  FloatingPool pool_;
  const int64_t largest_;
  CreditSender sender_;
  CreditReceiver receiver_;
  absl::Duration now_ = absl::ZeroDuration();
  std::deque<OutboundFrame> wire_;
  std::deque<OutboundElement> arrived_;
  std::deque<int64_t> credits_;
  int produced_ = 0;
  int taken_ = 0;
};

TEST(CreditSimulationTest, DeliversEverythingInOrderWithinTheBoundForEverySeed) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Simulation(seed).Run();
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
