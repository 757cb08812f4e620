// The operators of a task, one behind the other, and what is on its way between them.
//
// Every link has an inbox. Advance() always serves the last link that has something to do, so that
// rows leave before new ones enter, and comes back when all inboxes are empty or a link has to
// wait. The chain's end is a sink or the task's edges. Driven by the task's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "worker/contract/element.h"
#include "worker/contract/operator.h"
#include "worker/contract/progress.h"
#include "worker/contract/sink.h"
#include "worker/task/edge_output.h"
#include "worker/task/flow_count.h"

namespace millrace {

// An operator, the identity of its state, and what a task was told about it.
struct ChainLink {
  std::string name;
  std::string state_id;
  std::unique_ptr<Operator> op;
};

class Chain {
 public:
  // `sink` may be null; then `edges` are where rows leave.
  Chain(std::vector<ChainLink> links, std::unique_ptr<Sink> sink, std::string sink_state_id,
        std::vector<std::unique_ptr<EdgeOutput>> edges);
  ~Chain();

  // The rows of input `input` that link `link` drops as late leave by `edge`, which gets barriers
  // and the end as the others do. REQUIRES: nothing was pushed yet.
  void AddLateEdge(size_t link, int input, std::unique_ptr<EdgeOutput> edge);

  // Puts an element behind what is on its way. REQUIRES: a batch, which is of input `input` of the
  // first link, watermark or idle status.
  void Push(Element element, int input = 0);

  // kDone: everything on its way has left. kYield: a slice of work was done, there is more. An
  // error names the link.
  absl::StatusOr<Progress> Advance();

  // When the first of the operators wants to be called; the infinite future: none does.
  absl::Time NextTime() const;
  // Calls those whose time has come. REQUIRES: Advance() returned kDone; it goes on with the rest.
  absl::Status OnTime(absl::Time now);

  // The barrier passes: small state of every link is written, the sink seals the epoch, the edges
  // forward the barrier. REQUIRES: Advance() returned kDone.
  absl::StatusOr<std::vector<OperatorSnapshot>> Snapshot(const Barrier& barrier);

  // Forwards to the edges without touching the links: a cancelled barrier, the end.
  absl::Status Forward(const Element& element);

  Sink* sink() { return sink_.get(); }
  const std::string& sink_state_id() const { return sink_state_id_; }
  bool output_full() const;
  bool drained() const;
  // What left at the end, to the sink or the edges.
  const FlowCount& out() const { return out_; }

 private:
  class LinkOutput;

  struct Incoming {
    Element element;
    int input = 0;  // Of the link that takes it.
  };
  struct LateEdge {
    size_t link = 0;
    int input = 0;
    std::unique_ptr<EdgeOutput> edge;
  };

  // Serves link `i`, which has something to do.
  absl::StatusOr<Progress> Serve(size_t i);
  absl::StatusOr<Progress> ServeOperator(size_t i);
  absl::StatusOr<Progress> ServeEnd();
  absl::Status SendToEdges(const Element& element);
  EdgeOutput* FindLateEdge(size_t link, int input) const;
  size_t end() const { return links_.size(); }

  std::vector<ChainLink> links_;
  std::unique_ptr<Sink> sink_;
  std::string sink_state_id_;
  std::vector<std::unique_ptr<EdgeOutput>> edges_;
  std::vector<LateEdge> late_edges_;
  absl::Status late_status_;  // Of the first late rows that could not be sent.

  // inboxes_[i] is what link i is to take next; the last one is that of the chain's end.
  std::vector<std::deque<Incoming>> inboxes_;
  // A link whose last call was not done, and the watermark it holds until it is.
  std::vector<bool> suspended_;
  std::vector<std::optional<Watermark>> held_watermark_;
  FlowCount out_;
};

}  // namespace millrace
