#include "worker/operator/window_join/window_join.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/metrics/metrics.h"
#include "common/plan/operator_rules.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_join/join_block.h"
#include "worker/operator/window_join/joined_rows.h"
#include "worker/windows/attached_windows.h"
#include "worker/windows/event_progress.h"
#include "worker/windows/late_rows.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

static_assert(kLateRow == BatchGroups::kLate);

constexpr int64_t kEntriesAtATime = 4096;
// A condition that few pairs fulfil can take long over a window before anything comes of it.
constexpr int kSilentBatches = 16;

// What the operator knows of one of its inputs.
struct JoinSide {
  AttachedWindows windows;
  BatchGroups groups;  // By the keys and the window's start.
  std::vector<int> key_columns;
  KeyCodec rows;       // Of all columns.
  bool keeps = false;  // Rows come out without a partner too.
};

class WindowJoin final : public Operator {
 public:
  WindowJoin(std::string state_id, std::array<JoinSide, 2> sides, JoinBlock::Parts block)
      : state_id_(std::move(state_id)), sides_(std::move(sides)), block_(std::move(block)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    for (JoinSide& side : sides_) side.windows.Open(context);
    block_.UseClock(*context.clock);
    fired_ = context.metrics->GetCounter("millrace_task_timers_fired_total");
    RETURN_IF_ERROR(progress_.Open(context, restored));
    ASSIGN_OR_RETURN(state_, context.open_state({.state_id = state_id_,
                                                 .schema_version = JoinedRows::kVersion,
                                                 .value_bytes = JoinedRows::kValueBytes,
                                                 .has_tail = true}));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    return OnInput(0, std::move(batch), out);
  }

