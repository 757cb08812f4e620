// HOP and CUMULATE, whose windows share slices, and windows that rows bring along.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "tests/unit/worker/operator/window_aggregate/window_driver.h"
#include "worker/windows/sliced_windows.h"
#include "worker/operator/window_aggregate/window_scan.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Schema Clicks() { return {{"at", DataType::Timestamp(3)}, {"page", DataType::String()}}; }

WindowSetting Hop(int64_t slide_ms, int64_t size_ms) {
  return {.input = Clicks(),
          .keys = {1},
          .calls = {Count()},
          .size_ms = size_ms,
          .kind = WindowKind::kHop,
          .slide_ms = slide_ms};
}

WindowSetting Cumulate(int64_t step_ms, int64_t size_ms) {
  WindowSetting setting = Hop(step_ms, size_ms);
  setting.kind = WindowKind::kCumulate;
  return setting;
}

// "a 2 [00:00:05, 00:00:15)" for the rows since last asked.
std::vector<std::string> Brief(WindowDriver& window) {
  std::vector<std::string> brief;
  for (const std::string& row : window.Rows()) {
    // "+I[a, 2, 1970-01-01T00:00:05, 1970-01-01T00:00:15, 1970-01-01T00:00:14.999]"
    const std::vector<std::string> parts = absl::StrSplit(row.substr(3), ", ");
    const auto time = [](std::string text) {
      text = text.substr(text.find('T') + 1);
      return text.size() == 5 ? text + ":00" : text;
    };
    brief.push_back(
        absl::StrCat(parts[0], " ", parts[1], " [", time(parts[2]), ", ", time(parts[3]), ")"));
  }
  return brief;
}

TEST(HopTest, ARowCountsInEveryWindowThatHoldsIt) {
  WindowDriver window(Hop(5'000, 10'000));
  window.Input({{"1970-01-01 00:00:07", "a"}, {"1970-01-01 00:00:12", "a"}});
  window.Watermark("00:00:09.998");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("00:00:09.999");
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:10)"));
  window.Watermark("00:00:14.999");
  EXPECT_THAT(Brief(window), ElementsAre("a 2 [00:00:05, 00:00:15)"));
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:10, 00:00:20)"));
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(HopTest, ARowIsKeptOnceHoweverManyWindowsShareItsSlice) {
  WindowDriver window(Hop(1'000, 60'000));
  window.Input({{"1970-01-01 00:00:07.500", "a"}});
  EXPECT_THAT(window.state().Namespaces(), ElementsAre(8'000));
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), SizeIs(60));
}

TEST(HopTest, OneWatermarkMayFireSeveralWindowsTheEarliestFirst) {
  WindowDriver window(Hop(5'000, 10'000));
  window.Input({{"1970-01-01 00:00:12", "b"}, {"1970-01-01 00:00:07", "a"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:10)", "a 1 [00:00:05, 00:00:15)",
                                         "b 1 [00:00:05, 00:00:15)", "b 1 [00:00:10, 00:00:20)"));
}

TEST(HopTest, ARowWhoseFirstWindowHasFiredCountsInTheOnesAfterIt) {
  WindowDriver window(Hop(5'000, 10'000));
  window.Watermark("00:00:10");
  window.Input({{"1970-01-01 00:00:07", "a"}});
  EXPECT_EQ(window.LateRows(), "0");
  window.Watermark("00:00:15");
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:05, 00:00:15)"));
}

TEST(HopTest, ARowWhoseLastWindowHasFiredIsLate) {
  WindowDriver window(Hop(5'000, 10'000));
  window.Watermark("00:00:14.999");
  window.Input({{"1970-01-01 00:00:09.999", "late"}, {"1970-01-01 00:00:10", "timely"}});
  EXPECT_EQ(window.LateRows(), "1");
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("timely 1 [00:00:10, 00:00:20)"))
      << "the window from 5 s had fired before the row came";
}

TEST(HopTest, ASizeThatIsNoMultipleOfTheSlideIsCutIntoItsGreatestCommonDivisor) {
  WindowDriver window(Hop(4'000, 10'000));
  window.Input({{"1970-01-01 00:00:03", "a"}, {"1970-01-01 00:00:09", "a"}});
  EXPECT_THAT(window.state().Namespaces(), ElementsAre(4'000, 10'000)) << "slices of 2 s";
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("1, 1969-12-31T23:59:56, 1970-01-01T00:00:06"),
                                         HasSubstr("2, 1970-01-01T00:00, 1970-01-01T00:00:10"),
                                         HasSubstr("1, 1970-01-01T00:00:04, 1970-01-01T00:00:14"),
                                         HasSubstr("1, 1970-01-01T00:00:08, 1970-01-01T00:00:18")));
}

