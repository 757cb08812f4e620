// How a chain drives operators: nothing is lost or reordered when links or outputs have to wait.
#include "worker/task/chain.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/type.h"
#include "tests/harness/fake_channel.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

std::shared_ptr<arrow::Schema> IdSchema() {
  return arrow::schema({arrow::field("id", arrow::int64())});
}

Batch Row(int64_t id) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(id).ok());
  return Batch(arrow::RecordBatch::Make(IdSchema(), 1, {builder.Finish().ValueOrDie()}));
}

int64_t IdOf(const Batch& batch) {
  return static_cast<const arrow::Int64Array&>(*batch.column(0)).Value(0);
}

// Emits each row `copies` times, one batch each, pausing whenever the output is full.
class Repeat final : public Operator {
 public:
  explicit Repeat(int copies) : copies_(copies) {}
  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    batch_ = std::move(batch);
    left_ = copies_;
    return Resume(out);
  }
  absl::StatusOr<Progress> Resume(Output& out) override {
    for (; left_ > 0; --left_) {
      if (out.full()) return Progress::kBlockedOutput;
      out.Emit(batch_);
    }
    return Progress::kDone;
  }
  void Snapshot(StateWriter& state) const override { state.Put("left", absl::StrCat(left_)); }

 private:
  const int copies_;
  Batch batch_;
  int left_ = 0;
};

// Fails on the row with id 13.
class Superstitious final : public Operator {
 public:
  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (IdOf(batch) == 13) return absl::InvalidArgumentError("unlucky");
    out.Emit(std::move(batch));
    return Progress::kDone;
  }
};

// Drops rows with an id below 10 as late, and adds 100 to those of its second input.
class Late final : public Operator {
 public:
  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    return OnInput(0, std::move(batch), out);
  }
  absl::StatusOr<Progress> OnInput(int input, Batch batch, Output& out) override {
    if (IdOf(batch) < 10) {
      out.EmitLate(input, std::move(batch));
    } else {
      out.Emit(Row(IdOf(batch) + 100 * input));
    }
    return Progress::kDone;
  }
};

class ChainTest : public testing::Test {
 protected:
  static std::unique_ptr<EdgeOutput> EdgeTo(FakeSenderState& channel) {
    Edge edge{.partitioning = Partitioning::kForward,
              .schema = Schema({{"id", DataType::BigInt()}})};
    std::vector<std::unique_ptr<ChannelSender>> senders;
    senders.push_back(std::make_unique<FakeSender>(channel));
    auto output = EdgeOutput::Create(edge, 16, 0, std::move(senders));
    EXPECT_OK(output);
    return *std::move(output);
  }

  void Make(std::vector<ChainLink> links) {
    std::vector<std::unique_ptr<EdgeOutput>> edges;
    edges.push_back(EdgeTo(channel_));
    chain_ = std::make_unique<Chain>(std::move(links), nullptr, "", std::move(edges));
  }

  // Advances until the chain is done or has to wait.
  Progress Run() {
    for (int step = 0; step < 1000; ++step) {
      const absl::StatusOr<Progress> progress = chain_->Advance();
      EXPECT_OK(progress);
      if (*progress != Progress::kYield) return *progress;
    }
    ADD_FAILURE() << "the chain makes no progress";
    return Progress::kYield;
  }

  std::string Sent() const { return SentBy(channel_); }

  static std::string SentBy(const FakeSenderState& channel) {
    std::string text;
    for (const Element& element : channel.sent) {
      if (const auto* batch = std::get_if<Batch>(&element))
        absl::StrAppend(&text, IdOf(*batch), " ");
      if (const auto* watermark = std::get_if<Watermark>(&element))
        absl::StrAppend(&text, "w", watermark->time.millis(), " ");
      if (std::holds_alternative<Barrier>(element)) absl::StrAppend(&text, "| ");
    }
    return text;
  }

  static ChainLink Link(std::string name, std::unique_ptr<Operator> op) {
    return {.name = name, .state_id = name, .op = std::move(op)};
  }

  FakeSenderState channel_;
  FakeSenderState late_;
  std::unique_ptr<Chain> chain_;
};

