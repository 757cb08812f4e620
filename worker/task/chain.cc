#include "worker/task/chain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/task/snapshot_writer.h"

namespace millrace {
namespace {

// Elements that may wait in one inbox before its producer is told to pause. A link that fans out
// checks after each batch.
constexpr size_t kInboxBound = 2;

absl::Status At(const std::string& name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

}  // namespace

// The output of link `i`: the inbox of the next one.
class Chain::LinkOutput final : public Output {
 public:
  LinkOutput(Chain& chain, size_t link)
      : chain_(chain), link_(link), inbox_(chain.inboxes_[link + 1]) {}

  void Emit(Batch batch) override {
    if (batch.num_rows() > 0) inbox_.push_back({std::move(batch)});
  }
  bool full() const override { return inbox_.size() >= kInboxBound || chain_.output_full(); }

  bool takes_late(int input) const override { return chain_.FindLateEdge(link_, input) != nullptr; }
  void EmitLate(int input, Batch rows) override {
    EdgeOutput* const edge = chain_.FindLateEdge(link_, input);
    if (edge != nullptr && rows.num_rows() > 0) chain_.late_status_.Update(edge->Send(rows));
  }

 private:
  Chain& chain_;
  const size_t link_;
  std::deque<Incoming>& inbox_;
};

Chain::Chain(std::vector<ChainLink> links, std::unique_ptr<Sink> sink, std::string sink_state_id,
             std::vector<std::unique_ptr<EdgeOutput>> edges)
    : links_(std::move(links)),
      sink_(std::move(sink)),
      sink_state_id_(std::move(sink_state_id)),
      edges_(std::move(edges)),
      inboxes_(links_.size() + 1),
      suspended_(links_.size() + 1, false),
      held_watermark_(links_.size()) {}

Chain::~Chain() = default;

void Chain::AddLateEdge(size_t link, int input, std::unique_ptr<EdgeOutput> edge) {
  CHECK_LT(link, links_.size());
  late_edges_.push_back({.link = link, .input = input, .edge = std::move(edge)});
}

void Chain::Push(Element element, int input) { inboxes_[0].push_back({std::move(element), input}); }

absl::StatusOr<Progress> Chain::Advance() {
  for (size_t i = inboxes_.size(); i-- > 0;) {
    if (!suspended_[i] && inboxes_[i].empty()) continue;
    if (i == end() && !suspended_[i] && output_full()) return Progress::kBlockedOutput;
    ASSIGN_OR_RETURN(const Progress progress, Serve(i));
    // A link that only waits for room is served again once those behind it are done.
    const bool behind_has_work = std::any_of(inboxes_.begin() + i + 1, inboxes_.end(),
                                             [](const auto& b) { return !b.empty(); });
    if (progress == Progress::kBlockedIo) return progress;
    if (progress == Progress::kBlockedOutput && !behind_has_work && output_full()) return progress;
    return Progress::kYield;
  }
  return Progress::kDone;
}

absl::Time Chain::NextTime() const {
  absl::Time next = absl::InfiniteFuture();
  for (const ChainLink& link : links_) next = std::min(next, link.op->NextTime());
  return next;
}

absl::Status Chain::OnTime(absl::Time now) {
  for (size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].op->NextTime() > now) continue;
    LinkOutput out(*this, i);
    const absl::StatusOr<Progress> progress = links_[i].op->OnTime(now, out);
    if (!progress.ok()) return At(links_[i].name, progress.status());
    suspended_[i] = *progress != Progress::kDone;
  }
  return absl::OkStatus();
}

absl::StatusOr<Progress> Chain::Serve(size_t i) {
  if (i == end()) {
    absl::StatusOr<Progress> progress = ServeEnd();
    if (!progress.ok() && sink_ != nullptr) return At("sink", progress.status());
    return progress;
  }
  absl::StatusOr<Progress> progress = ServeOperator(i);
  if (!progress.ok()) return At(links_[i].name, progress.status());
  return progress;
}

