#include "worker/exchange/credit_receiver.h"

#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

constexpr CreditReceiverOptions kOptions = {.exclusive_bytes = 100,
                                            .window_bytes_max = 2000,
                                            .window_bytes_start = 1000,
                                            .target = absl::Milliseconds(100)};

absl::Duration Ms(int64_t n) { return absl::Milliseconds(n); }

TEST(CreditReceiverTest, GrantsTheExclusiveCreditAtOnce) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  EXPECT_EQ(receiver.TakeAnnouncement(), 100);
  EXPECT_EQ(receiver.TakeAnnouncement(), 0);
}

TEST(CreditReceiverTest, GivesCreditBackWhenTheTaskTakesAndItIsWorthAFrame) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 40, Ms(0)));
  EXPECT_OK(receiver.OnElement(1, 40, Ms(0)));
  EXPECT_EQ(receiver.TakeAnnouncement(), 0);
  receiver.OnTaken(40, Ms(1));
  EXPECT_EQ(receiver.TakeAnnouncement(), 0);  // Less than half of the window.
  receiver.OnTaken(40, Ms(2));
  EXPECT_EQ(receiver.TakeAnnouncement(), 80);
}

TEST(CreditReceiverTest, AnOverdraftIsPaidBackFirst) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 1000, Ms(0)));
  EXPECT_EQ(receiver.sender_balance(), -900);
  receiver.OnTaken(1000, Ms(1));
  EXPECT_EQ(receiver.TakeAnnouncement(), 1000);
  EXPECT_EQ(receiver.sender_balance(), 100);
}

TEST(CreditReceiverTest, GrowsByFloatingCreditForAnAnnouncedBacklog) {
  FloatingPool pool(10'000);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 100, Ms(0)));
  receiver.OnBacklog(0, Ms(0));
  EXPECT_EQ(receiver.window_bytes(), 100);
  receiver.OnBacklog(150, Ms(0));
  EXPECT_EQ(receiver.window_bytes(), 500);  // Twice backlog and exclusive credit.
  EXPECT_EQ(receiver.TakeAnnouncement(), 400);
  EXPECT_EQ(pool.available(), 9'600);
}

TEST(CreditReceiverTest, NeverTakesMoreThanHalfOfWhatThePoolHasLeft) {
  FloatingPool pool(300);
  CreditReceiver first(kOptions, pool);
  CreditReceiver second(kOptions, pool);
  first.OnBacklog(100'000, Ms(0));
  second.OnBacklog(100'000, Ms(0));
  EXPECT_EQ(first.window_bytes(), 250);
  EXPECT_EQ(second.window_bytes(), 175);
}

TEST(CreditReceiverTest, KeepsTheExclusiveCreditWhenThePoolIsEmpty) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 100, Ms(0)));
  receiver.OnBacklog(100'000, Ms(0));
  receiver.OnTaken(100, Ms(1));
  EXPECT_EQ(receiver.TakeAnnouncement(), 100);
}

TEST(CreditReceiverTest, ASlowTaskShrinksTheWindowToItsTargetTime) {
  FloatingPool pool(10'000);
  CreditReceiver receiver(kOptions, pool);
  receiver.OnBacklog(2000, Ms(0));
  EXPECT_EQ(receiver.window_bytes(), 1000);
  receiver.TakeAnnouncement();
  // 100 bytes in 50 ms are 2000 bytes per second, so 200 bytes in the target time.
  for (uint64_t i = 0; i < 10; ++i) EXPECT_OK(receiver.OnElement(i, 100, Ms(0)));
  for (int i = 1; i <= 10; ++i) receiver.OnTaken(100, Ms(50 * i));
  EXPECT_EQ(receiver.window_bytes(), 200);
  EXPECT_EQ(pool.available(), 9'900);
}

TEST(CreditReceiverTest, AFastTaskMayHaveAWindowUpToTheLimit) {
  FloatingPool pool(100'000);
  CreditReceiver receiver(kOptions, pool);
  receiver.OnBacklog(2000, Ms(0));
  receiver.TakeAnnouncement();
  for (uint64_t i = 0; i < 10; ++i) EXPECT_OK(receiver.OnElement(i, 100, Ms(0)));
  for (int i = 1; i <= 10; ++i) receiver.OnTaken(100, Ms(5 * i));  // 20,000 bytes per second
  receiver.OnBacklog(5000, Ms(51));
  EXPECT_EQ(receiver.window_bytes(), 2000);
}

TEST(CreditReceiverTest, TheTimeInWhichNothingWaitedDoesNotMakeTheTaskSlow) {
  ConsumptionRate rate;
  rate.OnFilled(Ms(0));
  rate.OnTaken(1000, Ms(50));
  rate.OnEmptied(Ms(50));
  rate.OnFilled(Ms(10'000));
  rate.OnTaken(1000, Ms(10'050));
  EXPECT_DOUBLE_EQ(*rate.bytes_per_second(), 20'000);
}

TEST(CreditReceiverTest, GivesFloatingCreditBackWhenItIsDestroyed) {
  FloatingPool pool(10'000);
  {
    CreditReceiver receiver(kOptions, pool);
    receiver.OnBacklog(2000, Ms(0));
    EXPECT_LT(pool.available(), 10'000);
  }
  EXPECT_EQ(pool.available(), 10'000);
}

TEST(CreditReceiverTest, AGapInTheSequenceIsAnError) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 1, Ms(0)));
  EXPECT_THAT(receiver.OnElement(2, 1, Ms(0)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("element 2 came where element 1")));
  EXPECT_THAT(receiver.OnElement(0, 1, Ms(0)), StatusIs(absl::StatusCode::kDataLoss, testing::_));
}

TEST(CreditReceiverTest, ABatchWithoutCreditIsAnErrorABarrierIsNot) {
  FloatingPool pool(0);
  CreditReceiver receiver(kOptions, pool);
  receiver.TakeAnnouncement();
  EXPECT_OK(receiver.OnElement(0, 100, Ms(0)));
  EXPECT_OK(receiver.OnElement(1, 0, Ms(0)));
  EXPECT_THAT(receiver.OnElement(2, 1, Ms(0)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("without credit")));
}

}  // namespace
}  // namespace millrace
