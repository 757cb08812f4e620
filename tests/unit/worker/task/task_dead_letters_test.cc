// A task whose source has a dead-letter sink beside the sink of its chain.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/task/task_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One split of texts; a number is a row, everything else cannot be read.
class TextSource final : public Source {
 public:
  explicit TextSource(std::deque<std::string>& texts) : texts_(texts) {}
  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<SourcePoll> Poll(int64_t) override {
    SourcePoll poll{.wait = texts_.empty() ? SourceWait::kWait : SourceWait::kMore};
    if (texts_.empty()) return poll;
    Slab slab{.arena = std::make_shared<std::string>(texts_.front()),
              .offsets = {0},
              .lengths = {static_cast<uint32_t>(texts_.front().size())},
              .timestamps_ms = {},
              .positions = {position_++}};
    texts_.pop_front();
    poll.data.push_back({.split = 0, .rows = std::move(slab)});
    return poll;
  }
  const std::vector<std::string>& split_names() const override { return names_; }
  SplitStatus split_status(int) const override { return {}; }
  void Snapshot(StateWriter& state) const override {
    state.Put("position", absl::StrCat(position_));
  }

 private:
  std::deque<std::string>& texts_;
  int64_t position_ = 0;
  const std::vector<std::string> names_ = {"t-0"};
};

class NumberDecoder final : public Decoder {
 public:
  absl::StatusOr<DecodeResult> Decode(const Slab& slab) override {
    DecodeResult result{.batch = MakeBatch(kIds, {})};
    const std::string text(slab.record(0));
    if (text.find_first_not_of("0123456789") == std::string::npos) {
      result.batch = MakeBatch(kIds, {{std::stoi(text)}});
    } else {
      result.bad_records.push_back({.index = 0, .reason = "no number"});
    }
    return result;
  }
};

