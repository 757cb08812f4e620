// SESSION: what belongs together, when it ends, what is late.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/worker/operator/window_aggregate/window_driver.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Sessions of a page end 10 s after its last click.
WindowSetting ByPage() {
  return {.input = {{"at", DataType::Timestamp(3)}, {"page", DataType::String()}},
          .keys = {1},
          .calls = {Count()},
          .kind = WindowKind::kSession};
}

std::string Session(const std::string& page, int count, const std::string& start,
                    const std::string& end) {
  return absl::StrCat("+I[", page, ", ", count, ", 1970-01-01T", start, ", 1970-01-01T", end);
}

void Click(WindowDriver& window, const std::string& page, const std::vector<std::string>& times) {
  std::vector<RowValues> rows;
  for (const std::string& time : times) rows.push_back({absl::StrCat("1970-01-01 ", time), page});
  window.Input(rows);
}

TEST(SessionTest, RowsWithinTheGapAreOneSessionThatEndsAGapBehindTheLast) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:01", "00:00:09", "00:00:18"});
  window.Watermark("00:00:27.998");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("00:00:27.999");
  EXPECT_THAT(window.Rows(), ElementsAre("+I[a, 3, 1970-01-01T00:00:01, 1970-01-01T00:00:28, "
                                         "1970-01-01T00:00:27.999]"));
  EXPECT_THAT(window.Rows(), IsEmpty());
}

TEST(SessionTest, AGapIsExactlyAsLongAsItSays) {
  WindowDriver window(ByPage());
  Click(window, "joined", {"00:00:01", "00:00:11"});
  Click(window, "apart", {"00:00:01", "00:00:11.001"});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(),
              UnorderedElementsAre(HasSubstr(Session("joined", 2, "00:00:01", "00:00:21")),
                                   HasSubstr(Session("apart", 1, "00:00:01", "00:00:11")),
                                   HasSubstr(Session("apart", 1, "00:00:11.001", "00:00:21.001"))));
}

TEST(SessionTest, ARowBetweenTwoSessionsMergesThem) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:01"});
  Click(window, "a", {"00:00:19"});
  Click(window, "a", {"00:00:10"});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 3, "00:00:01", "00:00:29"))));
}

TEST(SessionTest, RowsOutOfOrderMakeTheSameSessions) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:01:00", "00:00:30", "00:00:01", "00:00:39", "00:00:05"});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 2, "00:00:01", "00:00:15")),
                                         HasSubstr(Session("a", 2, "00:00:30", "00:00:49")),
                                         HasSubstr(Session("a", 1, "00:01", "00:01:10"))));
}

TEST(SessionTest, ASessionOfManySlicesIsOneRow) {
  WindowDriver window(ByPage());
  for (int minute = 0; minute < 10; ++minute) {
    for (const char* second : {"03", "12", "21", "30", "39", "48", "57"}) {
      Click(window, "a", {absl::StrCat("00:0", minute, ":", second)});
      window.Watermark(EventTime(At(absl::StrCat("00:0", minute, ":", second)).millis() - 1));
    }
  }
  EXPECT_THAT(window.Rows(), IsEmpty());
  EXPECT_LE(window.state().Namespaces().size(), 2u) << "what is over lies in the next slice";
  window.Watermark("00:10:30");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 70, "00:00:03", "00:10:07"))));
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(SessionTest, ARowOfASessionThatHasEndedIsDroppedAndCounted) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:05"});
  window.Watermark("00:00:14.999");
  EXPECT_THAT(window.Rows(), SizeIs(1));
  Click(window, "a", {"00:00:05", "00:00:04"});
  EXPECT_EQ(window.LateRows(), "2");
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), IsEmpty());
}

TEST(SessionTest, ARowThatTouchesASessionThatHasEndedBeginsANewOne) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:05"});
  window.Watermark("00:00:14.999");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 1, "00:00:05", "00:00:15"))));
  Click(window, "a", {"00:00:06"});
  EXPECT_EQ(window.LateRows(), "0");
  window.Watermark("00:00:20");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 1, "00:00:06", "00:00:16"))));
}

TEST(SessionTest, ARowBehindTheWatermarkJoinsASessionThatIsStillOpen) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:01", "00:00:10", "00:00:19", "00:00:28"});
  window.Watermark("00:00:30");
  Click(window, "a", {"00:00:05"});  // Long past, but inside the open session.
  Click(window, "b", {"00:00:05"});
  EXPECT_EQ(window.LateRows(), "1");
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 5, "00:00:01", "00:00:38"))));
}

TEST(SessionTest, ARowBehindTheWatermarkMayMoveTheStartOfAnOpenSession) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:25"});
  window.Watermark("00:00:30");
  Click(window, "a", {"00:00:16", "00:00:04"});
  EXPECT_EQ(window.LateRows(), "1") << "4 s is more than the gap before 16 s";
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 2, "00:00:16", "00:00:35"))));
}

