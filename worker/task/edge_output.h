// Where a task's rows leave it: the channels of one edge, and how rows are spread over them.
//
// Driven by the task's thread only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/key_codec.h"
#include "common/plan/job_graph.h"
#include "worker/contract/channel.h"

namespace millrace {

class EdgeOutput {
 public:
  // `senders` has one per task of the downstream stage, in order; with kForward exactly one.
  // `first` is where kRebalance begins (the sending task's index, so that tasks do not begin
  // together).
  static absl::StatusOr<std::unique_ptr<EdgeOutput>> Create(
      const Edge& edge, int32_t max_parallelism, int first,
      std::vector<std::unique_ptr<ChannelSender>> senders);

  // Spreads the rows of `batch` over the channels.
  absl::Status Send(const Batch& batch);

  // Sends a watermark, idle status, barrier or end to every channel.
  absl::Status Broadcast(const Element& element);

  // Some channel has no room: any row may be for it, so the task must wait.
  bool full() const;
  bool drained() const;

 private:
  EdgeOutput(Partitioning partitioning, int32_t max_parallelism, int first,
             std::vector<std::unique_ptr<ChannelSender>> senders);

  absl::Status SendByKey(const Batch& batch);
  absl::Status SendTo(size_t receiver, Element element);

  Partitioning partitioning_;
  int32_t max_parallelism_;
  size_t next_;  // kRebalance
  std::vector<std::unique_ptr<ChannelSender>> senders_;

  // kHash only; scratch is kept between batches.
  std::optional<KeyCodec> codec_;
  EncodedKeys keys_;
  std::vector<std::vector<int64_t>> rows_of_receiver_;
};

}  // namespace millrace
