// The bytes of a segment: everything comes back, and nothing damaged does.

#include "worker/sink/staged/segment_format.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/crc32c.h"
#include "common/base/random.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using absl::StatusCode;
using testing::_;
using testing::HasSubstr;

// A StagedRecord that owns its bytes.
struct Row {
  int32_t partition = StagedRecord::kAnyPartition;
  std::optional<int64_t> timestamp_ms;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;

  friend bool operator==(const Row&, const Row&) = default;
};

StagedRecord ViewOf(const Row& row) {
  StagedRecord record{.partition = row.partition, .timestamp_ms = row.timestamp_ms};
  if (row.key.has_value()) record.key = *row.key;
  if (row.value.has_value()) record.value = *row.value;
  for (const auto& [name, value] : row.headers) record.headers.emplace_back(name, value);
  return record;
}

Row RowOf(const StagedRecord& record) {
  Row row{.partition = record.partition, .timestamp_ms = record.timestamp_ms};
  if (record.key.has_value()) row.key = std::string(*record.key);
  if (record.value.has_value()) row.value = std::string(*record.value);
  for (const auto& [name, value] : record.headers) row.headers.emplace_back(name, value);
  return row;
}

std::vector<Row> RowsOfEveryShape() {
  return {{.key = "k", .value = "v"},
          {.value = "without a key"},
          {.key = "tombstone"},
          {},
          {.key = "", .value = ""},
          {.partition = 0, .timestamp_ms = 0, .value = "x"},
          {.partition = INT32_MAX, .timestamp_ms = INT64_MIN, .key = std::string("\0\xff", 2)},
          {.timestamp_ms = 1'700'000'000'000,
           .key = "k",
           .value = "v",
           .headers = {{"source", "3"}, {"", ""}, {"source", "again"}}}};
}

std::string Encode(const std::vector<Row>& rows, int64_t epoch = 7) {
  SegmentEncoder encoder("slot", "topic");
  for (const Row& row : rows) EXPECT_OK(encoder.Append(ViewOf(row)));
  encoder.Finish(Epoch(epoch));
  return encoder.Take();
}

struct Decoded {
  std::vector<Row> rows;
  absl::StatusOr<SegmentFooter> footer = absl::UnknownError("not read");
};

// Fed in pieces of `step` bytes.
Decoded Decode(std::string_view bytes, size_t step = SIZE_MAX) {
  SegmentDecoder decoder("slot", "topic");
  Decoded decoded;
  while (true) {
    decoder.Feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (true) {
      const absl::StatusOr<std::vector<StagedRecord>> records = decoder.Next();
      if (!records.ok()) {
        decoded.footer = records.status();
        return decoded;
      }
      if (records->empty()) break;
      for (const StagedRecord& record : *records) decoded.rows.push_back(RowOf(record));
    }
    if (bytes.empty()) break;
  }
  decoded.footer = decoder.Finish();
  return decoded;
}

TEST(SegmentFormatTest, RecordsOfEveryShapeComeBack) {
  const Decoded decoded = Decode(Encode(RowsOfEveryShape()));
  ASSERT_OK(decoded.footer);
  EXPECT_EQ(decoded.rows, RowsOfEveryShape());
  EXPECT_EQ(decoded.footer->epoch, Epoch(7));
  EXPECT_EQ(decoded.footer->records, 8);
}

TEST(SegmentFormatTest, ComesBackHoweverItIsFed) {
  const std::string bytes = Encode(RowsOfEveryShape());
  for (const size_t step : {1, 2, 3, 7, 64}) {
    const Decoded decoded = Decode(bytes, step);
    ASSERT_OK(decoded.footer);
    EXPECT_EQ(decoded.rows, RowsOfEveryShape());
  }
}

TEST(SegmentFormatTest, ASegmentWithoutRecordsIsOne) {
  const Decoded decoded = Decode(Encode({}));
  ASSERT_OK(decoded.footer);
  EXPECT_EQ(decoded.footer->records, 0);
}

TEST(SegmentFormatTest, AValueOfTenMegabytesFits) {
  const std::vector<Row> rows = {
      {.value = "before"}, {.value = std::string(10 << 20, 'x')}, {.value = "after"}};
  const Decoded decoded = Decode(Encode(rows), 1 << 20);
  ASSERT_OK(decoded.footer);
  EXPECT_EQ(decoded.rows, rows);
}