  absl::StatusOr<Progress> OnInput(int input, Batch batch, Output& out) override {
    JoinSide& side = sides_[static_cast<size_t>(input)];
    RETURN_IF_ERROR(side.windows.Assign(batch, progress_.watermark(), ends_, out));
    FindNullKeys(batch, side);
    RETURN_IF_ERROR(side.groups.Assign(batch, ends_));
    if (side.groups.keys().empty()) return Progress::kDone;
    RETURN_IF_ERROR(side.rows.Encode(batch, encoded_));
    merging_ = input;
    return MergeIntoState();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    firing_.clear();
    const int64_t complete_ms = sides_[0].windows.CompleteMs(watermark);
    for (const int64_t window : state_->Namespaces()) {
      if (SlicedWindows::Completes(complete_ms, window)) firing_.push_back(window);
    }
    std::reverse(firing_.begin(), firing_.end());  // The earliest is taken off the back.
    progress_.Advance(watermark);
    return Fire(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (merging_ >= 0) return MergeIntoState();
    return Fire(out);
  }

  void Snapshot(StateWriter& state) const override { progress_.Snapshot(state); }

 private:
  // NULL equals nothing: a row with one in a key has no partner, and is only kept if it comes out
  // all the same.
  void FindNullKeys(const Batch& batch, const JoinSide& side) {
    has_null_key_.clear();
    for (const int key : side.key_columns) {
      const arrow::Array& column = *batch.column(key);
      if (column.null_count() == 0) continue;
      has_null_key_.resize(ends_.size(), 0);
      for (size_t row = 0; row < ends_.size(); ++row) {
        if (!column.IsNull(static_cast<int64_t>(row))) continue;
        has_null_key_[row] = 1;
        if (!side.keeps) ends_[row] = BatchGroups::kLate;
      }
    }
  }

  // Adds the rows of the batch to the state, once its entries are in RAM.
  absl::StatusOr<Progress> MergeIntoState() {
    const BatchGroups& groups = sides_[static_cast<size_t>(merging_)].groups;
    const std::vector<StateKey>& keys = groups.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    const std::vector<uint32_t>& group_of_row = groups.group_of_row();
    uint32_t last = 0;  // The group that `value` is of: neighbours may share theirs.
    StateValue value;
    for (size_t row = 0; row < group_of_row.size(); ++row) {
      if (group_of_row[row] == 0) continue;
      if (group_of_row[row] != last) {
        last = group_of_row[row];
        bool created = false;
        value = state_->Upsert(keys[last - 1], &created);
      }
      JoinedRows::Append(merging_, encoded_.key(static_cast<int64_t>(row)), value);
      if (!has_null_key_.empty() && has_null_key_[row] != 0) JoinedRows::MarkNullKey(value);
    }
    merging_ = -1;
    return Progress::kDone;
  }

  // Joins the windows that are to fire, earliest first, and forgets each.
  absl::StatusOr<Progress> Fire(Output& out) {
    for (int silent = 0; !firing_.empty();) {
      if (out.full()) return Progress::kBlockedOutput;
      if (!block_.done()) {
        if (silent == kSilentBatches) return Progress::kYield;
        ASSIGN_OR_RETURN(Batch joined, block_.Next());
        silent = joined.num_rows() > 0 ? 0 : silent + 1;
        out.Emit(std::move(joined));
        continue;
      }
      if (next_entry_ < entries_.size()) {
        ASSIGN_OR_RETURN(next_entry_, block_.Load(entries_, next_entry_));
        continue;
      }
      RETURN_IF_ERROR(NextEntries());
    }
    return Progress::kDone;
  }

  absl::Status NextEntries() {
    const int64_t window = firing_.back();
    if (cursor_ == nullptr) cursor_ = state_->Scan(window);
    RETURN_IF_ERROR(cursor_->Next(kEntriesAtATime, entries_));
    next_entry_ = 0;
    if (!entries_.empty()) return absl::OkStatus();
    cursor_.reset();
    state_->DropNamespace(window);
    firing_.pop_back();
    fired_->Add();
    return absl::OkStatus();
  }

  const std::string state_id_;
  std::array<JoinSide, 2> sides_;
  KeyedState* state_ = nullptr;
  Counter* fired_ = nullptr;
  EventProgress progress_;

  // A batch on its way into the state.
  int merging_ = -1;  // Its input; -1: none is.
  std::vector<int64_t> ends_;
  std::vector<char> has_null_key_;  // Empty: no row has.
  EncodedKeys encoded_;

  // Windows on their way out.
  std::vector<int64_t> firing_;  // Ends, the earliest at the back.
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<NamespaceCursor::Entry> entries_;
  size_t next_entry_ = 0;
  JoinBlock block_;
};

absl::StatusOr<KeyCodec> AllColumns(const Schema& schema) {
  std::vector<int> all(static_cast<size_t>(schema.size()));
  std::iota(all.begin(), all.end(), 0);
  return KeyCodec::Create(schema, std::move(all));
}

absl::StatusOr<JoinSide> MakeSide(const WindowJoinSpec::Side& spec, const Schema& input, int index,
                                  bool keeps) {
  std::vector<int> keys = spec.key_columns;
  keys.push_back(spec.window.start_column);
  ASSIGN_OR_RETURN(AttachedWindows windows, AttachedWindows::Create(spec.window, input, index));
  ASSIGN_OR_RETURN(KeyCodec codec, KeyCodec::Create(input, std::move(keys)));
  ASSIGN_OR_RETURN(KeyCodec rows, AllColumns(input));
  return JoinSide{.windows = std::move(windows),
                  .groups = BatchGroups(std::move(codec)),
                  .key_columns = spec.key_columns,
                  .rows = std::move(rows),
                  .keeps = keeps};
}

absl::StatusOr<std::unique_ptr<Operator>> Make(const OperatorNode& node,
                                               const std::vector<Schema>& inputs) {
  RETURN_IF_ERROR(CheckOperator(node, inputs));
  const auto& spec = std::get<WindowJoinSpec>(node.spec);
  const bool keeps_left = KeepsLeft(spec.type) || spec.type == JoinType::kAnti;
  ASSIGN_OR_RETURN(JoinSide left, MakeSide(spec.left, inputs[0], 0, keeps_left));
  ASSIGN_OR_RETURN(JoinSide right, MakeSide(spec.right, inputs[1], 1, KeepsRight(spec.type)));
  std::vector<Field> both = inputs[0].fields();
  both.insert(both.end(), inputs[1].fields().begin(), inputs[1].fields().end());
  const Schema pairs(std::move(both));
  std::unique_ptr<Evaluator> condition;
  if (spec.condition != nullptr) {
    ASSIGN_OR_RETURN(condition, Evaluator::Create(pairs, {spec.condition}));
  }
  JoinBlock::Parts block{.type = spec.type,
                         .left = left.rows,
                         .right = right.rows,
                         .condition = std::move(condition),
                         .pairs = pairs.ToArrow(),
                         .output = node.output.ToArrow()};
  return std::make_unique<WindowJoin>(
      node.state_id, std::array<JoinSide, 2>{std::move(left), std::move(right)}, std::move(block));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowJoin(const OperatorNode& node,
                                                        const std::vector<Schema>& inputs) {
  absl::StatusOr<std::unique_ptr<Operator>> made = Make(node, inputs);
  if (made.ok()) return made;
  return absl::Status(made.status().code(), absl::StrCat(node.name, ": ", made.status().message()));
}

}  // namespace millrace
