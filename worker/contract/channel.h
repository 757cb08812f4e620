// Channels between tasks: bounded, credit-controlled queues of elements. Local and remote ones look
// the same.
//
// The rules are those of proto/EXCHANGE.md: a sender sends a batch only while its credit (in bytes)
// is positive; the receiver gives credit back as the task takes elements; barriers and the end need
// none; a waiting watermark is replaced by a newer one, and never overtakes data.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/columnar/schema.h"
#include "worker/contract/element.h"

namespace millrace {

// Used by the sending task's thread only.
class ChannelSender {
 public:
  virtual ~ChannelSender() = default;

  // Queues `element`, whatever the state: a task that has begun an input may finish it.
  virtual absl::Status Send(Element element) = 0;

  // True if the queue is at its bound: the task must not start on further input. The task's waker
  // is called when this turns false. An error of the channel (peer lost, gap in sequence numbers)
  // shows in Send.
  virtual bool full() const = 0;

  // Everything sent has left this process or been taken by the local receiver, up to elements that
  // need credit.
  virtual bool drained() const = 0;
};

// Used by the receiving task's thread only.
class ChannelReceiver {
 public:
  virtual ~ChannelReceiver() = default;

  // The next element, or nothing for now (the waker is called when there is one). Taking a batch
  // gives its credit back. An error fails the task: the peer was lost before EndOfInput, or broke
  // the protocol.
  virtual absl::StatusOr<std::optional<Element>> Poll() = 0;
};

// Names a channel across the cluster: an attempt's channels never meet those of another attempt.
struct ChannelAddress {
  JobId job;
  Attempt attempt;
  ChannelId channel;

  friend auto operator<=>(const ChannelAddress&, const ChannelAddress&) = default;
};

// One per worker process. Thread-safe.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // `peer` is the exchange address ("host:port") of the worker of the receiving task, or empty for
  // this process. The connection is made in the background; until then the channel has no credit.
  // `wake` must be thread-safe.
  virtual std::unique_ptr<ChannelSender> OpenSender(const ChannelAddress& address, std::string peer,
                                                    const Schema& schema,
                                                    std::function<void()> wake) = 0;

  virtual std::unique_ptr<ChannelReceiver> OpenReceiver(const ChannelAddress& address,
                                                        const Schema& schema,
                                                        std::function<void()> wake) = 0;
};

}  // namespace millrace
