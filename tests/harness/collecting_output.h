// An Output that keeps what it gets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/harness/rows.h"
#include "worker/contract/output.h"

namespace millrace {

class CollectingOutput final : public Output {
 public:
  // Full while it holds `batches` of them.
  void SetRoom(size_t batches) { room_ = batches; }

  void Emit(Batch batch) override {
    if (batch.num_rows() > 0) batches_.push_back(std::move(batch));
  }
  bool full() const override { return batches_.size() >= room_; }

  // Somebody wants late rows from now on.
  void TakeLate() { takes_late_ = true; }
  bool takes_late(int input) const override { return takes_late_; }
  void EmitLate(int input, Batch rows) override { late_.emplace_back(input, std::move(rows)); }

  // The late rows of `input`, as `print` shows them.
  std::vector<std::string> TakeLateRows(int input, const Schema& schema) {
    std::vector<std::string> rows;
    for (const auto& [of, batch] : late_) {
      if (of != input) continue;
      for (std::string& row : RowStrings(schema, batch)) rows.push_back(std::move(row));
    }
    std::erase_if(late_, [&](const auto& late) { return late.first == input; });
    return rows;
  }

  std::vector<Batch> TakeBatches() { return std::exchange(batches_, {}); }

  // The rows as `print` shows them.
  std::vector<std::string> TakeRows(const Schema& schema) {
    std::vector<std::string> rows;
    for (const Batch& batch : TakeBatches()) {
      for (std::string& row : RowStrings(schema, batch)) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  std::vector<Batch> batches_;
  std::vector<std::pair<int, Batch>> late_;
  bool takes_late_ = false;
  size_t room_ = static_cast<size_t>(-1);
};

}  // namespace millrace
