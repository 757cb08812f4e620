#include "worker/checkpoint/epoch_writer.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/crc32c.h"
#include "common/base/status_macros.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Writes one section; remembers what became of it.
struct FrozenLog {
  bool written = false;
  bool released = false;
};
class FakeFrozen final : public FrozenState {
 public:
  FakeFrozen(std::string state_id, std::string content, FrozenLog& log)
      : state_id_(std::move(state_id)), content_(std::move(content)), log_(log) {}
  ~FakeFrozen() override { log_.released = true; }

  absl::StatusOr<std::vector<OperatorState>> Write(SectionWriter& file) override {
    OperatorState state{.state_id = state_id_};
    if (!content_.empty()) {
      RETURN_IF_ERROR(file.Append(content_.substr(0, 3)));
      RETURN_IF_ERROR(file.Append(content_.substr(3)));
      state.state.deltas.push_back(file.EndSection());
    }
    return std::vector<OperatorState>{std::move(state)};
  }
  void OnWritten() override { log_.written = true; }

 private:
  const std::string state_id_;
  const std::string content_;
  FrozenLog& log_;
};

class EpochWriterTest : public testing::Test {
 protected:
  struct Done {
    Epoch epoch;
    absl::StatusOr<std::vector<TaskSnapshot>> tasks;
  };

  static TaskId Task(int32_t index) { return {StageId(1), index}; }

  EpochWriterTest() {
    writer_ = std::make_unique<EpochWriter>(EpochWriter::Options{
        .files = &files_,
        .io = &io_,
        .checkpoint_dir = "/c/job",
        .worker = WorkerId("w"),
        .term = Term(2),
        .attempt = Attempt(3),
        .tasks = {Task(0), Task(1)},
        .done = [this](Epoch epoch, absl::StatusOr<std::vector<TaskSnapshot>> tasks) {
          done_.push_back({epoch, std::move(tasks)});
        }});
  }

  void Add(int64_t epoch, int32_t index, const std::string& content) {
    writer_->Add(Epoch(epoch), {.task = Task(index)},
                 std::make_unique<FakeFrozen>("agg", content, logs_[{epoch, index}]));
  }

  MemoryFiles files_;
  FakeClock clock_;
  ManualExecutor io_{clock_};
  std::map<std::pair<int64_t, int32_t>, FrozenLog> logs_;
  std::vector<Done> done_;
  std::unique_ptr<EpochWriter> writer_;
};

TEST_F(EpochWriterTest, TheSectionsOfAllTasksAreOneFile) {
  Add(7, 1, "second");
  io_.RunReady();
  EXPECT_THAT(done_, IsEmpty());
  Add(7, 0, "first task");
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(1));
  EXPECT_EQ(done_[0].epoch, Epoch(7));
  ASSERT_OK_AND_ASSIGN(const std::vector<TaskSnapshot> tasks, done_[0].tasks);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_THAT(files_.paths(), ElementsAre("/c/job/state/7-2-3-w.delta"));
  const std::vector<std::string> contents = {"first task", "second"};
  for (int32_t index = 0; index < 2; ++index) {
    EXPECT_EQ(tasks[index].task, Task(index));
    ASSERT_THAT(tasks[index].operators, SizeIs(1));
    EXPECT_EQ(tasks[index].operators[0].state_id, "agg");
    const FileRef& ref = tasks[index].operators[0].keyed.at(0).deltas.at(0);
    EXPECT_EQ(ref.path, "state/7-2-3-w.delta");
    EXPECT_THAT(files_.ReadRange("/c/job/" + ref.path, ref.offset, ref.bytes),
                IsOkAndHolds(contents[index]));
    EXPECT_EQ(ref.crc32c, Crc32c(contents[index]));
    EXPECT_TRUE((logs_[{7, index}].written));
    EXPECT_TRUE((logs_[{7, index}].released));
  }
}

TEST_F(EpochWriterTest, AnEpochWithoutChangesIsNoFile) {
  Add(1, 0, "");
  Add(1, 1, "");
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(1));
  EXPECT_OK(done_[0].tasks);
  EXPECT_THAT(files_.paths(), IsEmpty());
}