TEST(SegmentFormatTest, ARecordBeyondTheLimitIsRefusedAndTheRestGoesOn) {
  SegmentEncoder encoder("slot", "topic");
  // Never read: the sizes alone decide.
  const std::string_view huge("x", SegmentEncoder::kRecordBytesMax + 1);
  EXPECT_THAT(encoder.Append({.value = huge}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("1073741824")));
  EXPECT_OK(encoder.Append({.value = "small"}));
  encoder.Finish(Epoch(7));
  EXPECT_EQ(Decode(encoder.Take()).rows, (std::vector<Row>{{.value = "small"}}));
}

TEST(SegmentFormatTest, BytesAreTheSameHoweverTheyAreTaken) {
  const std::vector<Row> rows(5000, {.key = "key", .value = std::string(100, 'v')});
  SegmentEncoder encoder("slot", "topic");
  std::string taken;
  for (const Row& row : rows) {
    ASSERT_OK(encoder.Append(ViewOf(row)));
    taken += encoder.Take();
    EXPECT_LT(encoder.buffered_bytes(), 70'000);
  }
  encoder.Finish(Epoch(7));
  taken += encoder.Take();
  EXPECT_EQ(taken, Encode(rows));
  EXPECT_EQ(Decode(taken, 10'000).rows, rows);
}

TEST(SegmentFormatTest, EverythingIsTakenOnDemand) {
  SegmentEncoder encoder("slot", "topic");
  encoder.Take();
  ASSERT_OK(encoder.Append({.value = "v"}));
  EXPECT_EQ(encoder.Take(), "");
  EXPECT_NE(encoder.Take(true), "");
  EXPECT_EQ(encoder.buffered_bytes(), 0);
  EXPECT_EQ(encoder.Finish(Epoch(1)).records, 1);
}

TEST(SegmentFormatTest, BelongsToOneSlotAndTarget) {
  const std::string bytes = Encode({});
  for (const auto& [slot, target] : {std::pair("slot", "other"), std::pair("other", "topic")}) {
    SegmentDecoder decoder(slot, target);
    decoder.Feed(bytes);
    EXPECT_THAT(decoder.Next(), StatusIs(StatusCode::kDataLoss, HasSubstr("slot slot to topic")));
  }
}

// Damage

// Several frames, so that they can be dropped and exchanged.
std::string ThreeFrames() {
  SegmentEncoder encoder("slot", "topic");
  std::string bytes;
  for (int i = 0; i < 3; ++i) {
    EXPECT_OK(encoder.Append({.key = "key", .value = std::string(1, static_cast<char>('a' + i))}));
    bytes += encoder.Take(true);
  }
  encoder.Finish(Epoch(7));
  return bytes + encoder.Take();
}

// The frames behind the magic.
std::vector<std::string> FramesOf(std::string_view bytes) {
  std::vector<std::string> frames;
  for (bytes.remove_prefix(4); !bytes.empty();) {
    frames.emplace_back(bytes.substr(0, 9 + LoadLittle<uint32_t>(bytes.data())));
    bytes.remove_prefix(frames.back().size());
  }
  return frames;
}

std::string Join(const std::vector<std::string>& frames) {
  std::string bytes = "MRSG";
  for (const std::string& frame : frames) bytes += frame;
  return bytes;
}

TEST(SegmentDamageTest, EveryFlippedBitIsSeen) {
  const std::string bytes = Encode(RowsOfEveryShape());
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_THAT(Decode(damaged, 50).footer, StatusIs(StatusCode::kDataLoss, _)) << at;
    }
  }
}

TEST(SegmentDamageTest, EveryCutIsSeen) {
  const std::string bytes = ThreeFrames();
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_THAT(Decode(bytes.substr(0, cut), 50).footer, StatusIs(StatusCode::kDataLoss, _)) << cut;
    EXPECT_THAT(Decode(bytes.substr(cut + 1), 50).footer, StatusIs(StatusCode::kDataLoss, _))
        << cut;
  }
}

TEST(SegmentDamageTest, BytesBehindTheEndAreSeen) {
  const std::string bytes = ThreeFrames();
  EXPECT_THAT(Decode(bytes + std::string(1, '\0')).footer,
              StatusIs(StatusCode::kDataLoss, HasSubstr("follow")));
  EXPECT_THAT(Decode(bytes + bytes, 1).footer, StatusIs(StatusCode::kDataLoss, _));
  EXPECT_THAT(Decode(bytes + FramesOf(bytes).back()).footer, StatusIs(StatusCode::kDataLoss, _));
}

