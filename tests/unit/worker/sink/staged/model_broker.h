// Kafka's transactions of one transactional id, as far as they matter: producer epochs that fence
// off older ones, one open transaction, and requests that arrive long after their sender gave them
// up. A reader that is read_committed sees `visible`.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "worker/sink/staged/marker.h"

namespace millrace {

class ModelBroker {
 public:
  // Aborts what is open. Older producers can do nothing any more.
  int Init() {
    Abort();
    return ++producer_;
  }
  // The transaction timed out: the broker acts as its own newest producer.
  void Expire() {
    if (open_) Init();
  }

  // False: the producer is fenced off.
  bool Produce(int producer, int row) {
    if (producer != producer_) return false;
    open_ = true;
    rows_.push_back(row);
    return true;
  }
  bool SetMarker(int producer, const Marker& marker) {
    if (producer != producer_) return false;
    open_ = true;
    open_marker_ = marker;
    return true;
  }
  bool Commit(int producer) {
    if (producer != producer_) return false;
    if (!open_) return true;
    visible_.insert(visible_.end(), rows_.begin(), rows_.end());
    if (open_marker_.has_value()) marker_ = open_marker_;
    Abort();
    return true;
  }
  void Abort(int producer) {
    if (producer == producer_) Abort();
  }

  // Requests under way: they arrive some time, or never.
  void SendLateCommit(int producer) { late_.push_back({producer, std::nullopt}); }
  void SendLateMarker(int producer, const Marker& marker) { late_.push_back({producer, marker}); }
  void DeliverLate(size_t which) {
    if (late_.empty()) return;
    which %= late_.size();
    const LateRequest request = late_[which];
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!request.marker.has_value()) {
      Commit(request.producer);
    } else if (open_) {
      SetMarker(request.producer, *request.marker);
    }
  }

  int producer() const { return producer_; }
  const std::vector<int>& visible() const { return visible_; }
  const std::optional<Marker>& marker() const { return marker_; }

 private:
  struct LateRequest {
    int producer;
    std::optional<Marker> marker;  // None: a commit.
  };

  void Abort() {
    open_ = false;
    rows_.clear();
    open_marker_.reset();
  }

  int producer_ = 0;
  bool open_ = false;
  std::vector<int> rows_;
  std::optional<Marker> open_marker_;
  std::vector<int> visible_;
  std::optional<Marker> marker_;
  std::vector<LateRequest> late_;
};

}  // namespace millrace
