// Joins some entries of a window: what comes of them, batch by batch.
//
// First the pairs, entry by entry, then the rows of the left input that have no partner, then those
// of the right one; of a semi or anti join the rows of the left input that have one, or none. The
// rows are decoded once, however many pairs they are in. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array.h"
#include "common/base/clock.h"
#include "common/columnar/batch.h"
#include "common/columnar/key_codec.h"
#include "common/expr/evaluator.h"
#include "common/plan/operators.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class JoinBlock {
 public:
  struct Parts {
    JoinType type = JoinType::kInner;
    KeyCodec left;  // Of all columns.
    KeyCodec right;
    std::unique_ptr<Evaluator> condition;  // Over the columns of both; null: none.
    std::shared_ptr<arrow::Schema> pairs;  // The columns of both.
    std::shared_ptr<arrow::Schema> output;
  };

  explicit JoinBlock(Parts parts) : parts_(std::move(parts)) {}

  // For a condition that asks for the current time. `clock` outlives this.
  void UseClock(const Clock& clock) {
    if (parts_.condition != nullptr) parts_.condition->UseClock(clock);
  }

  // Takes entries from `first` on, as many as make a good block, and returns where the next one
  // begins. REQUIRES: done(); the entries stay valid until done().
  absl::StatusOr<size_t> Load(const std::vector<NamespaceCursor::Entry>& entries, size_t first);

  bool done() const { return step_ == Step::kDone; }

  // The next rows, perhaps none. REQUIRES: !done().
  absl::StatusOr<Batch> Next();

 private:
  enum class Step : uint8_t { kPairs, kLeft, kRight, kDone };
  using Columns = std::vector<std::shared_ptr<arrow::Array>>;

  // Rows of one key, in left_rows_ and right_rows_.
  struct Group {
    int32_t left_begin = 0;
    int32_t left_end = 0;
    int32_t right_begin = 0;
    int32_t right_end = 0;
  };

  void Add(const NamespaceCursor::Entry& entry);
  bool NeedsPairs() const { return GivesRight(parts_.type) || parts_.condition != nullptr; }
  // Fills left_picks_ and right_picks_; false if there are no more.
  bool PickPairs();
  absl::StatusOr<Batch> Pairs();
  absl::StatusOr<Batch> RowsOfLeft();
  absl::StatusOr<Batch> RowsOfRight();
  // Rows from next_row_ on whose mark is `matched`.
  std::vector<int32_t> PickRows(const std::vector<char>& marks, bool matched);

  Parts parts_;
  Step step_ = Step::kDone;

  std::vector<std::string_view> left_rows_;
  std::vector<std::string_view> right_rows_;
  std::vector<Group> groups_;  // That have pairs.
  Columns left_;
  Columns right_;
  std::vector<char> left_matched_;  // Rows that have a partner.
  std::vector<char> right_matched_;

  // The next pair.
  size_t group_ = 0;
  int32_t left_at_ = 0;
  int32_t right_at_ = 0;
  std::vector<int32_t> left_picks_;
  std::vector<int32_t> right_picks_;
  size_t next_row_ = 0;  // In kLeft and kRight.
};

}  // namespace millrace
