// What a slot is called, what its marker says, and what a checkpoint keeps of it.

#include "worker/sink/staged/marker.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/harness/status_matchers.h"
#include "tests/unit/worker/sink/staged/segments.h"

namespace millrace {
namespace {

using absl::StatusCode;
using testing::_;
using testing::HasSubstr;

TEST(SlotNameTest, NamesClusterLineageSinkAndIndex) {
  EXPECT_EQ(SlotName("prod", "l-3f9c", "sink_out", 3), "prod.l-3f9c.sink_out.3");
}

TEST(SlotNameTest, DotsWithinAPartDoNotMakeOneNameOfTwo) {
  EXPECT_NE(SlotName("a.b", "c", "d", 0), SlotName("a", "b.c", "d", 0));
  EXPECT_EQ(SlotName("a.b", "c", "d", 0), "a%2Eb.c.d.0");
}

TEST(SlotNameTest, EscapesWhatToolsStumbleOver) {
  EXPECT_EQ(SlotName("a b", "c\xc3\xa9", "d~%\n", 0), "a%20b.c%C3%A9.d%7E%25%0A.0");
}

TEST(SlotNameTest, LongPartsAreCutAndStayDifferent) {
  const std::string same(5000, 'x');
  const std::string one = SlotName(same, same + "1", same, 7);
  EXPECT_LT(one.size(), 400u);
  EXPECT_NE(one, SlotName(same, same + "2", same, 7));
}

TEST(MarkerTest, ReadsBackWhatWasWritten) {
  const Marker marker = MarkerOf(3, {SegmentOf(4, 10), SegmentOf(6, 20)});
  EXPECT_THAT(ParseMarker(MarkerText(marker), 6), IsOkAndHolds(marker));
}

TEST(MarkerTest, IsPrintableAndBelowAKilobyteForAnyNames) {
  Marker marker = MarkerOf(INT64_MAX - 1, {SegmentOf(INT64_MAX, INT64_MAX)});
  const std::string odd(9000, '\0');
  marker.slot = SlotName(odd, odd, odd, INT32_MAX);
  const std::string text = MarkerText(marker);
  EXPECT_LT(text.size(), 1024u);
  for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~');
  EXPECT_THAT(ParseMarker(text, INT64_MAX), IsOkAndHolds(marker));
}

TEST(MarkerTest, TheOffsetBesideItMustBeItsEpoch) {
  EXPECT_THAT(ParseMarker(MarkerText(RefreshedMarker(6)), 7),
              StatusIs(StatusCode::kDataLoss, HasSubstr("offset 7")));
}

TEST(MarkerTest, NothingElseIsAMarker) {
  const std::string text = MarkerText(MarkerOf(3, {SegmentOf(6, 20)}));
  const auto replaced = [&text](const std::string& from, const std::string& to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  // A person may set a group's offset; then there is no text at all.
  for (const std::string& bad :
       {std::string(), std::string("hello"), text + " ", " " + text, text + "0",
        replaced("epoch=6", "epoch=06"), replaced("epoch=6", "epoch=+6"),
        replaced("after=3", "after=7"), replaced("after=3", "after=-1"),
        replaced("records=20", "records=-20"), replaced("records=20", "records="),
        replaced("digest=", "digest=0x"), replaced("marker-1", "marker-2"),
        replaced("slot=", "slot= "), replaced("epoch=6", "epoch=99999999999999999999")}) {
    EXPECT_THAT(ParseMarker(bad, 6), StatusIs(StatusCode::kDataLoss, _)) << bad;
  }
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_THAT(ParseMarker(text.substr(0, cut), 6), StatusIs(StatusCode::kDataLoss, _)) << cut;
  }
}

TEST(MarkerTest, EpochZeroIsNoMarker) {
  EXPECT_THAT(ParseMarker(MarkerText(RefreshedMarker(0)), 0), StatusIs(StatusCode::kDataLoss, _));
}

TEST(DigestTest, SeesEverythingButTheFoldersOfSegments) {
  const std::vector<SegmentRef> segments = {SegmentOf(4, 10), SegmentOf(6, 20)};
  std::vector<SegmentRef> other = segments;
  other[0].file.path = "elsewhere";
  EXPECT_EQ(DigestOf(segments), DigestOf(other));

  EXPECT_NE(DigestOf(segments), DigestOf({segments[1], segments[0]}));
  EXPECT_NE(DigestOf(segments), DigestOf({segments[0]}));
  other[1].file.crc32c ^= 1;
  EXPECT_NE(DigestOf(segments), DigestOf(other));
  EXPECT_EQ(DigestOf({}), 0u);
}

TEST(SlotStateTest, ReadsBackWhatWasWritten) {
  ASSERT_OK_AND_ASSIGN(
      const SlotState state,
      DecodeSlotState(EncodeSlotState({.slot = kSlot, .published_through = Epoch(9)})));
  EXPECT_EQ(state.slot, kSlot);
  EXPECT_EQ(state.published_through, Epoch(9));
}

TEST(SlotStateTest, DamagedBytesAreAnErrorWhereTheyCanBeSeen) {
  const std::string bytes = EncodeSlotState({.slot = kSlot, .published_through = Epoch(9)});
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_THAT(DecodeSlotState(bytes.substr(0, cut)), StatusIs(StatusCode::kDataLoss, _)) << cut;
  }
  EXPECT_THAT(DecodeSlotState(bytes + "0"), StatusIs(StatusCode::kDataLoss, _));
  EXPECT_THAT(DecodeSlotState("\2" + bytes.substr(1)), StatusIs(StatusCode::kDataLoss, _));
}

}  // namespace
}  // namespace millrace
