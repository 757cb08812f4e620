// Frames between workers: two versions may meet while a cluster is upgraded.

#include <gmock/gmock.h>

#include "common/base/crc32c.h"
#include "tests/compatibility/golden_bytes.h"
#include "tests/harness/status_matchers.h"
#include "worker/exchange/frame_codec.h"
#include "worker/exchange/wire_frames.h"

namespace millrace {
namespace {

OutboundFrame Element(uint64_t sequence, millrace::Element element) {
  return {.content = OutboundElement{.element = std::move(element)}, .sequence = sequence};
}

// The payload stands for an encoded batch, whose own bytes batch.hex holds.
OutboundFrame EncodedBatchFrame(uint64_t sequence) {
  const std::string bytes = "an encoded batch";
  OutboundElement batch{.element = Batch(), .crc32c = Crc32c(bytes)};
  batch.encoded.slices.push_back(arrow::Buffer::FromString(bytes));
  batch.encoded.bytes = batch.bytes = static_cast<int64_t>(bytes.size());
  return {.content = std::move(batch), .sequence = sequence, .backlog_bytes = 4096};
}

std::string Conversation() {
  FrameWriter writer;
  writer.Append(HelloFrame({.cluster_id = "millrace", .worker = WorkerId("worker-1")}));
  writer.Append(OpenFrame(7, {.job = JobId("job-3f9c0a12"),
                              .attempt = Attempt(2),
                              .channel = {.edge = EdgeId(1), .sender = 3, .receiver = 4}}));
  writer.Append(CreditFrame(7, 1 << 20));
  writer.Append(DataFrame(7, EncodedBatchFrame(0)));
  writer.Append(DataFrame(7, Element(1, Watermark{EventTime(1'700'000'000'000)})));
  writer.Append(DataFrame(7, Element(2, IdleStatus{true})));
  writer.Append(DataFrame(7, Element(3, Barrier{.epoch = Epoch(42), .final = true})));
  writer.Append(DataFrame(7, Element(4, CancelBarrier{Epoch(43)})));
  writer.Append(DataFrame(7, Element(5, EndOfInput{})));
  writer.Append(ErrorFrame(7, absl::UnavailableError("the task has failed")));
  std::string bytes;
  for (const WirePiece& piece : writer.Take()) {
    bytes += piece.buffer != nullptr ? piece.buffer->ToString() : piece.bytes;
  }
  return bytes;
}

TEST(ExchangeGoldenTest, FramesHaveTheSameBytesForEver) {
  ExpectGolden("exchange", Conversation());
}

TEST(ExchangeGoldenTest, FramesOfAnOlderVersionAreRead) {
  const std::string bytes = ReadGolden("exchange");
  FrameReader reader({bytes});
  int frames = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const std::optional<InboundWireFrame> frame, reader.Next());
    if (!frame.has_value()) break;
    ++frames;
    if (frames == 7) {
      EXPECT_EQ(frame->header.data().barrier().epoch(), 42);
    }
  }
  EXPECT_EQ(frames, 10);
}

}  // namespace
}  // namespace millrace
