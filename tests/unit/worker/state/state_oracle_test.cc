// A seeded workload against a map: updates, drops, checkpoints that succeed, fail and overlap,
// crashes with a restore from the last good checkpoint, and next to no memory.

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "tests/unit/worker/state/spill_worlds.h"
#include "tests/unit/worker/state/state_world.h"

namespace millrace {
namespace {

struct Workload {
  SpillKind kind = SpillKind::kMemory;
  uint64_t seed = 0;
  int64_t memory_bytes = 0;
  int keys = 0;  // Of each namespace.
  int steps = 0;
};

class Trial {
 public:
  explicit Trial(const Workload& workload)
      : disk_(workload.kind),
        world_(disk_.files(), disk_.stores(), disk_.root(), workload.memory_bytes),
        random_(workload.seed),
        keys_(static_cast<uint32_t>(workload.keys)),
        steps_(workload.steps) {
    Start();
  }

  void Go() {
    for (int step = 0; step < steps_ && !testing::Test::HasFailure(); ++step) {
      const uint32_t dice = random_.Below(1000);
      if (dice < 900) {
        Update();
      } else if (dice < 920) {
        Drop();
      } else if (dice < 930) {
        EXPECT_EQ(task_->Scan(1 + random_.Below(50)), now_);
      } else if (dice < 980) {
        Checkpoint();
      } else if (dice < 990) {
        world_.io.RunOne();
      } else if (dice < 994) {
        Crash();
      } else if (dice < 995) {
        ShareMemory();
      } else {
        for (int i = 0; i < 1000; ++i) Update();
        Checkpoint();
      }
    }
    EXPECT_EQ(task_->Scan(), now_);
  }

  // Of the files of each kind that were written to the checkpoint folder.
  void Count(std::map<std::string, int>& kinds) {
    const std::string dir = absl::StrCat(world_.checkpoint_dir(), "/state");
    ASSERT_OK_AND_ASSIGN(const std::vector<FileInfo> files, disk_.files().List(dir));
    for (const FileInfo& file : files) ++kinds[file.name.substr(file.name.rfind('.') + 1)];
  }

 private:
  void Start() {
    const bool often = !seldom_ && random_.Below(4) > 0;
    StateTaskOptions options{.materialize_every = static_cast<int32_t>(
                                 often ? 1 + random_.Below(6) : 20 + random_.Below(20)),
                             .small_table_bytes = seldom_ ? 0 : 4 << 20,
                             .table = {.state_id = "oracle", .value_bytes = 12, .has_tail = true}};
    if (committed_.has_value()) options.restored = {*committed_};
    task_ = std::make_unique<StateTask>(world_, options);
    ASSERT_OK(task_->opened);
    ASSERT_EQ(task_->Scan(), now_);
  }

  void Update() {
    const int64_t state_namespace = random_.Below(4) == 0 ? random_.Below(20) : 3;
    const std::string key = absl::StrCat("key", random_.Below(keys_));
    const int64_t number = random_.Below(1000);
    const std::string text(random_.Below(40), static_cast<char>('a' + random_.Below(26)));
    auto& expected = now_[{state_namespace, key}];
    EXPECT_EQ(task_->Add(state_namespace, key, number, text), expected.first);
    expected = {expected.first + number, text};
  }

  void Drop() {
    const int64_t state_namespace = random_.Below(20);
    task_->Drop(state_namespace);
    std::erase_if(now_, [&](const auto& entry) { return entry.first.first == state_namespace; });
  }

  // Each frozen epoch is written, given up, or kept until later epochs are frozen too.
  void Checkpoint() {
    ++epoch_;
    frozen_.push_back({.epoch = epoch_, .frozen = task_->Freeze(epoch_), .contents = now_});
    while (!frozen_.empty() && random_.Below(3) > 0) {
      Frozen oldest = std::move(frozen_.front());
      frozen_.erase(frozen_.begin());
      if (random_.Below(4) == 0) continue;
      ASSERT_OK_AND_ASSIGN(committed_, task_->Write(*oldest.frozen, oldest.epoch));
      committed_contents_ = oldest.contents;
    }
    if (random_.Below(3) > 0) world_.io.RunReady();
  }

  void Crash() {
    frozen_.clear();
    task_.reset();
    world_.io.RunReady();
    now_ = committed_contents_;
    Start();
  }

  // With others, so that there is plenty of it now and too little then.
  void ShareMemory() {
    constexpr int64_t kBytes = 130'000;
    world_.memory.Charge(others_have_it_ ? -kBytes : kBytes);
    others_have_it_ = !others_have_it_;
  }

  struct Frozen {
    int64_t epoch = 0;
    std::unique_ptr<FrozenState> frozen;
    StateTask::Contents contents;
  };

  SpillWorld disk_;
  StateWorld world_;
  Random random_;
  const uint32_t keys_;
  const int steps_;
  const bool seldom_ = random_.Below(2) == 0;  // Much changes between two materialisations.
  bool others_have_it_ = false;
  std::unique_ptr<StateTask> task_;
  StateTask::Contents now_;
  int64_t epoch_ = 0;
  std::vector<Frozen> frozen_;
  std::optional<KeyedStateSnapshot> committed_;
  StateTask::Contents committed_contents_;
};

class StateOracleTest : public testing::TestWithParam<SpillKind> {};

TEST_P(StateOracleTest, StateEqualsAMapWhateverHappens) {
  // The twin is quick enough for many seeds.
  const bool is_memory = GetParam() == SpillKind::kMemory;
  const uint64_t seeds = is_memory ? 5 : 1;
  std::map<std::string, int> kinds;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    // Always too little memory, now and then too little, too little while others have it, any
    // amount; the last changes fast for its size.
    constexpr std::pair<int64_t, int> kTrials[] = {{1, 400},       {30'000, 400}, {50'000, 400},
                                                   {150'000, 400}, {0, 400},      {0, 20}};
    for (const auto& [memory_bytes, keys] : kTrials) {
      SCOPED_TRACE(absl::StrCat("seed ", seed, ", memory ", memory_bytes, ", keys ", keys));
      Trial trial({.kind = GetParam(),
                   .seed = seed,
                   .memory_bytes = memory_bytes,
                   .keys = keys,
                   .steps = is_memory ? 4000 : 1500});
      trial.Go();
      trial.Count(kinds);
      if (HasFailure()) return;
    }
  }
  // All ways to write state were gone.
  EXPECT_GT(kinds["delta"], 100);
  EXPECT_GT(kinds["sst"], 10);
  if (is_memory) {
    EXPECT_GT(kinds["whole"], 10);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, StateOracleTest,
                         testing::Values(SpillKind::kMemory, SpillKind::kRocksDb), SpillKindName);

}  // namespace
}  // namespace millrace
