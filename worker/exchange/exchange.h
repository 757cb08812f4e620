// The exchange of a worker process: makes the channels between tasks, whether both are here or not.
//
// README.md has the picture. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/metrics/metrics.h"
#include "worker/contract/channel.h"
#include "worker/exchange/credit_receiver.h"

namespace millrace {

struct ExchangeOptions {
  std::string cluster_id;
  WorkerId worker_id;
  std::string listen_address = "127.0.0.1:0";  // Port 0: one is chosen.
  // Shared by the receivers of this process, beyond what each owns (`credit.exclusive_bytes`).
  int64_t floating_bytes = 32 * 1024 * 1024;
  CreditReceiverOptions credit;
  // Bound of the queue of each sender.
  int64_t send_queue_bytes = 256 * 1024;
  // How long a sender waits for its receiver to be opened. Restoring state comes before that.
  absl::Duration park_timeout = absl::Minutes(10);
  const Clock* clock = nullptr;
  MetricScope* metrics = nullptr;  // Null: none are kept.
};

class NetworkExchange : public Exchange {
 public:
  // Where this worker's peers reach it: "host:port" with the real port.
  virtual const std::string& address() const = 0;

  // Every channel end of this process with its credit and queue, as JSON, for the debug page.
  virtual std::string DescribeChannels() const = 0;

  // What waits in all channels of this process.
  virtual int64_t queued_bytes() const = 0;
};

// Listens, then serves until destroyed. Channels must be destroyed first. kUnavailable: the address
// cannot be listened on.
absl::StatusOr<std::unique_ptr<NetworkExchange>> NewExchange(ExchangeOptions options);

}  // namespace millrace
