#include "worker/operator/group_aggregate/group_aggregate.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/plan/operator_rules.h"
#include "worker/aggregate/accumulators.h"
#include "worker/aggregate/aggregate_results.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/group_aggregate/group_changes.h"

namespace millrace {
namespace {

struct GroupAggregateParts {
  std::string state_id;
  AccumulatorLayout layout;
  KeyCodec keys;
  std::shared_ptr<arrow::Schema> output;
  bool emits_update_before = false;
};

// Whether every row changes the results of its group.
bool EveryRowCounts(const AccumulatorLayout& layout) {
  const auto& accumulators = layout.accumulators();
  return std::any_of(accumulators.begin(), accumulators.end(), [](const Accumulator& accumulator) {
    const AggregateCall& call = accumulator.call;
    return call.function == AggregateFunction::kCount && !call.argument && !call.filter_column;
  });
}

class GroupAggregate final : public Operator {
 public:
  explicit GroupAggregate(GroupAggregateParts parts)
      : parts_(std::move(parts)),
        every_row_counts_(EveryRowCounts(parts_.layout)),
        groups_(parts_.keys),
        fold_(parts_.layout),
        changes_(parts_.layout),
        results_(parts_.layout, parts_.keys) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    ASSIGN_OR_RETURN(state_, context.open_state({.state_id = parts_.state_id,
                                                 .schema_version = kAccumulatorsVersion,
                                                 .value_bytes = parts_.layout.value_bytes(),
                                                 .has_tail = parts_.layout.parts() > 0}));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (!batch.insert_only()) RETURN_IF_ERROR(CheckKinds(batch));
    if (batch.num_rows() == 0) return Progress::kDone;
    namespaces_.assign(static_cast<size_t>(batch.num_rows()), 0);
    RETURN_IF_ERROR(groups_.Assign(batch, namespaces_));
    fold_.Fold(batch, groups_.group_of_row(), groups_.groups());
    merging_ = std::move(batch);
    return Resume(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (merging_.num_rows() > 0) {
      ASSIGN_OR_RETURN(const Progress progress, MergeIntoState());
      if (progress != Progress::kDone) return progress;
    }
    return EmitChanges(out);
  }

 private:
  static absl::Status CheckKinds(const Batch& batch) {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.row_kind(row) == RowKind::kInsert) continue;
      return absl::UnimplementedError(absl::StrCat("an aggregation over rows that change others (",
                                                   RowKindString(batch.row_kind(row)),
                                                   ") is valid in Flink, not built yet"));
    }
    return absl::OkStatus();
  }

  // Adds the folded batch to the state, once its entries are in RAM, and keeps what that changes.
  absl::StatusOr<Progress> MergeIntoState() {
    const std::vector<StateKey>& keys = groups_.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    const bool asks_before = parts_.emits_update_before || !every_row_counts_;
    changes_.Clear();
    for (size_t i = 0; i < keys.size(); ++i) {
      bool created = false;
      const StateValue value = state_->Upsert(keys[i], &created);
      changes_.Begin(keys[i].key, {.is_new = created, .before = asks_before ? &value : nullptr});
      fold_.MergeInto(value, static_cast<int64_t>(i) + 1);
      changes_.End(value);
    }
    next_ = 0;
    merging_ = Batch();
    return Progress::kDone;
  }

  absl::StatusOr<Progress> EmitChanges(Output& out) {
    while (next_ < changes_.size()) {
      if (out.full()) return Progress::kBlockedOutput;
      TakeChanges();
      if (kinds_.empty()) break;
      RETURN_IF_ERROR(results_.Append(entries_));
      ASSIGN_OR_RETURN(auto columns, results_.Finish());
      out.Emit(Batch(arrow::RecordBatch::Make(parts_.output, static_cast<int64_t>(kinds_.size()),
                                              std::move(columns)),
                     Kinds()));
    }
    return Progress::kDone;
  }

  // The rows of the next changes that fill a batch in entries_ and kinds_. Those of one group stay
  // side by side.
  void TakeChanges() {
    entries_.clear();
    kinds_.clear();
    int64_t bytes = 0;
    const auto add = [&](const NamespaceCursor::Entry& entry, RowKind kind) {
      entries_.push_back(entry);
      kinds_.push_back(kind);
      bytes +=
          static_cast<int64_t>(entry.key.size() + entry.tail.size()) + parts_.layout.value_bytes();
    };
    for (; next_ < changes_.size(); ++next_) {
      if (static_cast<int64_t>(kinds_.size()) + 2 > Batch::kTargetRows) return;
      if (bytes >= Batch::kTargetBytes) return;
      const NamespaceCursor::Entry after = changes_.after(next_);
      if (changes_.is_new(next_)) {
        add(after, RowKind::kInsert);
        continue;
      }
      if (!every_row_counts_ && HaveSameResults(parts_.layout, changes_.before(next_), after)) {
        continue;
      }
      if (parts_.emits_update_before) add(changes_.before(next_), RowKind::kUpdateBefore);
      add(after, RowKind::kUpdateAfter);
    }
  }

  std::shared_ptr<const std::vector<RowKind>> Kinds() const {
    const bool insert_only = std::all_of(kinds_.begin(), kinds_.end(),
                                         [](RowKind kind) { return kind == RowKind::kInsert; });
    if (insert_only) return nullptr;
    return std::make_shared<const std::vector<RowKind>>(kinds_);
  }

  const GroupAggregateParts parts_;
  const bool every_row_counts_;
  KeyedState* state_ = nullptr;

  // A batch on its way into the state. It is kept because the fold points into its strings.
  Batch merging_;
  std::vector<int64_t> namespaces_;  // All 0.
  BatchGroups groups_;
  BatchFold fold_;

  // Changes on their way out.
  GroupChanges changes_;
  int64_t next_ = 0;
  std::vector<NamespaceCursor::Entry> entries_;
  std::vector<RowKind> kinds_;
  AggregateResults results_;
};

absl::Status InOperator(const OperatorNode& node, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(node.name, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewGroupAggregate(const OperatorNode& node,
                                                            const Schema& input) {
  const auto& spec = std::get<GroupAggregateSpec>(node.spec);
  if (const absl::Status status = CheckOperator(node, input); !status.ok()) {
    return InOperator(node, status);
  }
  absl::StatusOr<AccumulatorLayout> layout = AccumulatorLayout::Create(spec.calls, input);
  if (!layout.ok()) return InOperator(node, layout.status());
  absl::StatusOr<KeyCodec> keys = KeyCodec::Create(input, spec.key_columns);
  if (!keys.ok()) return InOperator(node, keys.status());
  return std::make_unique<GroupAggregate>(GroupAggregateParts{
      .state_id = node.state_id,
      .layout = *std::move(layout),
      .keys = *std::move(keys),
      .output = node.output.ToArrow(),
      .emits_update_before = spec.emits_update_before,
  });
}

}  // namespace millrace
