#include "worker/exchange/credit_sender.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr int64_t kQueueMax = 1000;

OutboundElement Rows(int64_t bytes) { return {.element = Batch(), .bytes = bytes}; }
OutboundElement At(int64_t millis) { return {.element = Watermark{EventTime(millis)}}; }
OutboundElement BarrierOf(int64_t epoch) { return {.element = Barrier{.epoch = Epoch(epoch)}}; }

absl::Duration Ms(int64_t n) { return absl::Milliseconds(n); }

// What Next() gives until it gives nothing: "batch 100", "watermark 5", "barrier 1", "backlog 300".
std::vector<std::string> Drain(CreditSender& sender, absl::Duration now = Ms(0)) {
  std::vector<std::string> out;
  while (auto frame = sender.Next(now)) {
    if (!frame->content.has_value()) {
      out.push_back("backlog " + std::to_string(frame->backlog_bytes));
    } else if (const auto* w = std::get_if<Watermark>(&frame->content->element)) {
      out.push_back("watermark " + std::to_string(w->time.millis()));
    } else if (const auto* b = std::get_if<Barrier>(&frame->content->element)) {
      out.push_back("barrier " + std::to_string(b->epoch.value()));
    } else if (std::holds_alternative<EndOfInput>(frame->content->element)) {
      out.push_back("end");
    } else {
      out.push_back("batch " + std::to_string(frame->content->bytes));
    }
  }
  return out;
}

using Frames = std::vector<std::string>;

TEST(CreditSenderTest, SendsNothingBeforeTheFirstCreditNotEvenABarrier) {
  CreditSender sender(kQueueMax);
  sender.Push(BarrierOf(1), Ms(0));
  EXPECT_FALSE(sender.ready());
  EXPECT_EQ(Drain(sender), Frames());
  sender.OnCredit(1, Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"barrier 1"}));
}

TEST(CreditSenderTest, SendsBatchesWhileTheBalanceIsPositiveAndMayOverdrawItByOne) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(150, Ms(0));
  for (int i = 0; i < 3; ++i) sender.Push(Rows(100), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100", "batch 100"}));
  EXPECT_EQ(sender.balance(), -50);
  sender.OnCredit(50, Ms(0));
  EXPECT_EQ(Drain(sender), Frames());  // Zero is not positive.
  sender.OnCredit(1, Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100"}));
}

TEST(CreditSenderTest, ARowLargerThanAllCreditPasses) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(10, Ms(0));
  sender.Push(Rows(1'000'000), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 1000000"}));
}

TEST(CreditSenderTest, ABarrierNeedsNoCreditButWaitsBehindData) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(1, Ms(0));
  sender.Push(Rows(100), Ms(0));
  sender.Push(BarrierOf(1), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100", "barrier 1"}));
  sender.Push(BarrierOf(2), Ms(0));
  sender.Push(Rows(100), Ms(0));
  sender.Push(BarrierOf(3), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"barrier 2"})) << "which says itself that 100 bytes wait";
  sender.OnCredit(100, Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100", "barrier 3"}));
}

TEST(CreditSenderTest, ANewerWatermarkReplacesTheOneThatWaitsLast) {
  CreditSender sender(kQueueMax);
  sender.Push(Rows(100), Ms(0));
  sender.Push(At(5), Ms(0));
  sender.Push(At(6), Ms(0));
  sender.Push(Rows(100), Ms(0));
  sender.Push(At(7), Ms(0));
  sender.Push(At(8), Ms(0));
  sender.OnCredit(1000, Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100", "watermark 6", "batch 100", "watermark 8"}));
}

TEST(CreditSenderTest, AWatermarkDoesNotPassABarrier) {
  CreditSender sender(kQueueMax);
  sender.Push(At(5), Ms(0));
  sender.Push(BarrierOf(1), Ms(0));
  sender.Push(At(6), Ms(0));
  sender.OnCredit(1, Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"watermark 5", "barrier 1", "watermark 6"}));
}

TEST(CreditSenderTest, AnnouncesABacklogOnceWhenNoFrameCanCarryIt) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(100, Ms(0));
  sender.Push(Rows(100), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"batch 100"}));
  sender.Push(Rows(70), Ms(0));
  sender.Push(Rows(30), Ms(0));
  EXPECT_EQ(Drain(sender), Frames({"backlog 100"}));
  sender.Push(Rows(30), Ms(0));
  EXPECT_EQ(Drain(sender), Frames());
  sender.OnCredit(10, Ms(0));
  EXPECT_EQ(sender.Next(Ms(0))->backlog_bytes, 60);  // Data frames carry it from here.
}

TEST(CreditSenderTest, NumbersElementsWithoutAGapAndAnnouncementsNot) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(1, Ms(0));
  sender.Push(Rows(10), Ms(0));
  EXPECT_EQ(sender.Next(Ms(0))->sequence, 0u);
  sender.Push(Rows(10), Ms(0));
  EXPECT_FALSE(sender.Next(Ms(0))->content.has_value());
  sender.OnCredit(100, Ms(0));
  EXPECT_EQ(sender.Next(Ms(0))->sequence, 1u);
  sender.Push(At(1), Ms(0));
  EXPECT_EQ(sender.Next(Ms(0))->sequence, 2u);
}

TEST(CreditSenderTest, IsFullAtItsBoundAndTakesWhatWasBegunAnyway) {
  CreditSender sender(kQueueMax);
  sender.Push(Rows(999), Ms(0));
  EXPECT_FALSE(sender.full());
  sender.Push(Rows(1), Ms(0));
  EXPECT_TRUE(sender.full());
  sender.Push(Rows(500), Ms(0));
  sender.OnCredit(1, Ms(0));
  Drain(sender);
  EXPECT_FALSE(sender.full());
  EXPECT_EQ(sender.queued_bytes(), 501);
}

TEST(CreditSenderTest, CountsTheTimeInWhichDataWaitedForCredit) {
  CreditSender sender(kQueueMax);
  sender.OnCredit(1, Ms(0));
  sender.Push(Rows(10), Ms(10));
  Drain(sender, Ms(20));
  EXPECT_EQ(sender.stalled(Ms(30)), Ms(0));
  sender.Push(Rows(10), Ms(40));
  EXPECT_EQ(sender.stalled(Ms(50)), Ms(10));
  sender.OnCredit(100, Ms(60));
  EXPECT_EQ(sender.stalled(Ms(90)), Ms(20));
}

}  // namespace
}  // namespace millrace
