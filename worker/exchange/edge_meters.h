// The exchange's metrics: for each edge and task the least and the greatest of its channels, so
// that the number of series grows with the tasks, not with their square. Single channels are on the
// debug page.
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/metrics/metrics.h"
#include "worker/exchange/receiver_channel.h"
#include "worker/exchange/sender_channel.h"

namespace millrace {

class EdgeMeters {
 public:
  // `metrics` may be null.
  explicit EdgeMeters(MetricScope* metrics) : metrics_(metrics) {}

  // Channels are forgotten when they are gone.
  void Add(const std::shared_ptr<SenderChannel>& sender);
  void Add(const std::shared_ptr<ReceiverChannel>& receiver);

  // Brings the metrics up to date. To be called about once a second.
  void Publish();

  std::string DescribeJson() const;

  // What waits in all channels, sending and receiving.
  int64_t QueuedBytes() const;

 private:
  // One end of an edge in one task.
  struct Key {
    JobId job;
    EdgeId edge;
    int32_t task = 0;
    bool sending = false;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Bounds {
    Gauge* credit = nullptr;
    Gauge* queue = nullptr;
    Counter* stalled = nullptr;
    double stalled_seconds = 0;  // As counted so far.
  };
  struct Group {
    std::vector<std::weak_ptr<SenderChannel>> senders;
    std::vector<std::weak_ptr<ReceiverChannel>> receivers;
    std::unique_ptr<MetricScope> scope;
    Bounds min;
    Bounds max;
  };

  Group& GroupOf(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void PublishSenders(Group& group);
  static void PublishReceivers(Group& group);

  MetricScope* const metrics_;
  mutable absl::Mutex mutex_;
  std::map<Key, Group> groups_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
