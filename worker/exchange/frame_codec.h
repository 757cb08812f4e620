// Frames <-> bytes: a 4-byte little-endian length, a FrameHeader of that length, the payload
// (proto/exchange.proto).
//
// A message of the carrier holds whole frames, one after the other. Nothing a peer sends can make
// the reader crash or allocate more than the message is long. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/buffer.h"
#include "worker/exchange/transport.h"

namespace millrace {

// A piece of a message: bytes of its own, or a buffer that is not copied.
struct WirePiece {
  std::string bytes;
  std::shared_ptr<arrow::Buffer> buffer;  // Set: `bytes` is empty.
};

// Collects the frames of one message. Small pieces are copied together, large ones are not copied.
class FrameWriter {
 public:
  void Append(const OutboundWireFrame& frame);
  int64_t bytes() const { return bytes_; }
  int64_t frames() const { return frames_; }
  // Hands out the message and begins a new one.
  std::vector<WirePiece> Take();

 private:
  std::string& tail();

  std::vector<WirePiece> pieces_;
  int64_t bytes_ = 0;
  int64_t frames_ = 0;
};

// Reads the frames of one message, which lies in `pieces`; they must outlive it.
class FrameReader {
 public:
  explicit FrameReader(std::vector<std::string_view> pieces) : pieces_(std::move(pieces)) {}

  // The next frame, empty at the end of the message. kDataLoss for bytes that no FrameWriter wrote
  // or that a checksum does not match.
  absl::StatusOr<std::optional<InboundWireFrame>> Next();

 private:
  int64_t remaining() const;
  void Read(char* to, size_t size);

  std::vector<std::string_view> pieces_;
  size_t piece_ = 0;
  size_t offset_ = 0;  // In the piece.
};

}  // namespace millrace
