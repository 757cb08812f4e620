#include "worker/task/edge_output.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/datum.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/plan/key_groups.h"
#include "worker/task/channel_trouble.h"

namespace millrace {
namespace {

// The rows of `batch` with these indexes, which ascend.
absl::StatusOr<Batch> TakeRows(const Batch& batch, const std::vector<int64_t>& rows) {
  const auto indexes = std::make_shared<arrow::Int64Array>(static_cast<int64_t>(rows.size()),
                                                           arrow::Buffer::Wrap(rows));
  arrow::compute::ExecContext context;
  context.set_use_threads(false);
  ASSIGN_OR_RETURN(
      arrow::Datum taken,
      FromArrow(arrow::compute::Take(batch.columns(), indexes,
                                     arrow::compute::TakeOptions::NoBoundsCheck(), &context)));
  std::shared_ptr<const std::vector<RowKind>> row_kinds;
  if (!batch.insert_only()) {
    std::vector<RowKind> kinds;
    kinds.reserve(rows.size());
    for (const int64_t row : rows) kinds.push_back(batch.row_kind(row));
    row_kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
  }
  return Batch(taken.record_batch(), std::move(row_kinds));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EdgeOutput>> EdgeOutput::Create(
    const Edge& edge, int32_t max_parallelism, int first,
    std::vector<std::unique_ptr<ChannelSender>> senders) {
  auto output = std::unique_ptr<EdgeOutput>(
      new EdgeOutput(edge.partitioning, max_parallelism, first, std::move(senders)));
  if (edge.partitioning == Partitioning::kHash) {
    ASSIGN_OR_RETURN(output->codec_, KeyCodec::Create(edge.schema, edge.key_columns));
  }
  return output;
}

EdgeOutput::EdgeOutput(Partitioning partitioning, int32_t max_parallelism, int first,
                       std::vector<std::unique_ptr<ChannelSender>> senders)
    : partitioning_(partitioning),
      max_parallelism_(max_parallelism),
      next_(static_cast<size_t>(first) % senders.size()),
      senders_(std::move(senders)),
      rows_of_receiver_(senders_.size()) {}

absl::Status EdgeOutput::Send(const Batch& batch) {
  switch (partitioning_) {
    case Partitioning::kForward:
      return SendTo(0, batch);
    case Partitioning::kBroadcast:
      return Broadcast(batch);
    case Partitioning::kRebalance:
      next_ = (next_ + 1) % senders_.size();
      return SendTo(next_, batch);
    case Partitioning::kHash:
      return senders_.size() == 1 ? SendTo(0, batch) : SendByKey(batch);
  }
  return absl::InternalError("unknown partitioning");
}

absl::Status EdgeOutput::SendByKey(const Batch& batch) {
  RETURN_IF_ERROR(codec_->Encode(batch, keys_));
  for (std::vector<int64_t>& rows : rows_of_receiver_) rows.clear();
  const int32_t receivers = static_cast<int32_t>(senders_.size());
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const KeyGroup group = KeyGroupOf(keys_.key(row), max_parallelism_);
    rows_of_receiver_[TaskOfKeyGroup(group, receivers, max_parallelism_)].push_back(row);
  }
  for (int32_t receiver = 0; receiver < receivers; ++receiver) {
    const std::vector<int64_t>& rows = rows_of_receiver_[receiver];
    if (rows.empty()) continue;
    if (static_cast<int64_t>(rows.size()) == batch.num_rows()) return SendTo(receiver, batch);
    ASSIGN_OR_RETURN(Batch part, TakeRows(batch, rows));
    RETURN_IF_ERROR(SendTo(receiver, std::move(part)));
  }
  return absl::OkStatus();
}

absl::Status EdgeOutput::Broadcast(const Element& element) {
  for (size_t i = 0; i < senders_.size(); ++i) RETURN_IF_ERROR(SendTo(i, element));
  return absl::OkStatus();
}

absl::Status EdgeOutput::SendTo(size_t receiver, Element element) {
  return ChannelTrouble(senders_[receiver]->Send(std::move(element)));
}

bool EdgeOutput::full() const {
  return std::any_of(senders_.begin(), senders_.end(), [](const auto& s) { return s->full(); });
}

bool EdgeOutput::drained() const {
  return std::all_of(senders_.begin(), senders_.end(), [](const auto& s) { return s->drained(); });
}

}  // namespace millrace