TEST(HopTest, RowsBetweenWindowsThatLeaveGapsAreDroppedAndCounted) {
  WindowDriver window(Hop(10'000, 4'000));
  window.Input({{"1970-01-01 00:00:03.999", "a"},
                {"1970-01-01 00:00:04", "between"},
                {"1970-01-01 00:00:09.999", "between"},
                {"1970-01-01 00:00:10", "b"}});
  EXPECT_EQ(window.LateRows(), "2");
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:04)", "b 1 [00:00:10, 00:00:14)"));
}

TEST(HopTest, AWindowThatOnlySomeSlicesHaveRowsOfShowsThoseRows) {
  WindowDriver window(Hop(5'000, 20'000));
  window.Input({{"1970-01-01 00:00:01", "a"}, {"1970-01-01 00:00:17", "b"}});
  window.Watermark("00:00:20");
  EXPECT_THAT(window.Rows(), SizeIs(5)) << "a in windows to 5, 10, 15 and 20 s, b in that to 20 s";
}

TEST(HopTest, ARestartFiresNoWindowTwice) {
  WindowDriver before(Hop(5'000, 10'000));
  before.Input({{"1970-01-01 00:00:07", "a"}});
  before.Watermark("00:00:10");
  EXPECT_THAT(before.Rows(), SizeIs(1));
  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(Hop(5'000, 10'000), &restored);
  after.AdoptState(before);
  after.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(after), ElementsAre("a 1 [00:00:05, 00:00:15)"));
}

TEST(HopTest, AfterARestoreKeysOfATaskThatWasAheadFireNoWindowTwice) {
  WindowDriver ahead(Hop(5'000, 10'000));  // It owns all key groups.
  ahead.Input({{"1970-01-01 00:00:07", "a"}});
  ahead.Watermark("00:00:10");
  EXPECT_THAT(ahead.Rows(), SizeIs(1));
  TaskStateOfTest behind;
  behind.Put("watermark", std::string(8, '\0'));   // 1970-01-01 00:00:00
  behind.Put("key_groups", std::string(8, '\0'));  // None of the key's.
  const RestoredOfTest restored({ahead.Snapshot(), behind});
  WindowDriver after(Hop(5'000, 10'000), &restored);
  after.AdoptState(ahead);
  after.Watermark("00:00:12");
  EXPECT_THAT(after.Rows(), IsEmpty());
  after.Watermark("00:00:15");
  EXPECT_THAT(Brief(after), ElementsAre("a 1 [00:00:05, 00:00:15)"));
}

