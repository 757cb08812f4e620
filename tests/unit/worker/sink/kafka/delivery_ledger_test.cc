#include "worker/sink/kafka/delivery_ledger.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using Ticket = DeliveryLedger::Ticket;

TEST(DeliveryLedgerTest, AnEpochIsSettledOnceAllItsRowsAreReported) {
  DeliveryLedger ledger;
  const Ticket first = ledger.OnSent();
  const Ticket second = ledger.OnSent();
  ledger.Seal(Epoch(1));
  EXPECT_FALSE(ledger.Settled(Epoch(1)));
  ledger.OnReported(second);
  EXPECT_FALSE(ledger.Settled(Epoch(1)));
  ledger.OnReported(first);
  EXPECT_TRUE(ledger.Settled(Epoch(1)));
}

TEST(DeliveryLedgerTest, RowsOfTheNextEpochDoNotHoldOneBack) {
  DeliveryLedger ledger;
  const Ticket before = ledger.OnSent();
  ledger.Seal(Epoch(1));
  const Ticket after = ledger.OnSent();
  ledger.OnReported(before);
  EXPECT_TRUE(ledger.Settled(Epoch(1)));
  EXPECT_EQ(ledger.under_way(), 1);
  ledger.OnReported(after);
  EXPECT_EQ(ledger.under_way(), 0);
}

TEST(DeliveryLedgerTest, ReportsOutOfOrderDoNotSettleAnOlderEpoch) {
  DeliveryLedger ledger;
  const Ticket old_row = ledger.OnSent();
  ledger.Seal(Epoch(1));
  const Ticket new_row = ledger.OnSent();
  ledger.Seal(Epoch(2));
  ledger.OnReported(new_row);
  EXPECT_FALSE(ledger.Settled(Epoch(1)));
  EXPECT_FALSE(ledger.Settled(Epoch(2)));
  ledger.OnReported(old_row);
  EXPECT_TRUE(ledger.Settled(Epoch(2)));
}

TEST(DeliveryLedgerTest, AnEpochWithoutRowsIsSettledWithTheOneBeforeIt) {
  DeliveryLedger ledger;
  ledger.Seal(Epoch(1));
  EXPECT_TRUE(ledger.Settled(Epoch(1)));
  const Ticket row = ledger.OnSent();
  ledger.Seal(Epoch(2));
  ledger.Seal(Epoch(4));  // 3 was given up.
  EXPECT_FALSE(ledger.Settled(Epoch(4)));
  ledger.OnReported(row);
  EXPECT_TRUE(ledger.Settled(Epoch(4)));
}

TEST(DeliveryLedgerDeathTest, ARowIsReportedOnce) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  DeliveryLedger ledger;
  const Ticket row = ledger.OnSent();
  ledger.OnReported(row);
  EXPECT_DEATH(ledger.OnReported(row), "under_way");
}

}  // namespace
}  // namespace millrace