absl::StatusOr<Progress> Chain::ServeOperator(size_t i) {
  Operator& op = *links_[i].op;
  LinkOutput out(*this, i);
  Progress progress = Progress::kDone;
  if (suspended_[i]) {
    ASSIGN_OR_RETURN(progress, op.Resume(out));
  } else {
    Incoming incoming = std::move(inboxes_[i].front());
    inboxes_[i].pop_front();
    if (auto* batch = std::get_if<Batch>(&incoming.element)) {
      ASSIGN_OR_RETURN(progress, op.OnInput(incoming.input, std::move(*batch), out));
    } else if (const auto* watermark = std::get_if<Watermark>(&incoming.element)) {
      held_watermark_[i] = *watermark;
      ASSIGN_OR_RETURN(progress, op.OnWatermark(watermark->time, out));
    } else {
      inboxes_[i + 1].push_back({std::move(incoming.element)});
    }
  }
  RETURN_IF_ERROR(late_status_);
  suspended_[i] = progress != Progress::kDone;
  if (!suspended_[i] && held_watermark_[i].has_value()) {
    inboxes_[i + 1].push_back({*held_watermark_[i]});
    held_watermark_[i].reset();
  }
  return progress;
}

absl::StatusOr<Progress> Chain::ServeEnd() {
  const size_t i = end();
  if (suspended_[i]) {
    ASSIGN_OR_RETURN(const Progress progress, sink_->Resume());
    suspended_[i] = progress != Progress::kDone;
    return progress;
  }
  Element element = std::move(inboxes_[i].front().element);
  inboxes_[i].pop_front();
  auto* batch = std::get_if<Batch>(&element);
  if (const auto* watermark = std::get_if<Watermark>(&element); sink_ != nullptr && watermark) {
    sink_->OnWatermark(watermark->time);
  }
  if (sink_ == nullptr || batch == nullptr) {
    RETURN_IF_ERROR(SendToEdges(element));
    return Progress::kDone;
  }
  out_.Add(*batch);
  ASSIGN_OR_RETURN(const Progress progress, sink_->Append(std::move(*batch)));
  suspended_[i] = progress != Progress::kDone;
  return progress;
}

absl::Status Chain::SendToEdges(const Element& element) {
  const Batch* batch = std::get_if<Batch>(&element);
  if (batch == nullptr) return Forward(element);
  out_.Add(*batch);
  for (const auto& edge : edges_) RETURN_IF_ERROR(edge->Send(*batch));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OperatorSnapshot>> Chain::Snapshot(const Barrier& barrier) {
  std::vector<OperatorSnapshot> snapshots;
  for (const ChainLink& link : links_) {
    OperatorSnapshot snapshot{.state_id = link.state_id};
    SnapshotWriter writer(snapshot);
    link.op->Snapshot(writer);
    if (!snapshot.values.empty()) snapshots.push_back(std::move(snapshot));
  }
  if (sink_ != nullptr) RETURN_IF_ERROR(At("sink", sink_->Seal(barrier.epoch)));
  RETURN_IF_ERROR(Forward(barrier));
  return snapshots;
}

absl::Status Chain::Forward(const Element& element) {
  for (const auto& edge : edges_) RETURN_IF_ERROR(edge->Broadcast(element));
  for (const LateEdge& late : late_edges_) RETURN_IF_ERROR(late.edge->Broadcast(element));
  return absl::OkStatus();
}

EdgeOutput* Chain::FindLateEdge(size_t link, int input) const {
  for (const LateEdge& late : late_edges_) {
    if (late.link == link && late.input == input) return late.edge.get();
  }
  return nullptr;
}

bool Chain::output_full() const {
  return std::any_of(edges_.begin(), edges_.end(), [](const auto& edge) { return edge->full(); }) ||
         std::any_of(late_edges_.begin(), late_edges_.end(),
                     [](const LateEdge& late) { return late.edge->full(); });
}

bool Chain::drained() const {
  return std::all_of(edges_.begin(), edges_.end(),
                     [](const auto& edge) { return edge->drained(); }) &&
         std::all_of(late_edges_.begin(), late_edges_.end(),
                     [](const LateEdge& late) { return late.edge->drained(); });
}

}  // namespace millrace
