// The test names, read in order, specify the operator.
#include "worker/operator/window_rank/window_rank.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/columnar/key_codec.h"
#include "tests/harness/operator_driver.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Window start and end, a key, the value that is sorted by, a name.
Schema Input(DataType value = DataType::BigInt()) {
  return {{"ws", DataType::Timestamp(3)},
          {"we", DataType::Timestamp(3)},
          {"k", DataType::BigInt()},
          {"n", std::move(value)},
          {"name", DataType::String()}};
}

WindowRankSpec First(int64_t last, bool descending = true) {
  return {.window = {.kind = WindowKind::kAttached, .time_column = 1, .start_column = 0},
          .key_columns = {2},
          .order = {{.column = 3, .descending = descending, .nulls_first = !descending}},
          .last = last,
          .emits_rank = true};
}

OperatorDriver Start(const WindowRankSpec& spec, const Schema& input = Input(),
                     OperatorDriver::Place place = {}) {
  std::vector<Field> output = input.fields();
  if (spec.emits_rank) output.push_back({"rn", DataType::BigInt()});
  OperatorNode node{
      .name = "top", .state_id = "top", .output = Schema(std::move(output)), .spec = spec};
  auto made = NewWindowRank(node, input);
  EXPECT_OK(made);
  return OperatorDriver(node, {input}, *std::move(made), place);
}

// A row of the window of ten seconds that ends at `end`.
RowValues Row(int end, int key, Value n, const char* name) {
  return {int64_t{end - 10} * 1000, int64_t{end} * 1000, key, std::move(n), name};
}

// "k n name rn"
std::vector<std::string> Short(const std::vector<std::string>& rows) {
  std::vector<std::string> cut;
  for (const std::string& row : rows) {
    size_t at = row.find(", ");
    at = row.find(", ", at + 1);
    cut.push_back(row.substr(at + 2, row.size() - at - 3));
  }
  return cut;
}

