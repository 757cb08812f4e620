// What carries frames between two workers. The rest of the exchange does not know which carrier it
// is.
//
// A stream is one connection, opened by the worker that sends data; frames go both ways. The
// carrier pulls: it asks the handler for frames whenever it can write, so that nothing piles up
// inside it and the handler decides late what goes first.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/buffer.h"
#include "proto/exchange.pb.h"

namespace millrace {

// `header` already says the payload's size and checksum.
struct OutboundWireFrame {
  v1::FrameHeader header;
  std::vector<std::shared_ptr<arrow::Buffer>> payload;
};

struct InboundWireFrame {
  v1::FrameHeader header;
  std::shared_ptr<arrow::Buffer> payload;  // 64-byte aligned, checksum verified; null if empty.
};

// Thread-safe.
class FrameStream {
 public:
  virtual ~FrameStream() = default;
  // The handler has frames. The carrier will call NextFrame until there are none.
  virtual void OnFramesReady() = 0;
  // Ends the stream for `reason`, which the other side gets to see if it can.
  virtual void Close(const absl::Status& reason) = 0;
};

// One end of a stream. The carrier calls NextFrame from one thread at a time, OnFrame from one
// thread at a time, and neither after OnClosed. None may block.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  // Before anything else. The handler keeps `stream` until OnClosed.
  virtual void OnOpen(std::shared_ptr<FrameStream> stream) = 0;
  virtual std::optional<OutboundWireFrame> NextFrame() = 0;
  // An error ends the stream.
  virtual absl::Status OnFrame(InboundWireFrame frame) = 0;
  virtual void OnClosed(const absl::Status& reason) = 0;
};

struct WireCounts {
  int64_t sent_bytes = 0;
  int64_t sent_frames = 0;
  int64_t received_bytes = 0;
  int64_t received_frames = 0;
};

// Thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;

  // Called for every worker that connects.
  using Acceptor = std::function<std::shared_ptr<FrameHandler>()>;

  // Listens on "host:port"; port 0 chooses one. Returns the address with the real port. At most
  // once.
  virtual absl::StatusOr<std::string> Listen(const std::string& address, Acceptor acceptor) = 0;

  // Begins to connect; a failure shows in OnClosed.
  virtual void Connect(const std::string& peer, std::shared_ptr<FrameHandler> handler) = 0;

  // Ends every stream and waits until each handler knows. Nothing is called afterwards.
  virtual void Shutdown() = 0;

  virtual WireCounts counts() const = 0;
};

std::unique_ptr<Transport> NewGrpcTransport();

}  // namespace millrace