TEST(HopTest, WithoutKeysAllRowsAreOneGroup) {
  WindowSetting setting = Hop(5'000, 10'000);
  setting.keys.clear();
  WindowDriver window(setting);
  window.Input({{"1970-01-01 00:00:07", "a"}, {"1970-01-01 00:00:08", "b"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[2, 1970-01-01T00:00, "),
                                         HasSubstr("+I[2, 1970-01-01T00:00:05, ")));
}

TEST(HopTest, LeastAndGreatestTextsMergeOverSlices) {
  WindowSetting setting = Hop(5'000, 10'000);
  setting.keys.clear();
  setting.calls = {Call(AggregateFunction::kMin, 1, DataType::String()),
                   Call(AggregateFunction::kMax, 1, DataType::String())};
  WindowDriver window(setting);
  window.Input({{"1970-01-01 00:00:02", "m"}, {"1970-01-01 00:00:03", "longer"}});
  window.Input({{"1970-01-01 00:00:07", "z"}, {"1970-01-01 00:00:08", "k"}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[longer, m, 1969"),
                                         HasSubstr("+I[k, z, 1970-01-01T00:00, ")));
}

TEST(CumulateTest, EveryStepShowsWhatItsWindowHoldsSoFar) {
  WindowDriver window(Cumulate(5'000, 15'000));
  window.Input({{"1970-01-01 00:00:01", "a"}, {"1970-01-01 00:00:07", "a"}});
  window.Watermark("00:00:04.999");
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:05)"));
  window.Watermark("00:00:20");
  EXPECT_THAT(Brief(window), ElementsAre("a 2 [00:00:00, 00:00:10)", "a 2 [00:00:00, 00:00:15)"));
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(CumulateTest, AKeyShowsFromItsFirstStepOn) {
  WindowDriver window(Cumulate(5'000, 15'000));
  window.Input({{"1970-01-01 00:00:07", "a"}, {"1970-01-01 00:00:12", "b"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:10)", "a 1 [00:00:00, 00:00:15)",
                                         "b 1 [00:00:00, 00:00:15)"));
}

TEST(CumulateTest, ARowOfAStepThatHasFiredCountsInTheNextOnes) {
  WindowDriver window(Cumulate(5'000, 15'000));
  window.Watermark("00:00:12");
  window.Input({{"1970-01-01 00:00:01", "a"}});
  EXPECT_EQ(window.LateRows(), "0");
  window.Watermark("00:00:14.999");
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:15)"));
  window.Input({{"1970-01-01 00:00:14.999", "late"}});
  EXPECT_EQ(window.LateRows(), "1");
}

TEST(CumulateTest, FiredStepsLieTogetherInTheFirstOne) {
  WindowDriver window(Cumulate(1'000, 60'000));
  for (int second = 0; second < 30; ++second) {
    window.Input({{absl::StrCat("1970-01-01 00:00:", second < 10 ? "0" : "", second), "a"}});
  }
  window.Watermark("00:00:25");
  EXPECT_THAT(window.state().Namespaces(),
              ElementsAre(1'000, 26'000, 27'000, 28'000, 29'000, 30'000));
}

TEST(CumulateTest, AnOffsetMovesTheWholeWindow) {
  WindowSetting setting = Cumulate(5'000, 15'000);
  setting.offset_ms = 7'000;
  WindowDriver window(setting);
  window.Input({{"1970-01-01 00:00:08", "a"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:07, 00:00:12)", "a 1 [00:00:07, 00:00:17)",
                                         "a 1 [00:00:07, 00:00:22)"));
}

TEST(CumulateTest, AStepWaitsForItsState) {
  WindowDriver window(Cumulate(5'000, 15'000));
  window.Input({{"1970-01-01 00:00:07", "a"}});
  window.state().BlockPrefetch(1);
  EXPECT_THAT(window.TryWatermark(At("00:00:10")), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(window.Resume(), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(Brief(window), ElementsAre("a 1 [00:00:00, 00:00:10)"));
}

// Results of windows: their end, their start, how many.
WindowSetting Attached(std::vector<int> keys) {
  return {.input = {{"we", DataType::Timestamp(3)},
                    {"ws", DataType::Timestamp(3)},
                    {"page", DataType::String()},
                    {"n", DataType::BigInt()}},
          .keys = std::move(keys),
          .calls = {Call(AggregateFunction::kMax, 3, DataType::BigInt())},
          .size_ms = 0,
          .kind = WindowKind::kAttached,
          .start_column = 1};
}

TEST(AttachedWindowTest, ResultsOfAWindowAreGroupedByIt) {
  WindowDriver window(Attached({}));
  window.Input({{"1970-01-01 00:00:10", "1970-01-01 00:00:00", "a", 3},
                {"1970-01-01 00:00:10", "1970-01-01 00:00:00", "b", 5},
                {"1970-01-01 00:00:15", "1970-01-01 00:00:05", "a", 4}});
  window.Watermark("00:00:09.999");
  EXPECT_THAT(Brief(window), SizeIs(1));
  window.Watermark("00:00:15");
  EXPECT_THAT(window.Rows(), ElementsAre("+I[4, 1970-01-01T00:00:05, 1970-01-01T00:00:15, "
                                         "1970-01-01T00:00:14.999]"));
}

TEST(AttachedWindowTest, WindowsOfOneEndAreToldApartByTheirStart) {
  WindowDriver window(Attached({2}));
  window.Input({{"1970-01-01 00:00:10", "1970-01-01 00:00:00", "a", 3},
                {"1970-01-01 00:00:10", "1970-01-01 00:00:05", "a", 5}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(Brief(window), ElementsAre("a 3 [00:00:00, 00:00:10)", "a 5 [00:00:05, 00:00:10)"));
}

TEST(MergingScanTest, AMergeThatGrowsTooLargeComesBackForTheRest) {
  ASSERT_OK_AND_ASSIGN(const AccumulatorLayout layout,
                       AccumulatorLayout::Create({Count()}, Clicks()));
  MemoryState state({.value_bytes = layout.value_bytes()});
  constexpr int kKeys = 3'000;
  for (const int64_t slice : {5, 10}) {
    for (int i = 0; i < kKeys; ++i) {
      const std::string bytes = absl::StrCat("key", i);
      const StateKey key{.state_namespace = slice, .key = bytes, .hash = HashKey(bytes)};
      ASSERT_THAT(state.Prefetch({key}), IsOkAndHolds(Progress::kDone));
      bool created = false;
      StorePart<int64_t>(state.Upsert(key, &created).fixed, slice);
    }
  }
  const auto scan = NewMergingScan(state, layout, {5, 10}, {.keys = 700, .entries_in_turn = 2'000});
  std::map<std::string, int64_t> counts;
  std::vector<NamespaceCursor::Entry> entries;
  int turns = 0;
  for (;;) {
    const auto progress = scan->Next(100, entries);
    ASSERT_OK(progress);
    if (*progress == Progress::kYield) {
      ++turns;
      continue;
    }
    if (entries.empty()) break;
    for (const auto& entry : entries)
      counts[std::string(entry.key)] += LoadPart<int64_t>(entry.fixed);
  }
  EXPECT_EQ(counts.size(), static_cast<size_t>(kKeys));
  for (const auto& [key, count] : counts) ASSERT_EQ(count, 15) << key;
  EXPECT_GT(turns, 3);
}

}  // namespace
}  // namespace millrace
