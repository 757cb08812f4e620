// When windows fire, what is late, and what survives a restart.
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

Schema Clicks() { return {{"at", DataType::Timestamp(3)}, {"page", DataType::String()}}; }

WindowSetting CountByPage() { return {.input = Clicks(), .keys = {1}, .calls = {Count()}}; }

std::string Row(const std::string& page, int count, const std::string& start,
                const std::string& end, const std::string& time) {
  return absl::StrCat("+I[", page, ", ", count, ", 1970-01-01T", start, ", 1970-01-01T", end,
                      ", 1970-01-01T", time, "]");
}

TEST(WindowTimeTest, AWindowFiresWhenTheWatermarkReachesItsLastMillisecond) {
  WindowDriver window(CountByPage());
  window.Input({{"1970-01-01 00:00:03", "a"}, {"1970-01-01 00:00:07", "a"}});
  window.Watermark("00:00:09.998");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("00:00:09.999");
  EXPECT_THAT(window.Rows(), ElementsAre(Row("a", 2, "00:00", "00:00:10", "00:00:09.999")));
  window.Watermark("00:01:00");
  EXPECT_THAT(window.Rows(), IsEmpty());
}

TEST(WindowTimeTest, TheStartBelongsToTheWindowAndTheEndDoesNot) {
  WindowDriver window(CountByPage());
  window.Input({{"1970-01-01 00:00:10.000", "a"},
                {"1970-01-01 00:00:09.999", "a"},
                {"1970-01-01 00:00:19.999", "a"},
                {"1970-01-01 00:00:20.000", "a"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(Row("a", 1, "00:00", "00:00:10", "00:00:09.999"),
                                         Row("a", 2, "00:00:10", "00:00:20", "00:00:19.999"),
                                         Row("a", 1, "00:00:20", "00:00:30", "00:00:29.999")));
}

TEST(WindowTimeTest, RowsMayComeInAnyOrderUntilTheirWindowFires) {
  WindowDriver window(CountByPage());
  window.Input({{"1970-01-01 00:00:25", "a"}, {"1970-01-01 00:00:05", "a"}});
  window.Watermark("00:00:05");
  window.Input({{"1970-01-01 00:00:01", "a"}, {"1970-01-01 00:00:15", "b"}});
  window.Watermark("00:00:30");
  EXPECT_THAT(window.Rows(), ElementsAre(Row("a", 2, "00:00", "00:00:10", "00:00:09.999"),
                                         Row("b", 1, "00:00:10", "00:00:20", "00:00:19.999"),
                                         Row("a", 1, "00:00:20", "00:00:30", "00:00:29.999")));
  EXPECT_EQ(window.LateRows(), "0");
}

TEST(WindowTimeTest, ARowOfAWindowThatHasFiredIsDroppedAndCounted) {
  WindowDriver window(CountByPage());
  window.Watermark("00:00:09.999");
  window.Input({{"1970-01-01 00:00:09.999", "late"},
                {"1970-01-01 00:00:10", "timely"},
                {"1970-01-01 00:00:00", "late"}});
  EXPECT_EQ(window.LateRows(), "2");
  window.Watermark("00:00:20");
  EXPECT_THAT(window.Rows(), ElementsAre(Row("timely", 1, "00:00:10", "00:00:20", "00:00:19.999")));
}

TEST(WindowTimeTest, ARowBehindTheWatermarkIsNotLateWhileItsWindowIsOpen) {
  WindowDriver window(CountByPage());
  window.Watermark("00:00:09.998");
  window.Input({{"1970-01-01 00:00:00", "a"}});
  EXPECT_EQ(window.LateRows(), "0");
  window.Watermark("00:00:09.999");
  EXPECT_THAT(window.Rows(), SizeIs(1));
}

TEST(WindowTimeTest, ABatchOfLateRowsTouchesNoState) {
  WindowDriver window(CountByPage());
  window.Watermark("01:00:00");
  window.Input({{"1970-01-01 00:00:00", "a"}, {"1970-01-01 00:00:01", "b"}});
  EXPECT_EQ(window.LateRows(), "2");
  EXPECT_EQ(window.state().prefetched_keys(), 0);
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(WindowTimeTest, WindowsWithoutRowsDoNotAppear) {
  WindowDriver window(CountByPage());
  window.Watermark("00:10:00");
  window.Input({{"1970-01-01 00:10:05", "a"}, {"1970-01-01 00:20:05", "a"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), SizeIs(2));
}

TEST(WindowTimeTest, TimesBefore1970BelongToTheWindowBelowThem) {
  WindowDriver window(CountByPage());
  window.Input({{"1969-12-31 23:59:59.999", "a"},
                {"1969-12-31 23:59:50", "a"},
                {"1969-12-31 23:59:49.999", "a"}});
  window.Watermark(EventTime(-1));
  EXPECT_THAT(window.Rows(), ElementsAre("+I[a, 1, 1969-12-31T23:59:40, 1969-12-31T23:59:50, "
                                         "1969-12-31T23:59:49.999]",
                                         "+I[a, 2, 1969-12-31T23:59:50, 1970-01-01T00:00, "
                                         "1969-12-31T23:59:59.999]"));
}

TEST(WindowTimeTest, AnOffsetShiftsAllWindows) {
  WindowSetting setting = CountByPage();
  setting.offset_ms = 3'000;
  WindowDriver window(setting);
  window.Input({{"1970-01-01 00:00:02.999", "a"},
                {"1970-01-01 00:00:03", "a"},
                {"1970-01-01 00:00:12.999", "a"}});
  window.Watermark("00:00:12.999");
  EXPECT_THAT(window.Rows(), ElementsAre("+I[a, 1, 1969-12-31T23:59:53, 1970-01-01T00:00:03, "
                                         "1970-01-01T00:00:02.999]",
                                         Row("a", 2, "00:00:03", "00:00:13", "00:00:12.999")));
}

TEST(WindowTimeTest, TheTimeColumnMayBeOfAnyPrecisionUpToMillisecondsAndOfALocalZone) {
  for (const DataType& type :
       {DataType::Timestamp(0), DataType::Timestamp(3), DataType::TimestampLtz(3)}) {
    WindowDriver window({.input = {{"at", type}}, .calls = {Count()}});
    window.Input({{"1970-01-01 00:00:03"}});
    window.Watermark("00:00:10");
    const std::string z = type.kind() == TypeKind::kTimestampLtz ? "Z" : "";
    EXPECT_THAT(window.Rows(),
                ElementsAre(absl::StrCat("+I[1, 1970-01-01T00:00, 1970-01-01T00:00:10, "
                                         "1970-01-01T00:00:09.999",
                                         z, "]")))
        << type.ToString();
  }
}

TEST(WindowTimeTest, ARowWithoutATimeFailsTheJobAndNamesTheColumn) {
  WindowDriver window(CountByPage());
  EXPECT_THAT(window.TryInput({{"1970-01-01 00:00:03", "a"}, {nullptr, "b"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'at'")));
}

TEST(WindowTimeTest, ATimeThatNoWindowCanHoldFailsTheJobAndNamesTheColumn) {
  for (const int64_t time : {INT64_MAX, INT64_MIN, (int64_t{1} << 62) - 1}) {
    WindowDriver window(CountByPage());
    EXPECT_THAT(window.TryInput({{time, "a"}}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'at'")));
  }
}

TEST(WindowTimeTest, RowsThatTakeOthersBackAreNotBuiltYet) {
  WindowDriver window(CountByPage());
  EXPECT_THAT(window.TryInput({{"1970-01-01 00:00:03", "a"}}, {RowKind::kDelete}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("-D")));
}

TEST(WindowTimeTest, ATimeColumnOfMicrosecondsIsRefused) {
  WindowSetting setting{.input = {{"at", DataType::Timestamp(6)}}, .calls = {Count()}};
  EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("TIMESTAMP(6)")));
}

TEST(WindowTimeTest, AMapCannotBeAKey) {
  WindowSetting setting{.input = {{"at", DataType::Timestamp(3)},
                                  {"m", DataType::Map(DataType::String(), DataType::Int())}},
                        .keys = {1},
                        .calls = {Count()}};
  EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'm'")));
}

TEST(WindowRestartTest, AReplayAfterARestoreDropsTheSameLateRowsAndCountsThemAnew) {
  WindowDriver before(CountByPage());
  before.Input({{"1970-01-01 00:00:15", "a"}});
  before.Watermark("00:00:10");
  before.Input({{"1970-01-01 00:00:05", "late"}});
  EXPECT_EQ(before.LateRows(), "1");

  const RestoredOfTest restored({before.Snapshot()});
  WindowDriver after(CountByPage(), &restored);
  after.AdoptState(before);
  after.Input({{"1970-01-01 00:00:06", "late again"}});
  EXPECT_EQ(after.LateRows(), "1");
  after.Watermark("00:00:20");
  EXPECT_THAT(after.Rows(), ElementsAre(Row("a", 1, "00:00:10", "00:00:20", "00:00:19.999")));
}

TEST(WindowRestartTest, AfterARescaleTheLeastWatermarkCounts) {
  WindowDriver ahead(CountByPage());
  ahead.Watermark("00:00:30");
  ahead.Input({{"1970-01-01 00:00:05", "late"}});
  WindowDriver behind(CountByPage());
  behind.Watermark("00:00:10");
  behind.Input({{"1970-01-01 00:00:05", "late"}});
  const RestoredOfTest restored({ahead.Snapshot(), behind.Snapshot()});

  WindowDriver first(CountByPage(), &restored, 0);
  WindowDriver second(CountByPage(), &restored, 1);
  first.Input({{"1970-01-01 00:00:09", "late"}, {"1970-01-01 00:00:15", "timely"}});
  EXPECT_EQ(first.LateRows(), "1");
  second.Input({{"1970-01-01 00:00:09", "late"}, {"1970-01-01 00:00:15", "timely"}});
  EXPECT_EQ(second.LateRows(), "1");
}

TEST(WindowRestartTest, ADamagedWatermarkIsDataLoss) {
  TaskStateOfTest state;
  state.Put("watermark", "abc");
  const RestoredOfTest restored({state});
  const WindowSetting setting = CountByPage();
  ASSERT_OK_AND_ASSIGN(const auto op, NewWindowAggregate(WindowNode(setting), setting.input));
  ConnectorWorld world;
  MetricRegistry registry;
  const auto scope =
      registry.root().Child({{"job", "j"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
  TaskContext context = world.Context({});
  context.metrics = scope.get();
  EXPECT_THAT(op->Open(context, &restored),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("watermark")));
}

TEST(WindowPauseTest, FiringPausesWhileTheOutputIsFullAndGoesOnWhereItStopped) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"id", DataType::BigInt()}},
                       .keys = {1},
                       .calls = {Count()}});
  std::vector<RowValues> rows;
  for (int64_t id = 0; id < 10'000; ++id) rows.push_back({"1970-01-01 00:00:03", id});
  window.Input(rows);
  window.Input({{"1970-01-01 00:00:13", int64_t{7}}});
  window.output().SetRoom(0);
  EXPECT_THAT(window.TryWatermark(At("00:00:20")), IsOkAndHolds(Progress::kBlockedOutput));
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.output().SetRoom(1);
  std::vector<std::string> results;
  std::vector<size_t> sizes;
  absl::StatusOr<Progress> progress = Progress::kBlockedOutput;
  while (*progress != Progress::kDone) {
    progress = window.Resume();
    ASSERT_OK(progress);
    const auto batch = window.Rows();
    sizes.push_back(batch.size());
    results.insert(results.end(), batch.begin(), batch.end());
  }
  EXPECT_THAT(sizes, ElementsAre(4096, 4096, 1809));
  EXPECT_EQ(results.front(), Row("0", 1, "00:00", "00:00:10", "00:00:09.999"));
  EXPECT_EQ(results[9999], Row("9999", 1, "00:00", "00:00:10", "00:00:09.999"));
  EXPECT_EQ(results.back(), Row("7", 1, "00:00:10", "00:00:20", "00:00:19.999"));
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(WindowPauseTest, ABatchWaitsForItsStateAndIsThenFoldedOnce) {
  WindowDriver window(CountByPage());
  window.state().BlockPrefetch(2);
  EXPECT_THAT(window.TryInput({{"1970-01-01 00:00:03", "a"}, {"1970-01-01 00:00:04", "a"}}),
              IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(window.Resume(), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(window.Resume(), IsOkAndHolds(Progress::kDone));
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(Row("a", 2, "00:00", "00:00:10", "00:00:09.999")));
}

TEST(WindowPauseTest, ABatchTouchesEachKeyOfEachWindowOnce) {
  WindowDriver window(CountByPage());
  std::vector<RowValues> rows;
  for (int i = 0; i < 900; ++i) {
    rows.push_back(
        {absl::StrCat("1970-01-01 00:00:", i % 2 == 0 ? "05" : "15"), absl::StrCat("page", i % 3)});
  }
  window.Input(rows);
  EXPECT_EQ(window.state().prefetched_keys(), 6);
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), SizeIs(6));
}

}  // namespace
}  // namespace millrace
