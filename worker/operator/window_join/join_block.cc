#include "worker/operator/window_join/join_block.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/array/util.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "worker/operator/window_join/joined_rows.h"

namespace millrace {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;

constexpr size_t kRowsOfBlock = Batch::kTargetRows;
constexpr size_t kBytesOfBlock = 16 * Batch::kTargetBytes;

bool AreAllInOrder(const std::vector<int32_t>& picks, int64_t rows) {
  if (static_cast<int64_t>(picks.size()) != rows) return false;
  for (size_t i = 0; i < picks.size(); ++i) {
    if (picks[i] != static_cast<int32_t>(i)) return false;
  }
  return true;
}

absl::Status AppendPicked(const Columns& columns, const std::vector<int32_t>& picks,
                          Columns& picked) {
  if (columns.empty() || AreAllInOrder(picks, columns.front()->length())) {
    picked.insert(picked.end(), columns.begin(), columns.end());
    return absl::OkStatus();
  }
  arrow::Int32Builder builder;
  RETURN_IF_ERROR(FromArrow(builder.AppendValues(picks)));
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Array> indexes, FromArrow(builder.Finish()));
  for (const std::shared_ptr<arrow::Array>& column : columns) {
    ASSIGN_OR_RETURN(picked.emplace_back(), FromArrow(arrow::compute::Take(*column, *indexes)));
  }
  return absl::OkStatus();
}

