// Segments as files: what the manifest says of them must be so.

#include "worker/sink/staged/segment_reader.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "common/base/crc32c.h"
#include "common/base/status_macros.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using absl::StatusCode;
using testing::_;
using testing::AllOf;
using testing::HasSubstr;

constexpr char kPath[] = "/job/segments/7.segment";

class SegmentReaderTest : public testing::Test {
 protected:
  SegmentReaderTest() {
    SegmentEncoder encoder("slot", "topic");
    for (int i = 0; i < 30'000; ++i) {
      const std::string value(static_cast<size_t>(i) % 100, 'v');
      EXPECT_OK(encoder.Append({.value = value}));
    }
    encoder.Finish(Epoch(7));
    std::string& bytes = files_.bytes(kPath) = encoder.Take();
    ref_ = {.epoch = Epoch(7),
            .file = {.path = "segments/7.segment",
                     .bytes = static_cast<int64_t>(bytes.size()),
                     .crc32c = Crc32c(bytes)},
            .records = 30'000};
  }

  absl::StatusOr<SegmentFooter> Read() {
    taken_ = 0;
    return ReadSegment(files_, "/job", ref_, "slot", "topic", [this](const StagedRecord& record) {
      EXPECT_EQ(record.value->size(), static_cast<size_t>(taken_) % 100);
      ++taken_;
      return taken_ == fail_at_ ? absl::UnavailableError("queue is full") : absl::OkStatus();
    });
  }

  void ExpectDataLoss() {
    EXPECT_THAT(Read(), StatusIs(StatusCode::kDataLoss,
                                 AllOf(HasSubstr(kPath), HasSubstr("Put the file back"))));
  }

  MemoryFiles files_;
  SegmentRef ref_;
  int taken_ = 0;
  int fail_at_ = -1;
};

TEST_F(SegmentReaderTest, TellsEveryRecordInOrder) {
  ASSERT_OK_AND_ASSIGN(const SegmentFooter footer, Read());
  EXPECT_EQ(taken_, 30'000);
  EXPECT_EQ(footer.epoch, Epoch(7));
}

TEST_F(SegmentReaderTest, AnErrorOfTheTakerEndsIt) {
  fail_at_ = 1000;
  EXPECT_THAT(Read(), StatusIs(StatusCode::kUnavailable, "queue is full"));
  EXPECT_EQ(taken_, 1000);
}

TEST_F(SegmentReaderTest, AMissingFileIsLostData) {
  ASSERT_OK(files_.Remove(kPath));
  ExpectDataLoss();
}

TEST_F(SegmentReaderTest, SizeChecksumEpochAndCountMustBeThoseOfTheManifest) {
  const SegmentRef right = ref_;
  ref_.file.bytes -= 1;
  ExpectDataLoss();
  ref_.file.bytes += 2;
  ExpectDataLoss();
  ref_ = right;
  ref_.file.bytes = -1;
  ExpectDataLoss();
  ref_ = right;
  ref_.file.offset = 4;
  ExpectDataLoss();
  ref_ = right;
  ref_.file.crc32c ^= 1;
  ExpectDataLoss();
  ref_ = right;
  ref_.epoch = Epoch(8);
  ExpectDataLoss();
  ref_ = right;
  ref_.records -= 1;
  ExpectDataLoss();
}

TEST_F(SegmentReaderTest, DamageAnywhereIsSeen) {
  const std::string whole = files_.bytes(kPath);
  for (size_t at = 0; at < whole.size(); at += 9973) {
    files_.bytes(kPath)[at] ^= 4;
    ExpectDataLoss();
    files_.bytes(kPath) = whole.substr(0, at);
    ExpectDataLoss();
    files_.bytes(kPath) = whole;
  }
  files_.bytes(kPath) += "x";
  ExpectDataLoss();
}

}  // namespace
}  // namespace millrace