TEST(SegmentDamageTest, ExchangedDroppedAndDoubledFramesAreSeen) {
  const std::vector<std::string> frames = FramesOf(ThreeFrames());
  ASSERT_EQ(frames.size(), 5u);
  ASSERT_OK(Decode(Join(frames)).footer);
  for (size_t i = 0; i < frames.size(); ++i) {
    std::vector<std::string> changed = frames;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(Decode(Join(changed)).footer, StatusIs(StatusCode::kDataLoss, _)) << i;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), 2, frames[i]);
    EXPECT_THAT(Decode(Join(changed)).footer, StatusIs(StatusCode::kDataLoss, _)) << i;
    for (size_t j = 0; j < i; ++j) {
      changed = frames;
      std::swap(changed[i], changed[j]);
      EXPECT_THAT(Decode(Join(changed)).footer, StatusIs(StatusCode::kDataLoss, _)) << i << j;
    }
  }
}

TEST(SegmentDamageTest, FramesOfTwoSegmentsDoNotMix) {
  const std::vector<std::string> frames = FramesOf(Encode({{.value = "one"}}));
  const std::vector<std::string> others = FramesOf(Encode({{.value = "two"}}));
  EXPECT_THAT(Decode(Join({frames[0], others[1], frames[2]})).footer,
              StatusIs(StatusCode::kDataLoss, _));
}

TEST(SegmentDamageTest, AnUnknownVersionIsNamed) {
  std::string bytes = "MRSG";
  std::string frame = FramesOf(Encode({})).front();
  frame[9] = 2;
  StoreLittle<uint32_t>(
      frame.data() + 4,
      Crc32c(frame.substr(9), Crc32c(frame.substr(8, 1), Crc32c(frame.substr(0, 4)))));
  EXPECT_THAT(Decode(bytes + frame).footer,
              StatusIs(StatusCode::kDataLoss, HasSubstr("version 2")));
}

// A frame whose checksum is right, whatever it holds.
std::string Sealed(char kind, std::string_view payload) {
  std::string frame(9, '\0');
  StoreLittle<uint32_t>(frame.data(), static_cast<uint32_t>(payload.size()));
  frame[8] = kind;
  StoreLittle<uint32_t>(frame.data() + 4,
                        Crc32c(payload, Crc32c(frame.substr(8, 1), Crc32c(frame.substr(0, 4)))));
  return frame.append(payload);
}

TEST(SegmentDamageTest, HostileFramesWithRightChecksumsNeitherCrashNorUnfold) {
  const std::string header = "MRSG" + FramesOf(Encode({})).front();
  const std::string many(200 << 10, '\0');             // Records without anything.
  const std::string headers = "\x10\xff\xff\xff\xff";  // Very many headers.
  const std::string long_key = "\x04\xff\xff\xff\xff";
  const std::string flags = "\x20";
  const std::string partition = "\x01\xff\xff\xff\xff";
  for (const std::string& payload : {many, headers, long_key, flags, partition, std::string()}) {
    EXPECT_THAT(Decode(header + Sealed(2, payload)).footer, StatusIs(StatusCode::kDataLoss, _));
    EXPECT_THAT(Decode(header + Sealed(3, payload)).footer, StatusIs(StatusCode::kDataLoss, _));
    EXPECT_THAT(Decode(header + Sealed(4, payload)).footer,
                StatusIs(StatusCode::kDataLoss, HasSubstr("unknown kind")));
    EXPECT_THAT(Decode("MRSG" + Sealed(1, payload)).footer, StatusIs(StatusCode::kDataLoss, _));
  }
}

TEST(SegmentDamageTest, RandomBytesAreNoSegment) {
  Random random(1);
  const std::string header = "MRSG" + FramesOf(Encode({})).front();
  for (int run = 0; run < 20'000; ++run) {
    std::string bytes;
    for (uint32_t left = random.Below(80); left > 0; --left) {
      bytes.push_back(
          static_cast<char>(random.Below(4) == 0 ? random.Below(256) : random.Below(6)));
    }
    EXPECT_FALSE(Decode(bytes).footer.ok());
    EXPECT_FALSE(Decode(header + bytes).footer.ok());
    EXPECT_FALSE(Decode(header + Sealed(2, bytes), 30).footer.ok());
  }
}

}  // namespace
}  // namespace millrace