absl::Status AppendNulls(const arrow::Schema& schema, int first, int count, int64_t rows,
                         Columns& columns) {
  for (int i = first; i < first + count; ++i) {
    ASSIGN_OR_RETURN(columns.emplace_back(),
                     FromArrow(arrow::MakeArrayOfNull(schema.field(i)->type(), rows)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<size_t> JoinBlock::Load(const std::vector<NamespaceCursor::Entry>& entries,
                                       size_t first) {
  left_rows_.clear();
  right_rows_.clear();
  groups_.clear();
  left_matched_.clear();
  right_matched_.clear();
  size_t next = first;
  size_t bytes = 0;
  while (next < entries.size() && left_rows_.size() + right_rows_.size() < kRowsOfBlock &&
         bytes < kBytesOfBlock) {
    bytes += entries[next].tail.size();
    Add(entries[next++]);
  }
  ASSIGN_OR_RETURN(left_, parts_.left.Decode(left_rows_));
  ASSIGN_OR_RETURN(right_, parts_.right.Decode(right_rows_));
  step_ = Step::kPairs;
  group_ = 0;
  next_row_ = 0;
  if (!groups_.empty()) {
    left_at_ = groups_.front().left_begin;
    right_at_ = groups_.front().right_begin;
  }
  if (!NeedsPairs()) step_ = Step::kLeft;
  return next;
}

void JoinBlock::Add(const NamespaceCursor::Entry& entry) {
  const bool has_pairs = JoinedRows::CountOf(0, entry.fixed) > 0 &&
                         JoinedRows::CountOf(1, entry.fixed) > 0 &&
                         !JoinedRows::HasNullKey(entry.fixed);
  if (!has_pairs && (parts_.type == JoinType::kInner || parts_.type == JoinType::kSemi)) return;
  Group group{.left_begin = static_cast<int32_t>(left_rows_.size()),
              .right_begin = static_cast<int32_t>(right_rows_.size())};
  JoinedRows::Split(entry.tail, left_rows_, right_rows_);
  group.left_end = static_cast<int32_t>(left_rows_.size());
  group.right_end = static_cast<int32_t>(right_rows_.size());
  if (has_pairs) groups_.push_back(group);
  // Without a condition every row of a key with rows on both sides has a partner.
  const char matched = has_pairs && parts_.condition == nullptr ? 1 : 0;
  left_matched_.resize(left_rows_.size(), matched);
  right_matched_.resize(right_rows_.size(), matched);
}

absl::StatusOr<Batch> JoinBlock::Next() {
  switch (step_) {
    case Step::kPairs:
      return Pairs();
    case Step::kLeft:
      return RowsOfLeft();
    case Step::kRight:
      return RowsOfRight();
    case Step::kDone:
      break;
  }
  return Batch();
}

bool JoinBlock::PickPairs() {
  left_picks_.clear();
  right_picks_.clear();
  size_t bytes = 0;
  while (group_ < groups_.size() && static_cast<int64_t>(left_picks_.size()) < Batch::kTargetRows &&
         bytes < static_cast<size_t>(Batch::kTargetBytes)) {
    const Group& group = groups_[group_];
    bytes += left_rows_[static_cast<size_t>(left_at_)].size() +
             right_rows_[static_cast<size_t>(right_at_)].size();
    left_picks_.push_back(left_at_);
    right_picks_.push_back(right_at_);
    if (++right_at_ < group.right_end) continue;
    right_at_ = group.right_begin;
    if (++left_at_ < group.left_end) continue;
    if (++group_ == groups_.size()) break;
    left_at_ = groups_[group_].left_begin;
    right_at_ = groups_[group_].right_begin;
  }
  return !left_picks_.empty();
}

absl::StatusOr<Batch> JoinBlock::Pairs() {
  if (!PickPairs()) {
    step_ = Step::kLeft;
    return Batch();
  }
  Columns columns;
  RETURN_IF_ERROR(AppendPicked(left_, left_picks_, columns));
  RETURN_IF_ERROR(AppendPicked(right_, right_picks_, columns));
  int64_t rows = static_cast<int64_t>(left_picks_.size());
  if (parts_.condition != nullptr) {
    ASSIGN_OR_RETURN(
        const Columns values,
        parts_.condition->Evaluate(Batch(arrow::RecordBatch::Make(parts_.pairs, rows, columns))));
    const auto& holds = static_cast<const arrow::BooleanArray&>(*values.front());
    for (int64_t i = 0; i < rows; ++i) {
      if (holds.IsNull(i) || !holds.Value(i)) continue;
      left_matched_[static_cast<size_t>(left_picks_[static_cast<size_t>(i)])] = 1;
      right_matched_[static_cast<size_t>(right_picks_[static_cast<size_t>(i)])] = 1;
    }
    rows = holds.true_count();
    if (!GivesRight(parts_.type) || rows == 0) return Batch();
    for (std::shared_ptr<arrow::Array>& column : columns) {
      ASSIGN_OR_RETURN(const arrow::Datum filtered,
                       FromArrow(arrow::compute::Filter(column, values.front())));
      column = filtered.make_array();
    }
  }
  return Batch(arrow::RecordBatch::Make(parts_.output, rows, std::move(columns)));
}

std::vector<int32_t> JoinBlock::PickRows(const std::vector<char>& marks, bool matched) {
  std::vector<int32_t> picks;
  for (; next_row_ < marks.size() && static_cast<int64_t>(picks.size()) < Batch::kTargetRows;
       ++next_row_) {
    if ((marks[next_row_] != 0) == matched) picks.push_back(static_cast<int32_t>(next_row_));
  }
  return picks;
}

absl::StatusOr<Batch> JoinBlock::RowsOfLeft() {
  const bool given = !GivesRight(parts_.type) || KeepsLeft(parts_.type);
  if (!given || next_row_ == left_matched_.size()) {
    step_ = Step::kRight;
    next_row_ = 0;
    return Batch();
  }
  const std::vector<int32_t> picks = PickRows(left_matched_, parts_.type == JoinType::kSemi);
  const auto rows = static_cast<int64_t>(picks.size());
  if (rows == 0) return Batch();
  Columns columns;
  RETURN_IF_ERROR(AppendPicked(left_, picks, columns));
  if (GivesRight(parts_.type)) {
    const int first = static_cast<int>(left_.size());
    RETURN_IF_ERROR(
        AppendNulls(*parts_.output, first, static_cast<int>(right_.size()), rows, columns));
  }
  return Batch(arrow::RecordBatch::Make(parts_.output, rows, std::move(columns)));
}

absl::StatusOr<Batch> JoinBlock::RowsOfRight() {
  if (!KeepsRight(parts_.type) || next_row_ == right_matched_.size()) {
    step_ = Step::kDone;
    return Batch();
  }
  const std::vector<int32_t> picks = PickRows(right_matched_, /*matched=*/false);
  const auto rows = static_cast<int64_t>(picks.size());
  if (rows == 0) return Batch();
  Columns columns;
  RETURN_IF_ERROR(AppendNulls(*parts_.output, 0, static_cast<int>(left_.size()), rows, columns));
  RETURN_IF_ERROR(AppendPicked(right_, picks, columns));
  return Batch(arrow::RecordBatch::Make(parts_.output, rows, std::move(columns)));
}

}  // namespace millrace