TEST(SessionTest, RowsBehindTheWatermarkOpenTheWayForThoseAfterThemAlone) {
  WindowDriver in_reach(ByPage());
  Click(in_reach, "a", {"00:00:25"});
  in_reach.Watermark("00:00:30");
  Click(in_reach, "a", {"00:00:16", "00:00:07"});
  EXPECT_EQ(in_reach.LateRows(), "0");

  WindowDriver too_early(ByPage());
  Click(too_early, "a", {"00:00:25"});
  too_early.Watermark("00:00:30");
  Click(too_early, "a", {"00:00:07", "00:00:16"});
  EXPECT_EQ(too_early.LateRows(), "1");
}

TEST(SessionTest, ASessionEndsAlthoughOthersOfItsSliceGoOn) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:01"});
  Click(window, "b", {"00:00:04"});
  window.Watermark("00:00:11");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 1, "00:00:01", "00:00:11"))));
  Click(window, "b", {"00:00:08"});
  window.Watermark("00:00:15");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("00:00:18");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("b", 2, "00:00:04", "00:00:18"))));
}

TEST(SessionTest, WithoutKeysAllRowsMakeSessionsTogether) {
  WindowSetting setting = ByPage();
  setting.keys.clear();
  WindowDriver window(setting);
  Click(window, "a", {"00:00:01"});
  Click(window, "b", {"00:00:09", "00:00:30"});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(),
              ElementsAre(HasSubstr("+I[2, 1970-01-01T00:00:01, 1970-01-01T00:00:19"),
                          HasSubstr("+I[1, 1970-01-01T00:00:30, 1970-01-01T00:00:40")));
}

TEST(SessionTest, TextsOfMergedSessionsAreMerged) {
  WindowSetting setting = ByPage();
  setting.input = {
      {"at", DataType::Timestamp(3)}, {"page", DataType::String()}, {"word", DataType::String()}};
  setting.calls = {Call(AggregateFunction::kMax, 2, DataType::String())};
  WindowDriver window(setting);
  window.Input({{"1970-01-01 00:00:01", "a", "kiwi"}, {"1970-01-01 00:00:19", "a", "apple"}});
  window.Input({{"1970-01-01 00:00:10", "a", "melon"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[a, melon, 1970-01-01T00:00:01, ")));
}

TEST(SessionTest, ARestartGoesOnWithOpenSessions) {
  WindowDriver before(ByPage());
  Click(before, "a", {"00:00:01", "00:00:09"});
  Click(before, "b", {"00:00:02"});
  before.Watermark("00:00:12");
  EXPECT_THAT(before.Rows(), SizeIs(1));
  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(ByPage(), &restored);
  after.AdoptState(before);
  Click(after, "a", {"00:00:02"});
  Click(after, "b", {"00:00:02"});
  EXPECT_EQ(after.LateRows(), "1") << "b has ended, a has not";
  after.Watermark("00:00:19");
  EXPECT_THAT(after.Rows(), ElementsAre(HasSubstr(Session("a", 3, "00:00:01", "00:00:19"))));
}

TEST(SessionPauseTest, PlacingAndClosingWaitForState) {
  WindowDriver window(ByPage());
  Click(window, "a", {"00:00:01", "00:00:10"});
  window.Watermark("00:00:12");
  window.state().BlockPrefetch(1);
  EXPECT_THAT(window.TryInput({{"1970-01-01 00:00:01", "a"}}), IsOkAndHolds(Progress::kBlockedIo));
  window.state().BlockPrefetch(0);
  EXPECT_THAT(window.Resume(), IsOkAndHolds(Progress::kDone));
  window.state().BlockPrefetch(1);
  absl::StatusOr<Progress> progress = window.TryWatermark(EventTime::Max());
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(window.Resume(), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr(Session("a", 3, "00:00:01", "00:00:20"))));
}

TEST(SessionPauseTest, ClosingPausesWhileTheOutputIsFull) {
  WindowSetting setting = ByPage();
  setting.input = {{"at", DataType::Timestamp(3)}, {"id", DataType::BigInt()}};
  WindowDriver window(setting);
  std::vector<RowValues> rows;
  for (int64_t id = 0; id < 10'000; ++id) rows.push_back({"1970-01-01 00:00:03", id});
  window.Input(rows);
  for (const EventTime watermark : {At("00:00:13"), At("00:01:00")}) {
    window.output().SetRoom(1);
    absl::StatusOr<Progress> progress = window.TryWatermark(watermark);
    size_t shown = 0;
    for (;;) {
      ASSERT_OK(progress);
      shown += window.Rows().size();
      if (*progress == Progress::kDone) break;
      progress = window.Resume();
    }
    EXPECT_EQ(shown, watermark == At("00:00:13") ? 10'000u : 0u);
  }
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

}  // namespace
}  // namespace millrace
