// The rows of a window that have its greatest or least value.
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

WindowSetting Extreme(AggregateFunction function, const DataType& value = DataType::BigInt()) {
  return {.input = {{"we", DataType::Timestamp(3)},
                    {"ws", DataType::Timestamp(3)},
                    {"page", DataType::String()},
                    {"n", value}},
          .calls = {Call(function, 3, value)},
          .size_ms = 0,
          .kind = WindowKind::kAttached,
          .start_column = 1,
          .rows_of_extreme = true};
}

RowValues Result(int end, const char* page, Value n) {
  return {int64_t{end} * 1000, int64_t{end - 10} * 1000, page, std::move(n)};
}

TEST(WindowExtremeTest, RowsThatTieAreAllShown) {
  WindowDriver window(Extreme(AggregateFunction::kMax));
  window.Input({Result(10, "a", 3), Result(10, "b", 5), Result(20, "a", 1)});
  window.Input({Result(10, "c", 5), Result(10, "d", 4)});
  window.Watermark("00:00:09.998");
  EXPECT_THAT(window.Rows(), IsEmpty());
  window.Watermark("00:00:09.999");
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1970-01-01T00:00:10, 1970-01-01T00:00, b, 5]",
                                         "+I[1970-01-01T00:00:10, 1970-01-01T00:00, c, 5]"));
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre("+I[1970-01-01T00:00:20, 1970-01-01T00:00:10, a, 1]"));
  EXPECT_THAT(window.state().Namespaces(), IsEmpty());
}

TEST(WindowExtremeTest, TheLeastIsFoundLikewiseAndEqualRowsStayTwo) {
  WindowDriver window(Extreme(AggregateFunction::kMin, DataType::Double()));
  window.Input({Result(10, "a", -0.5), Result(10, "a", -0.5), Result(10, "b", 2.0)});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("a, -0.5"), HasSubstr("a, -0.5")));
}

TEST(WindowExtremeTest, NullsHaveNoExtreme) {
  WindowDriver window(Extreme(AggregateFunction::kMax));
  window.Input({Result(10, "a", nullptr), Result(20, "a", nullptr), Result(20, "b", 1)});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("b, 1]")));
}

TEST(WindowExtremeTest, WindowsOfOneEndAreToldApartByTheirStart) {
  WindowDriver window(Extreme(AggregateFunction::kMax));
  window.Input(
      {{int64_t{10'000}, int64_t{0}, "long", 9}, {int64_t{10'000}, int64_t{5'000}, "short", 2}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), SizeIs(2));
}

TEST(WindowExtremeTest, ALateRowIsDroppedAndCounted) {
  WindowDriver window(Extreme(AggregateFunction::kMax));
  window.Watermark("00:00:10");
  window.Input({Result(10, "a", 3), Result(20, "b", 5)});
  EXPECT_EQ(window.LateRows(), "1");
  window.Watermark("00:00:20");
  EXPECT_THAT(window.Rows(), SizeIs(1));
}

TEST(WindowExtremeTest, ManyTiesComeInBatches) {
  WindowDriver window(Extreme(AggregateFunction::kMax));
  std::vector<RowValues> rows;
  for (int i = 0; i < 10'000; ++i) rows.push_back(Result(10, "page", 1));
  window.Input(rows);
  window.output().SetRoom(1);
  absl::StatusOr<Progress> progress = window.TryWatermark(At("00:00:10"));
  std::vector<size_t> sizes;
  while (*progress != Progress::kDone) {
    sizes.push_back(window.Rows().size());
    progress = window.Resume();
    ASSERT_OK(progress);
  }
  EXPECT_THAT(sizes, ElementsAre(4096, 4096, 1808));
  EXPECT_THAT(window.Rows(), IsEmpty());
}

TEST(WindowExtremeTest, TheExtremeOfTextsIsNotBuiltYet) {
  const WindowSetting setting = Extreme(AggregateFunction::kMax, DataType::String());
  EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("STRING")));
}

}  // namespace
}  // namespace millrace
