// The durable forms of staged output: in the checkpoint folder, in the manifest, and beside the
// records at the outside. Staged output of an older version must still be published, once.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/compatibility/golden_bytes.h"
#include "tests/harness/status_matchers.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/segment_format.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr char kSlot[] = "millrace.l-3f9c.orders.2";

TEST(SegmentGoldenTest, ASegment) {
  SegmentEncoder encoder(kSlot, "orders");
  EXPECT_OK(encoder.Append({.partition = 3,
                            .timestamp_ms = 1'700'000'000'000,
                            .key = "key",
                            .value = "value",
                            .headers = {{"name", "header"}, {"empty", ""}}}));
  EXPECT_OK(encoder.Append({.value = "value"}));
  std::string bytes = encoder.Take(true);
  EXPECT_OK(encoder.Append({.key = "tombstone"}));
  encoder.Finish(Epoch(7));
  bytes += encoder.Take();
  ExpectGolden("segment", bytes);

  SegmentDecoder decoder(kSlot, "orders");
  decoder.Feed(ReadGolden("segment"));
  ASSERT_OK_AND_ASSIGN(const std::vector<StagedRecord> first, decoder.Next());
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].partition, 3);
  EXPECT_EQ(first[0].timestamp_ms, 1'700'000'000'000);
  EXPECT_EQ(first[0].key, "key");
  EXPECT_EQ(first[0].value, "value");
  EXPECT_THAT(first[0].headers, ElementsAre(Pair("name", "header"), Pair("empty", "")));
  EXPECT_EQ(first[1].key, std::nullopt);
  ASSERT_OK_AND_ASSIGN(const std::vector<StagedRecord> second, decoder.Next());
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].value, std::nullopt);
  EXPECT_THAT(decoder.Next(), IsOk());
  ASSERT_OK_AND_ASSIGN(const SegmentFooter footer, decoder.Finish());
  EXPECT_EQ(footer.epoch, Epoch(7));
  EXPECT_EQ(footer.records, 3);
}

const std::vector<SegmentRef>& Segments() {
  static const std::vector<SegmentRef> segments = {
      {.epoch = Epoch(4), .file = {.bytes = 1000, .crc32c = 0x12345678}, .records = 10},
      {.epoch = Epoch(6), .file = {.bytes = 2000, .crc32c = 0x9abcdef0}, .records = 20}};
  return segments;
}

TEST(SegmentGoldenTest, TheTextOfAMarkerAndTheDigestInIt) {
  const Marker marker{.slot = kSlot,
                      .epoch = Epoch(6),
                      .after = Epoch(3),
                      .records = 30,
                      .digest = DigestOf(Segments())};
  ExpectGolden("marker", MarkerText(marker));
  EXPECT_THAT(ParseMarker(ReadGolden("marker"), 6), IsOkAndHolds(marker));
}

// Another name would fence nobody off and find no marker.
TEST(SegmentGoldenTest, TheNameOfASlot) {
  EXPECT_EQ(SlotName("millrace", "l-3f9c", "orders", 2), kSlot);
  EXPECT_EQ(SlotName("prod.eu", "l 1", "sink/a~b", 10), "prod%2Eeu.l%201.sink%2Fa%7Eb.10");
  EXPECT_EQ(SlotName("c", "l", std::string(121, 's'), 0),
            "c.l." + std::string(100, 's') + "~44f71c2159271211.0");
}

TEST(SegmentGoldenTest, TheStateOfASlot) {
  ExpectGolden("slot_state", EncodeSlotState({.slot = kSlot, .published_through = Epoch(6)}));
  ASSERT_OK_AND_ASSIGN(const SlotState state, DecodeSlotState(ReadGolden("slot_state")));
  EXPECT_EQ(state.slot, kSlot);
  EXPECT_EQ(state.published_through, Epoch(6));
}

}  // namespace
}  // namespace millrace
