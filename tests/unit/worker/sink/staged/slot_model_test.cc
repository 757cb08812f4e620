// Whatever the faults, each row is visible once and in order, and only with a durable epoch; and
// without any one of the protocol's rules it is not so.

#include "tests/unit/worker/sink/staged/slot_model.h"

#include <gmock/gmock.h>

#include <string>

namespace millrace {
namespace {

constexpr uint64_t kSeeds = 8000;
constexpr uint64_t kBugSeeds = 1000;

TEST(SlotModelTest, EveryRowIsVisibleOnceInOrderWithADurableEpoch) {
  ModelCounts all;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SlotModel model(seed, Bug::kNone);
    ASSERT_EQ(model.Run(), "") << "seed " << seed;
    const ModelCounts& counts = model.counts();
    all.transactions += counts.transactions;
    all.without_answer += counts.without_answer;
    all.fenced_off += counts.fenced_off;
    all.attempts += counts.attempts;
    all.zombie_transactions += counts.zombie_transactions;
    all.refused_old_checkpoints += counts.refused_old_checkpoints;
    all.aborted_checkpoints += counts.aborted_checkpoints;
  }
  // The faults took place.
  EXPECT_GT(all.transactions, 10'000);
  EXPECT_GT(all.without_answer, 3000);
  EXPECT_GT(all.fenced_off, 1000);
  EXPECT_GT(all.attempts, 10'000);
  EXPECT_GT(all.zombie_transactions, 1000);
  EXPECT_GT(all.refused_old_checkpoints, 1000);
  EXPECT_GT(all.aborted_checkpoints, 1000);
}

void ExpectFound(Bug bug) {
  uint64_t seed = 1;
  while (seed <= kBugSeeds && SlotModel(seed, bug).Run().empty()) ++seed;
  EXPECT_LE(seed, kBugSeeds) << "no seed shows the bug";
  testing::Test::RecordProperty("runs_to_detect", static_cast<int>(seed));
}

TEST(SlotModelBugTest, AFenceThatIsSkippedIsFound) { ExpectFound(Bug::kFenceSkipped); }

TEST(SlotModelBugTest, AMarkerReadBeforeTheFenceIsFound) {
  ExpectFound(Bug::kMarkerReadBeforeFence);
}

TEST(SlotModelBugTest, AMarkerThatIsSkippedIsFound) { ExpectFound(Bug::kMarkerSkipped); }

TEST(SlotModelBugTest, AMarkerReadOnlyAtTheStartIsFound) {
  ExpectFound(Bug::kMarkerReadOnlyAtStart);
}

TEST(SlotModelBugTest, AMarkerReadOnlyAfterDoubtIsFound) {
  ExpectFound(Bug::kMarkerOnlyAfterDoubt);
}

TEST(SlotModelBugTest, PublishingBeforeTheEpochIsDurableIsFound) {
  ExpectFound(Bug::kPublishedBeforeDurable);
}

TEST(SlotModelBugTest, TakingNoAnswerForACommitIsFound) { ExpectFound(Bug::kUnknownIsCommitted); }

}  // namespace
}  // namespace millrace
