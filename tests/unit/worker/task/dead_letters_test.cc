#include "worker/task/dead_letters.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/contract/dead_letters.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class LetterSink final : public Sink {
 public:
  struct World {
    std::vector<Batch> batches;
    Progress progress = Progress::kDone;
  };
  explicit LetterSink(World& world) : world_(world) {}

  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> Append(Batch batch) override {
    world_.batches.push_back(std::move(batch));
    return world_.progress;
  }
  absl::StatusOr<Progress> Resume() override { return world_.progress; }
  absl::Status Seal(Epoch) override { return absl::OkStatus(); }
  absl::StatusOr<bool> Flushed(Epoch) override { return true; }
  absl::Status OnDurable(Epoch, Term) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  World& world_;
};

Slab SlabOf(const std::vector<std::string>& records, bool with_positions = true) {
  Slab slab;
  auto arena = std::make_shared<std::string>();
  for (size_t i = 0; i < records.size(); ++i) {
    slab.offsets.push_back(static_cast<uint32_t>(arena->size()));
    slab.lengths.push_back(static_cast<uint32_t>(records[i].size()));
    *arena += records[i];
    if (!with_positions) continue;
    slab.positions.push_back(static_cast<int64_t>(100 + i));
    slab.timestamps_ms.push_back(static_cast<int64_t>(7 + i));
  }
  arena->append(Slab::kPadding, '\0');
  slab.arena = std::move(arena);
  return slab;
}

class DeadLettersTest : public testing::Test {
 protected:
  std::vector<std::string> Rows() const {
    std::vector<std::string> rows;
    for (const Batch& batch : world_.batches) {
      for (const std::string& row : RowStrings(DeadLetterSchema(), batch)) rows.push_back(row);
    }
    return rows;
  }

  LetterSink::World world_;
  DeadLetters letters_{std::make_unique<LetterSink>(world_), "id"};
};

TEST_F(DeadLettersTest, ALetterHoldsTheRecordItsPlaceAndTheReason) {
  ASSERT_OK(letters_.Add("t-0", SlabOf({"good", "bad", "good", "worse"}),
                         {{.index = 1, .reason = "r1"}, {.index = 3, .reason = "r2"}}));
  ASSERT_THAT(Rows(), SizeIs(2));
  EXPECT_EQ(Rows(), RowStrings(DeadLetterSchema(),
                               MakeBatch(DeadLetterSchema(), {{"bad", "t-0", 101, 8, "r1"},
                                                              {"worse", "t-0", 103, 10, "r2"}})));
}

TEST_F(DeadLettersTest, ARecordWithoutOffsetAndTimeIsKnownByItsPlaceInTheSlab) {
  ASSERT_OK(letters_.Add("s", SlabOf({"a", "b"}, false), {{.index = 1, .reason = "r"}}));
  EXPECT_EQ(Rows(), RowStrings(DeadLetterSchema(),
                               MakeBatch(DeadLetterSchema(), {{"b", "s", 1, nullptr, "r"}})));
}

TEST_F(DeadLettersTest, LargeRecordsAreHandedOnInSeveralBatches) {
  const std::string large(3 * 1024 * 1024, 'x');
  ASSERT_OK(letters_.Add(
      "t-0", SlabOf({large, large, large}),
      {{.index = 0, .reason = "r"}, {.index = 1, .reason = "r"}, {.index = 2, .reason = "r"}}));
  ASSERT_THAT(world_.batches, SizeIs(2));
  EXPECT_EQ(world_.batches[0].num_rows(), 2);
  EXPECT_EQ(world_.batches[1].num_rows(), 1);
}

TEST_F(DeadLettersTest, AReasonThatQuotesALongKeyIsCut) {
  ASSERT_OK(letters_.Add("t-0", SlabOf({"a"}), {{.index = 0, .reason = std::string(5000, 'k')}}));
  EXPECT_LT(Rows()[0].size(), 1200u);
}

TEST_F(DeadLettersTest, ASinkWithoutRoomHoldsTheSourceBackUntilItHas) {
  world_.progress = Progress::kBlockedIo;
  EXPECT_THAT(letters_.HasRoom(), IsOkAndHolds(true));
  ASSERT_OK(letters_.Add("t-0", SlabOf({"a"}), {{.index = 0, .reason = "r"}}));
  EXPECT_THAT(letters_.HasRoom(), IsOkAndHolds(false));
  world_.progress = Progress::kDone;
  EXPECT_THAT(letters_.HasRoom(), IsOkAndHolds(true));
}

TEST(DeadLetterStateTest, AnotherTopicIsAnotherSlotOfTheSameSource) {
  const auto id = [](const std::string& topic) {
    const SourceSpec source{.table = {.name = "t", .options = {{"dead-letter.topic", topic}}}};
    return DeadLetterStateId({.state_id = "0123", .spec = source});
  };
  EXPECT_EQ(id("a"), "0123.dead-letters.a");
  EXPECT_NE(id("a"), id("b"));
}

}  // namespace
}  // namespace millrace