TEST_F(EpochWriterTest, KeyedStateJoinsTheOtherStateOfItsOperator) {
  FrozenLog log;
  TaskSnapshot snapshot{.task = Task(0)};
  snapshot.operators.push_back({.state_id = "agg", .values = {{"late", "5"}}});
  snapshot.operators.push_back({.state_id = "sink"});
  writer_->Add(Epoch(1), std::move(snapshot), std::make_unique<FakeFrozen>("agg", "abc", log));
  writer_->Add(Epoch(1), {.task = Task(1)}, nullptr);
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const std::vector<TaskSnapshot> tasks, done_[0].tasks);
  ASSERT_THAT(tasks[0].operators, SizeIs(2));
  EXPECT_EQ(tasks[0].operators[0].values.at("late"), "5");
  EXPECT_THAT(tasks[0].operators[0].keyed, SizeIs(1));
  EXPECT_THAT(tasks[0].operators[1].keyed, IsEmpty());
  EXPECT_THAT(tasks[1].operators, IsEmpty());
}

TEST_F(EpochWriterTest, AFullDiskIsToldAndTheNextEpochIsWritten) {
  files_.FailWrites(absl::ResourceExhaustedError("/c/job: no space left on device"));
  Add(1, 0, "abc");
  Add(1, 1, "def");
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(1));
  EXPECT_THAT(done_[0].tasks,
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("no space left")));
  EXPECT_FALSE((logs_[{1, 0}].written));
  EXPECT_TRUE((logs_[{1, 0}].released));
  files_.FailWrites(absl::OkStatus());
  Add(2, 0, "abc");
  Add(2, 1, "def");
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(2));
  EXPECT_OK(done_[1].tasks);
}

TEST_F(EpochWriterTest, AnAbortedEpochIsReleasedAndNeverTold) {
  Add(1, 0, "abc");
  writer_->Abort(Epoch(1));
  io_.RunReady();
  EXPECT_TRUE((logs_[{1, 0}].released));
  Add(1, 1, "late");  // It had not heard of it yet.
  io_.RunReady();
  EXPECT_TRUE((logs_[{1, 1}].released));
  EXPECT_FALSE((logs_[{1, 1}].written));
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_THAT(files_.paths(), IsEmpty());
}

TEST_F(EpochWriterTest, AnEpochThatIsAbortedBeforeItsWriteIsNotWritten) {
  Add(1, 0, "abc");
  Add(1, 1, "def");
  writer_->Abort(Epoch(1));
  io_.RunReady();
  EXPECT_THAT(files_.paths(), IsEmpty());
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_TRUE((logs_[{1, 0}].released));
}

TEST_F(EpochWriterTest, ALaterEpochSupersedesOneThatIsIncomplete) {
  Add(1, 0, "abc");
  Add(2, 0, "abc");
  Add(2, 1, "def");
  io_.RunReady();
  ASSERT_THAT(done_, SizeIs(1));
  EXPECT_EQ(done_[0].epoch, Epoch(2));
  EXPECT_TRUE((logs_[{1, 0}].released));
  EXPECT_FALSE((logs_[{1, 0}].written));
  EXPECT_TRUE((logs_[{2, 0}].written));
}

TEST_F(EpochWriterTest, OneEpochFollowsTheOther) {
  for (int64_t epoch = 1; epoch <= 3; ++epoch) {
    Add(epoch, 0, "abc");
    Add(epoch, 1, "def");
    io_.RunReady();
  }
  ASSERT_THAT(done_, SizeIs(3));
  EXPECT_EQ(done_[2].epoch, Epoch(3));
  EXPECT_THAT(files_.paths(), SizeIs(3));
}

TEST_F(EpochWriterTest, NothingIsToldOnceTheWriterIsGone) {
  Add(1, 0, "abc");
  Add(1, 1, "def");
  writer_.reset();
  io_.RunReady();
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_TRUE((logs_[{1, 1}].released));
}

}  // namespace
}  // namespace millrace