TEST_F(ChainTest, TheFirstLinkIsToldWhichInputRowsAreOf) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Late>()));
  links.push_back(Link("b", std::make_unique<Late>()));
  Make(std::move(links));
  chain_->Push(Row(11), 1);
  chain_->Push(Row(12), 0);
  EXPECT_EQ(Run(), Progress::kDone);
  EXPECT_EQ(Sent(), "111 12 ");
}

TEST_F(ChainTest, LateRowsLeaveByTheEdgeOfTheirLinkAndInputAndBarriersByAll) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Late>()));
  Make(std::move(links));
  chain_->AddLateEdge(0, 1, EdgeTo(late_));
  chain_->Push(Row(1), 0);  // Nobody wants late rows of this input.
  chain_->Push(Row(2), 1);
  chain_->Push(Row(13), 1);
  chain_->Push(Watermark{EventTime(5)});
  ASSERT_EQ(Run(), Progress::kDone);
  ASSERT_OK(chain_->Snapshot(Barrier{Epoch(1)}));
  EXPECT_EQ(Sent(), "113 w5 | ");
  EXPECT_EQ(SentBy(late_), "2 w5 | ");
}

TEST_F(ChainTest, ALateEdgeWithoutRoomHoldsTheChainUp) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Repeat>(3)));
  Make(std::move(links));
  chain_->AddLateEdge(0, 0, EdgeTo(late_));
  late_.full = true;
  chain_->Push(Row(1));
  EXPECT_EQ(Run(), Progress::kBlockedOutput);
  late_.full = false;
  EXPECT_EQ(Run(), Progress::kDone);
  EXPECT_EQ(Sent(), "1 1 1 ");
}

TEST_F(ChainTest, RowsAndWatermarksKeepTheirOrder) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Repeat>(1)));
  links.push_back(Link("b", std::make_unique<Repeat>(1)));
  Make(std::move(links));
  chain_->Push(Row(1));
  chain_->Push(Watermark{EventTime(5)});
  chain_->Push(Row(2));
  EXPECT_EQ(Run(), Progress::kDone);
  EXPECT_EQ(Sent(), "1 w5 2 ");
}

TEST_F(ChainTest, AFanOutPausesWhenTheOutputIsFullAndGoesOnWhereItStopped) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Repeat>(5)));
  Make(std::move(links));
  channel_.full = true;
  chain_->Push(Row(1));
  chain_->Push(Watermark{EventTime(5)});
  EXPECT_EQ(Run(), Progress::kBlockedOutput);
  EXPECT_EQ(Sent(), "");
  channel_.full = false;
  EXPECT_EQ(Run(), Progress::kDone);
  EXPECT_EQ(Sent(), "1 1 1 1 1 w5 ");
}

TEST_F(ChainTest, FanOutsBehindEachOtherLoseNothing) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Repeat>(7)));
  links.push_back(Link("b", std::make_unique<Repeat>(9)));
  Make(std::move(links));
  chain_->Push(Row(1));
  for (bool full = true;; full = !full) {
    channel_.full = full;
    if (Run() == Progress::kDone) break;
  }
  EXPECT_EQ(channel_.sent.size(), 63u);
}

TEST_F(ChainTest, ASnapshotHoldsTheStateOfEveryLinkAndForwardsTheBarrier) {
  std::vector<ChainLink> links;
  links.push_back(Link("a", std::make_unique<Repeat>(1)));
  links.push_back(Link("stateless", std::make_unique<Superstitious>()));
  Make(std::move(links));
  chain_->Push(Row(1));
  ASSERT_EQ(Run(), Progress::kDone);
  ASSERT_OK_AND_ASSIGN(const auto snapshots, chain_->Snapshot(Barrier{Epoch(1)}));
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_EQ(snapshots[0].state_id, "a");
  EXPECT_EQ(snapshots[0].values.at("left"), "0");
  EXPECT_EQ(Sent(), "1 | ");
}

TEST_F(ChainTest, AnErrorNamesTheLink) {
  std::vector<ChainLink> links;
  links.push_back(Link("Calc(id)", std::make_unique<Superstitious>()));
  Make(std::move(links));
  chain_->Push(Row(13));
  EXPECT_THAT(chain_->Advance(), StatusIs(absl::StatusCode::kInvalidArgument, "Calc(id): unlucky"));
}

}  // namespace
}  // namespace millrace