TEST(WindowRankTest, TheGreatestRowsOfEachKeyComeInTheirOrderOnceTheWindowEnds) {
  auto top = Start(First(2));
  top.Input(0, {Row(10, 1, 5, "a"), Row(10, 1, 9, "b"), Row(10, 2, 1, "c")});
  top.Input(0, {Row(10, 1, 7, "d"), Row(20, 1, 100, "next")});
  top.Watermark(9'998);
  EXPECT_THAT(top.Rows(), IsEmpty());
  top.Watermark(9'999);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 9, b, 1", "1, 7, d, 2", "2, 1, c, 1"));
  top.Watermark(EventTime::Max());
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 100, next, 1"));
  EXPECT_THAT(top.state().Namespaces(), IsEmpty());
}

TEST(WindowRankTest, RowsThatTieKeepTheOrderOfTheirComing) {
  auto top = Start(First(2));
  top.Input(0, {Row(10, 1, 5, "first"), Row(10, 1, 5, "second")});
  top.Input(0, {Row(10, 1, 5, "third")});
  top.Watermark(10'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 5, first, 1", "1, 5, second, 2"));
}

TEST(WindowRankTest, OfTheLastRowsOfATimeTheOneThatCameLastStays) {
  WindowRankSpec spec = First(1);
  spec.latest_first = true;
  auto top = Start(spec);
  top.Input(0, {Row(10, 1, 5, "first"), Row(10, 1, 5, "second"), Row(10, 1, 4, "earlier")});
  top.Input(0, {Row(10, 1, 5, "third"), Row(10, 1, 3, "much earlier")});
  top.Watermark(10'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 5, third, 1"));
}

TEST(WindowRankTest, NumbersBelowTheFirstAreLeftOut) {
  WindowRankSpec spec = First(3);
  spec.first = 2;
  auto top = Start(spec);
  top.Input(0, {Row(10, 1, 1, "a"), Row(10, 1, 2, "b"), Row(10, 1, 3, "c"), Row(10, 1, 4, "d")});
  top.Watermark(10'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 3, c, 2", "1, 2, b, 3"));
}

TEST(WindowRankTest, TheNumberCanBeLeftOut) {
  WindowRankSpec spec = First(1);
  spec.emits_rank = false;
  auto top = Start(spec);
  top.Input(0, {Row(10, 1, 1, "a")});
  top.Watermark(10'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 1, a"));
}

TEST(WindowRankTest, NullsAreWhereTheOrderPutsThem) {
  for (const bool nulls_first : {true, false}) {
    WindowRankSpec spec = First(3);
    spec.order.front().nulls_first = nulls_first;
    auto top = Start(spec);
    top.Input(0, {Row(10, 1, 1, "a"), Row(10, 1, nullptr, "null"), Row(10, 1, -1, "b")});
    top.Watermark(10'000);
    const std::vector<std::string> rows = Short(top.Rows());
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_THAT(rows[nulls_first ? 0 : 2], HasSubstr("null, null"));
  }
}

TEST(WindowRankTest, TextsAreOrderedByTheirBytesAndNotByTheirLength) {
  const std::string zero("a\0", 2);
  for (const bool descending : {false, true}) {
    auto top = Start(First(5, descending), Input(DataType::String()));
    top.Input(0, {Row(10, 1, "b", "3"), Row(10, 1, "aa", "2"), Row(10, 1, "a", "0"),
                  Row(10, 1, zero, "1"), Row(10, 1, "", "-1")});
    top.Watermark(10'000);
    std::vector<std::string> names;
    for (const std::string& row : Short(top.Rows())) {
      const size_t end = row.rfind(", ");
      const size_t begin = row.rfind(", ", end - 1) + 2;
      names.push_back(row.substr(begin, end - begin));
    }
    std::vector<std::string> expected = {"-1", "0", "1", "2", "3"};
    if (descending) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(names, expected);
  }
}

TEST(WindowRankTest, NumbersOfAllTypesAreOrderedAsNumbers) {
  for (const DataType& type : {DataType::Int(), DataType::Double(), DataType::Decimal(10, 2)}) {
    auto top = Start(First(4), Input(type));
    top.Input(
        0, {Row(10, 1, -20, "d"), Row(10, 1, 100, "a"), Row(10, 1, 0, "b"), Row(10, 1, -3, "c")});
    top.Watermark(10'000);
    const std::vector<std::string> rows = Short(top.Rows());
    ASSERT_THAT(rows, SizeIs(4));
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_THAT(rows[i],
                  HasSubstr(absl::StrCat(std::string(1, static_cast<char>('a' + i)), ", ", i + 1)));
    }
  }
}

TEST(WindowRankTest, ALateRowIsDroppedCountedAndGivenToWhoWantsIt) {
  auto top = Start(First(1));
  top.output().TakeLate();
  top.Input(0, {Row(20, 1, 1, "in time")});
  top.Watermark(10'000);
  top.Input(0, {Row(10, 1, 9, "late"), Row(20, 1, 2, "in time")});
  EXPECT_EQ(top.LateCount(), "1");
  EXPECT_THAT(Short(top.LateRows(0)), ElementsAre("1, 9, late"));
  top.Watermark(20'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 2, in time, 1"));
}

TEST(WindowRankTest, StateThatIsNotInRamIsWaitedFor) {
  auto top = Start(First(1));
  top.state().BlockPrefetch(1);
  EXPECT_THAT(top.TryInput(0, {Row(10, 1, 1, "a")}), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(top.Resume(), IsOkAndHolds(Progress::kDone));
  top.Watermark(10'000);
  EXPECT_THAT(Short(top.Rows()), ElementsAre("1, 1, a, 1"));
}

TEST(WindowRankTest, ManyRowsComeInBatches) {
  auto top = Start(First(10'000));
  std::vector<RowValues> rows;
  for (int i = 0; i < 10'000; ++i) rows.push_back(Row(10, 1, i, "x"));
  top.Input(0, rows);
  top.output().SetRoom(1);
  absl::StatusOr<Progress> progress = top.TryWatermark(EventTime(10'000));
  std::vector<size_t> sizes;
  while (progress.ok() && *progress != Progress::kDone) {
    sizes.push_back(top.Rows().size());
    progress = top.Resume();
  }
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kDone));
  sizes.push_back(top.Rows().size());
  size_t total = 0;
  for (const size_t size : sizes) total += size;
  EXPECT_EQ(total, 10'000);
  EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 4096);
}

TEST(WindowRankTest, RowsThatChangeOthersAreRefused) {
  auto top = Start(First(1));
  EXPECT_THAT(top.TryInput(0, {Row(10, 1, 1, "a")}, {RowKind::kDelete}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("-D")));
}

TEST(WindowRankTest, TheOrderMustHaveAnOrder) {
  const Schema input = Input(DataType::Array(DataType::BigInt()));
  OperatorNode node{.name = "top", .state_id = "top", .output = input, .spec = First(1)};
  EXPECT_THAT(NewWindowRank(node, input),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no order")));
}

// Against a naive model: random rows in batches of random sizes, cut by watermarks, then a restart
// as two tasks from what one had.
TEST(WindowRankTest, AnyCutIntoBatchesAndAnyRestartGiveTheSameRows) {
  std::vector<RowValues> rows;
  std::map<std::pair<int, int>, std::vector<std::pair<int, int>>> model;  // (value, arrival)
  for (int i = 0; i < 600; ++i) {
    const int end = 10 * (1 + i % 3);
    const int key = i * 7 % 5;
    const int n = i * 7919 % 23;
    rows.push_back(Row(end, key, n, "x"));
    rows.back()[4] = absl::StrCat(i);
    model[{end, key}].emplace_back(n, i);
  }
  std::vector<std::string> expected;
  for (auto& [window, values] : model) {
    std::stable_sort(values.begin(), values.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (size_t rank = 0; rank < 3; ++rank) {
      expected.push_back(absl::StrCat(window.second, ", ", values[rank].first, ", ",
                                      values[rank].second, ", ", rank + 1));
    }
  }
  std::sort(expected.begin(), expected.end());
  for (const size_t step : {1, 7, 100, 600}) {
    auto before = Start(First(3));
    size_t at = 0;
    for (; at < 300; at += step) {
      const size_t end = std::min(at + step, rows.size());
      before.Input(
          0, {rows.begin() + static_cast<int64_t>(at), rows.begin() + static_cast<int64_t>(end)});
    }
    std::vector<std::string> given;
    auto first = Start(First(3), Input(), {.index = 0, .parallelism = 2});
    auto second = Start(First(3), Input(), {.index = 1, .parallelism = 2});
    const auto codec = KeyCodec::Create(Input(), {2, 0});
    for (int32_t task = 0; task < 2; ++task) {
      OperatorDriver& driver = task == 0 ? first : second;
      driver.RestoreFrom({&before});
      for (size_t i = at; i < rows.size(); ++i) {
        EncodedKeys keys;
        EXPECT_OK(codec->Encode(MakeBatch(Input(), {rows[i]}), keys));
        const KeyGroup group = KeyGroupOf(keys.key(0), 1024);
        if (TaskOfKeyGroup(group, 2, 1024) == task) driver.Input(0, {rows[i]});
      }
      driver.Watermark(15'000);
      driver.Watermark(EventTime::Max());
      for (std::string& row : Short(driver.Rows())) given.push_back(std::move(row));
    }
    std::sort(given.begin(), given.end());
    EXPECT_THAT(given, ElementsAreArray(expected)) << "batches of " << step;
  }
}

}  // namespace
}  // namespace millrace
