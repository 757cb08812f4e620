#include "worker/exchange/frame_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/memory_pool.h"
#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr uint32_t kHeaderBytesMax = 64 * 1024;

// Below this a copy is cheaper than a slice of its own.
constexpr int64_t kCopyBytesMax = 1024;

void AppendLittleEndian32(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t LittleEndian32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

std::string& FrameWriter::tail() {
  if (pieces_.empty() || pieces_.back().buffer != nullptr) pieces_.emplace_back();
  return pieces_.back().bytes;
}

void FrameWriter::Append(const OutboundWireFrame& frame) {
  const size_t header_bytes = frame.header.ByteSizeLong();
  std::string& out = tail();
  AppendLittleEndian32(static_cast<uint32_t>(header_bytes), out);
  frame.header.AppendToString(&out);
  int64_t payload_bytes = 0;
  for (const std::shared_ptr<arrow::Buffer>& buffer : frame.payload) {
    payload_bytes += buffer->size();
    if (buffer->size() <= kCopyBytesMax) {
      tail().append(reinterpret_cast<const char*>(buffer->data()),
                    static_cast<size_t>(buffer->size()));
    } else {
      pieces_.push_back({.buffer = buffer});
    }
  }
  CHECK_EQ(payload_bytes, frame.header.payload_bytes());
  bytes_ += static_cast<int64_t>(kLengthBytes + header_bytes) + payload_bytes;
  ++frames_;
}

std::vector<WirePiece> FrameWriter::Take() {
  bytes_ = 0;
  frames_ = 0;
  return std::exchange(pieces_, {});
}

int64_t FrameReader::remaining() const {
  int64_t bytes = -static_cast<int64_t>(offset_);
  for (size_t i = piece_; i < pieces_.size(); ++i) bytes += static_cast<int64_t>(pieces_[i].size());
  return bytes;
}

void FrameReader::Read(char* to, size_t size) {
  while (size > 0) {
    const std::string_view piece = pieces_[piece_].substr(offset_);
    const size_t part = std::min(piece.size(), size);
    std::memcpy(to, piece.data(), part);
    to += part;
    size -= part;
    offset_ += part;
    if (offset_ == pieces_[piece_].size()) {
      ++piece_;
      offset_ = 0;
    }
  }
}

absl::StatusOr<std::optional<InboundWireFrame>> FrameReader::Next() {
  int64_t rest = remaining();
  if (rest == 0) return std::optional<InboundWireFrame>();
  char length[kLengthBytes];
  if (rest < static_cast<int64_t>(kLengthBytes)) {
    return absl::DataLossError("a frame of the exchange is cut off in its length");
  }
  Read(length, kLengthBytes);
  const uint32_t header_bytes = LittleEndian32(length);
  rest -= kLengthBytes;
  if (header_bytes > kHeaderBytesMax || header_bytes > rest) {
    return absl::DataLossError(
        absl::StrCat("a frame of the exchange claims a header of ", header_bytes, " bytes"));
  }
  std::string header(header_bytes, '\0');
  Read(header.data(), header_bytes);
  rest -= header_bytes;
  InboundWireFrame frame;
  if (!frame.header.ParseFromString(header)) {
    return absl::DataLossError("the header of a frame of the exchange cannot be read");
  }
  const int64_t payload_bytes = frame.header.payload_bytes();
  if (payload_bytes > rest) {
    return absl::DataLossError(absl::StrCat("a frame of the exchange claims a payload of ",
                                            payload_bytes, " bytes, only ", rest, " are there"));
  }
  if (payload_bytes == 0) return std::optional<InboundWireFrame>(std::move(frame));
  ASSIGN_OR_RETURN(std::unique_ptr<arrow::Buffer> payload,
                   FromArrow(arrow::AllocateBuffer(payload_bytes)));
  char* bytes = reinterpret_cast<char*>(payload->mutable_data());
  Read(bytes, static_cast<size_t>(payload_bytes));
  if (Crc32c(std::string_view(bytes, static_cast<size_t>(payload_bytes))) !=
      frame.header.payload_crc32c()) {
    return absl::DataLossError("a frame of the exchange does not match its checksum");
  }
  frame.payload = std::move(payload);
  return std::optional<InboundWireFrame>(std::move(frame));
}

}  // namespace millrace
