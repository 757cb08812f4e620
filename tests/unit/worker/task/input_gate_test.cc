#include "worker/task/input_gate.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/type.h"
#include "tests/harness/fake_channel.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

// A batch of one row that can be told from others.
Batch Row(int64_t id) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(id).ok());
  return Batch(arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}), 1,
                                        {builder.Finish().ValueOrDie()}));
}

std::string Text(const Element& element) {
  if (const auto* batch = std::get_if<Batch>(&element)) {
    return absl::StrCat("row ", static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0));
  }
  if (const auto* watermark = std::get_if<Watermark>(&element))
    return absl::StrCat("watermark ", watermark->time.millis());
  if (const auto* idle = std::get_if<IdleStatus>(&element)) return idle->idle ? "idle" : "active";
  if (const auto* barrier = std::get_if<Barrier>(&element))
    return absl::StrCat("barrier ", barrier->epoch.value());
  if (const auto* cancel = std::get_if<CancelBarrier>(&element))
    return absl::StrCat("cancel ", cancel->epoch.value());
  return "end";
}

class InputGateTest : public testing::Test {
 protected:
  // A gate over two channels, and everything it gives until it has nothing.
  std::vector<std::string> Drain() {
    std::vector<std::string> texts;
    while (true) {
      const absl::StatusOr<std::vector<Element>> elements = gate_.Poll();
      EXPECT_OK(elements);
      if (elements->empty()) return texts;
      for (const Element& element : *elements) texts.push_back(Text(element));
    }
  }

  static std::vector<std::unique_ptr<ChannelReceiver>> Receivers(std::deque<Element>& a,
                                                                 std::deque<Element>& b) {
    std::vector<std::unique_ptr<ChannelReceiver>> receivers;
    receivers.push_back(std::make_unique<FakeReceiver>(a));
    receivers.push_back(std::make_unique<FakeReceiver>(b));
    return receivers;
  }

  std::deque<Element> a_;
  std::deque<Element> b_;
  InputGate gate_{Receivers(a_, b_)};
};

using Texts = std::vector<std::string>;

TEST_F(InputGateTest, ChannelsTakeTurns) {
  a_ = {Row(1), Row(2)};
  b_ = {Row(10), Row(20)};
  EXPECT_EQ(Drain(), (Texts{"row 1", "row 10", "row 2", "row 20"}));
}

TEST_F(InputGateTest, NothingOfTheNextEpochPassesBeforeTheBarrierOfEveryChannel) {
  a_ = {Row(1), Barrier{Epoch(7)}, Row(2)};
  b_ = {Row(10)};
  EXPECT_EQ(Drain(), (Texts{"row 1", "row 10"}));
  b_ = {Row(11), Barrier{Epoch(7)}, Row(12)};
  EXPECT_EQ(Drain(), (Texts{"row 11", "barrier 7", "row 2", "row 12"}));
}

TEST_F(InputGateTest, ACheckpointThatIsGivenUpFreesTheChannelsThatWaited) {
  a_ = {Barrier{Epoch(7)}, Row(2)};
  EXPECT_EQ(Drain(), Texts{});
  gate_.CancelCheckpoint(Epoch(7));
  EXPECT_EQ(Drain(), (Texts{"row 2"}));
}

TEST_F(InputGateTest, ACancelMarkerIsForwardedOnce) {
  a_ = {CancelBarrier{Epoch(7)}};
  b_ = {CancelBarrier{Epoch(7)}};
  EXPECT_EQ(Drain(), (Texts{"cancel 7"}));
}

TEST_F(InputGateTest, TheGateKnowsWhichInputRowsAreOf) {
  InputGate gate(Receivers(a_, b_), {0, 1});
  a_ = {Row(1), Watermark{EventTime(10)}};
  b_ = {Row(10), Watermark{EventTime(20)}};
  std::vector<std::string> texts;
  for (int i = 0; i < 3; ++i) {
    const absl::StatusOr<std::vector<Element>> elements = gate.Poll();
    ASSERT_OK(elements);
    for (const Element& element : *elements) {
      texts.push_back(absl::StrCat(gate.input(), ": ", Text(element)));
    }
  }
  EXPECT_EQ(texts, (Texts{"0: row 1", "1: row 10", "1: watermark 10"}))
      << "watermarks are those of both inputs together";
}

TEST_F(InputGateTest, WatermarksLeaveMerged) {
  a_ = {Watermark{EventTime(5)}};
  b_ = {Watermark{EventTime(3)}, Watermark{EventTime(9)}};
  EXPECT_EQ(Drain(), (Texts{"watermark 3", "watermark 5"}));
}

TEST_F(InputGateTest, TheGateEndsWhenEveryChannelHas) {
  a_ = {Watermark{EventTime(5)}, EndOfInput{}};
  EXPECT_EQ(Drain(), Texts{});
  b_ = {Row(1), EndOfInput{}};
  EXPECT_EQ(Drain(),
            (Texts{"row 1", absl::StrCat("watermark ", EventTime::Max().millis()), "end"}));
}

}  // namespace
}  // namespace millrace