class LetterSink final : public Sink {
 public:
  struct World {
    std::vector<std::string> log;
    bool flushed = true;
    bool published = true;
    Progress progress = Progress::kDone;
    absl::Status status;
  };
  explicit LetterSink(World& world) : world_(world) {}

  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> Append(Batch batch) override {
    world_.log.push_back(absl::StrCat("letters ", batch.num_rows()));
    return world_.progress;
  }
  absl::StatusOr<Progress> Resume() override { return world_.progress; }
  absl::Status Seal(Epoch epoch) override {
    world_.log.push_back(absl::StrCat("seal ", epoch.value()));
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Flushed(Epoch) override { return world_.flushed; }
  void Snapshot(StateWriter& state) const override { state.Put("slot", "s"); }
  absl::Status OnDurable(Epoch epoch, Term) override {
    world_.log.push_back(absl::StrCat("durable ", epoch.value()));
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Published() override {
    if (!world_.status.ok()) return world_.status;
    return world_.published;
  }
  absl::Status Close() override {
    world_.log.push_back("close");
    return absl::OkStatus();
  }

 private:
  World& world_;
};

class TaskDeadLettersTest : public TaskFixture {
 protected:
  void Start(OnError on_error = OnError::kDeadLetter) {
    task_->Open([this, on_error]() -> absl::StatusOr<TaskParts> {
      TaskParts parts;
      parts.metrics = registry_.root().Child(
          {{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "1"}});
      BadRecordPolicy policy{.on_error = on_error};
      if (on_error == OnError::kDeadLetter) {
        policy.dead_letters =
            std::make_unique<DeadLetters>(std::make_unique<LetterSink>(letters_), "letters");
      }
      parts.source =
          std::make_unique<SourceDriver>(SourceSpec{.table = {.name = "ids", .schema = kIds}},
                                         std::make_unique<TextSource>(texts_),
                                         std::make_unique<NumberDecoder>(), std::move(policy));
      parts.source_state_id = "source";
      TaskContext context{.clock = &clock_, .metrics = parts.metrics.get()};
      const absl::Status opened = parts.source->Open(context, nullptr);
      if (!opened.ok()) return opened;
      parts.chain =
          std::make_unique<Chain>(std::vector<ChainLink>(), std::make_unique<FakeSink>(sink_),
                                  "sink", std::vector<std::unique_ptr<EdgeOutput>>());
      return parts;
    });
    Run();
    task_->Start();
    Run();
  }
  void Checkpoint(int64_t epoch, bool final = false) {
    task_->TriggerCheckpoint({.epoch = Epoch(epoch), .final = final});
    Run();
  }

  std::deque<std::string> texts_;
  LetterSink::World letters_;
};

TEST_F(TaskDeadLettersTest, ABadRecordGoesToTheDeadLettersAndAGoodOneOn) {
  texts_ = {"1", "oops", "2"};
  Start();
  EXPECT_THAT(letters_.log, ElementsAre("letters 1"));
  EXPECT_THAT(sink_.log, ElementsAre("+I[1]", "+I[2]"));
}

TEST_F(TaskDeadLettersTest, BothSinksTakePartInACheckpoint) {
  texts_ = {"1", "oops"};
  Start();
  Checkpoint(1);
  task_->OnDurable(Epoch(1), Term(1));
  Run();
  EXPECT_THAT(letters_.log, ElementsAre("letters 1", "seal 1", "durable 1"));
  EXPECT_THAT(sink_.log, ElementsAre("+I[1]", "seal 1", "durable 1"));
}

TEST_F(TaskDeadLettersTest, ASnapshotWaitsUntilTheDeadLettersAreFlushed) {
  texts_ = {"oops"};
  letters_.flushed = false;
  Start();
  TakeEvents();
  Checkpoint(1);
  EXPECT_THAT(TakeEvents(), IsEmpty());
  letters_.flushed = true;
  task_->Wake();
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre("snapshot 1 at 1"));
}

// Else no checkpoint would be taken for it, and it would stay unpublished.
TEST_F(TaskDeadLettersTest, AnEpochWithNothingButBadRecordsHasMoved) {
  texts_ = {"oops"};
  Start();
  EXPECT_EQ(task_->progress().records_in, 1);
  TakeEvents();
  Checkpoint(1);
  Checkpoint(2);
  EXPECT_THAT(TakeEvents(), ElementsAre("snapshot 1 at 1", "snapshot 2 at 1, nothing moved"));
}

TEST_F(TaskDeadLettersTest, DeadLettersWithoutRoomStopTheReadingButNoBarrier) {
  texts_ = {"oops", "1"};
  letters_.progress = Progress::kBlockedIo;
  Start();
  EXPECT_THAT(sink_.log, IsEmpty());
  Checkpoint(1);
  EXPECT_THAT(sink_.log, ElementsAre("seal 1"));
  letters_.progress = Progress::kDone;
  task_->Wake();
  Run();
  EXPECT_THAT(sink_.log, ElementsAre("seal 1", "+I[1]"));
}

TEST_F(TaskDeadLettersTest, ATaskEndsOnceItsLastDeadLettersArePublished) {
  texts_ = {"oops"};
  letters_.published = false;
  Start();
  Checkpoint(1, /*final=*/true);
  task_->OnDurable(Epoch(1), Term(1));
  Run();
  TakeEvents();
  EXPECT_THAT(letters_.log, ElementsAre("letters 1", "seal 1", "durable 1"));
  letters_.published = true;
  task_->Wake();
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre("finished"));
  EXPECT_EQ(letters_.log.back(), "close");
  EXPECT_EQ(sink_.log.back(), "close");
}

TEST_F(TaskDeadLettersTest, ADeadLetterTopicThatCannotBeWrittenFailsTheTask) {
  Start();
  TakeEvents();
  letters_.status = absl::NotFoundError("no such topic");
  task_->Wake();
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre(HasSubstr("failed: no such topic")));
}

TEST_F(TaskDeadLettersTest, WhereBadRecordsFailTheJobTheErrorSaysWhichOneAndWhatToDo) {
  texts_ = {"1", "oops"};
  Start(OnError::kFail);
  EXPECT_THAT(TakeEvents(), ElementsAre("open", HasSubstr("table ids: record 1 of t-0 cannot be "
                                                          "read: no number. Correct")));
}

TEST_F(TaskDeadLettersTest, SkippedRecordsAreCountedAndGoNowhere) {
  texts_ = {"oops", "2"};
  Start(OnError::kSkip);
  EXPECT_THAT(sink_.log, ElementsAre("+I[2]"));
  EXPECT_THAT(
      registry_.Expose(),
      HasSubstr("millrace_source_bad_records_total{job=\"job-1\",job_name=\"j\",stage=\"0\","
                "table=\"ids\",task=\"1\"} 1\n"));
}

}  // namespace
}  // namespace millrace
