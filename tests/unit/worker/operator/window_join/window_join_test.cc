// The test names, read in order, specify the operator.
#include "worker/operator/window_join/window_join.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/columnar/key_codec.h"
#include "common/expr/function_registry.h"
#include "tests/harness/operator_driver.h"

namespace millrace {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr int kLeft = 0;
constexpr int kRight = 1;

// Window start and end, a key, a number.
Schema Side() {
  return {{"ws", DataType::Timestamp(3)},
          {"we", DataType::Timestamp(3)},
          {"k", DataType::String()},
          {"n", DataType::BigInt()}};
}

WindowJoinSpec Join(JoinType type, ExpressionPtr condition = nullptr) {
  const WindowJoinSpec::Side side{
      .window = {.kind = WindowKind::kAttached, .time_column = 1, .start_column = 0},
      .key_columns = {2}};
  return {.type = type, .left = side, .right = side, .condition = std::move(condition)};
}

// left.n < right.n
ExpressionPtr LeftIsLess() {
  auto less = BindCall("less_than", {Expression::Column(3, DataType::BigInt()),
                                     Expression::Column(7, DataType::BigInt())});
  EXPECT_OK(less);
  return *less;
}

OperatorDriver Start(const WindowJoinSpec& spec, OperatorDriver::Place place = {}) {
  const std::vector<Field> side = Side().fields();
  std::vector<Field> output = side;
  if (GivesRight(spec.type)) output.insert(output.end(), side.begin(), side.end());
  OperatorNode node{
      .name = "join", .state_id = "join", .output = Schema(std::move(output)), .spec = spec};
  const std::vector<Schema> inputs = {Side(), Side()};
  auto made = NewWindowJoin(node, inputs);
  EXPECT_OK(made);
  return OperatorDriver(node, inputs, *std::move(made), place);
}

// A row of the window of ten seconds that ends at `end`.
RowValues Row(int end, Value key, int n) {
  return {int64_t{end - 10} * 1000, int64_t{end} * 1000, std::move(key), n};
}

// "k n | k n", the windows left out.
std::vector<std::string> Short(const std::vector<std::string>& rows) {
  std::vector<std::string> cut;
  for (const std::string& row : rows) {
    std::vector<std::string> values;
    std::string rest = row.substr(3, row.size() - 4);
    for (size_t at = 0; at != std::string::npos;) {
      const size_t next = rest.find(", ", at);
      values.push_back(rest.substr(at, next == std::string::npos ? next : next - at));
      at = next == std::string::npos ? next : next + 2;
    }
    std::string text = absl::StrCat(values[2], " ", values[3]);
    if (values.size() > 4) absl::StrAppend(&text, " | ", values[6], " ", values[7]);
    cut.push_back(std::move(text));
  }
  return cut;
}

TEST(WindowJoinTest, RowsOfOneWindowWithEqualKeysArePairedOnceTheWindowEnds) {
  auto join = Start(Join(JoinType::kInner));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2), Row(20, "a", 3)});
  join.Input(kRight, {Row(10, "a", 10), Row(10, "a", 11), Row(20, "b", 12), Row(10, "c", 13)});
  join.Watermark(9'998);
  EXPECT_THAT(join.Rows(), IsEmpty());
  join.Watermark(9'999);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 1 | a 10", "a 1 | a 11"));
  join.Watermark(EventTime::Max());
  EXPECT_THAT(join.Rows(), IsEmpty());
  EXPECT_THAT(join.state().Namespaces(), IsEmpty());
}

TEST(WindowJoinTest, ALeftJoinFillsUpRowsWithoutAPartner) {
  auto join = Start(Join(JoinType::kLeft));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2)});
  join.Input(kRight, {Row(10, "a", 10), Row(10, "c", 11)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 1 | a 10", "b 2 | null null"));
}

TEST(WindowJoinTest, ARightJoinDoesSoTheOtherWayRound) {
  auto join = Start(Join(JoinType::kRight));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2)});
  join.Input(kRight, {Row(10, "a", 10), Row(10, "c", 11)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 1 | a 10", "null null | c 11"));
}

TEST(WindowJoinTest, AFullJoinDoesBoth) {
  auto join = Start(Join(JoinType::kFull));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2)});
  join.Input(kRight, {Row(10, "a", 10), Row(10, "c", 11)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()),
              UnorderedElementsAre("a 1 | a 10", "b 2 | null null", "null null | c 11"));
}

TEST(WindowJoinTest, ASemiJoinGivesEachRowWithAPartnerOnce) {
  auto join = Start(Join(JoinType::kSemi));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2), Row(10, "a", 3)});
  join.Input(kRight, {Row(10, "a", 10), Row(10, "a", 11)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 1", "a 3"));
}

TEST(WindowJoinTest, AnAntiJoinGivesTheRowsWithoutAPartner) {
  auto join = Start(Join(JoinType::kAnti));
  join.Input(kLeft, {Row(10, "a", 1), Row(10, "b", 2), Row(20, "a", 3)});
  join.Input(kRight, {Row(10, "a", 10)});
  join.Watermark(EventTime::Max());
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("b 2", "a 3"));
}

TEST(WindowJoinTest, AConditionDecidesWhoIsAPartner) {
  const std::vector<std::pair<JoinType, std::vector<std::string>>> cases = {
      {JoinType::kInner, {"a 1 | a 2"}},
      {JoinType::kLeft, {"a 1 | a 2", "a 5 | null null", "b 1 | null null"}},
      {JoinType::kRight, {"a 1 | a 2", "null null | a 0"}},
      {JoinType::kFull, {"a 1 | a 2", "a 5 | null null", "b 1 | null null", "null null | a 0"}},
      {JoinType::kSemi, {"a 1"}},
      {JoinType::kAnti, {"a 5", "b 1"}},
  };
  for (const auto& [type, expected] : cases) {
    auto join = Start(Join(type, LeftIsLess()));
    join.Input(kRight, {Row(10, "a", 2), Row(10, "a", 0)});
    join.Input(kLeft, {Row(10, "a", 1), Row(10, "a", 5), Row(10, "b", 1)});
    join.Watermark(10'000);
    std::vector<std::string> rows = Short(join.Rows());
    std::sort(rows.begin(), rows.end());
    EXPECT_THAT(rows, ElementsAreArray(expected)) << static_cast<int>(type);
  }
}

TEST(WindowJoinTest, AConditionMayAskForTheCurrentTime) {
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr now, BindCall("current_timestamp", {}));
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr is_there, BindCall("is_not_null", {now}));
  auto join = Start(Join(JoinType::kInner, is_there));
  join.Input(kLeft, {Row(10, "a", 1)});
  join.Input(kRight, {Row(10, "a", 2)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 1 | a 2"));
}

TEST(WindowJoinTest, NullEqualsNothing) {
  for (const auto& [type, count] : std::vector<std::pair<JoinType, size_t>>{{JoinType::kInner, 0},
                                                                            {JoinType::kLeft, 1},
                                                                            {JoinType::kRight, 1},
                                                                            {JoinType::kFull, 2},
                                                                            {JoinType::kSemi, 0},
                                                                            {JoinType::kAnti, 1}}) {
    auto join = Start(Join(type));
    join.Input(kLeft, {Row(10, nullptr, 1)});
    join.Input(kRight, {Row(10, nullptr, 2)});
    join.Watermark(10'000);
    EXPECT_THAT(join.Rows(), SizeIs(count)) << static_cast<int>(type);
  }
}

TEST(WindowJoinTest, WindowsOfOneEndAreToldApartByTheirStart) {
  auto join = Start(Join(JoinType::kInner));
  join.Input(kLeft, {{int64_t{0}, int64_t{10'000}, "a", 1}});
  join.Input(kRight, {{int64_t{5'000}, int64_t{10'000}, "a", 2}});
  join.Watermark(10'000);
  EXPECT_THAT(join.Rows(), IsEmpty());
}

TEST(WindowJoinTest, LateRowsOfEitherInputAreDroppedCountedAndGivenToWhoWantsThem) {
  auto join = Start(Join(JoinType::kInner));
  join.output().TakeLate();
  join.Watermark(10'000);
  join.Input(kLeft, {Row(10, "left", 1), Row(20, "a", 2)});
  join.Input(kRight, {Row(10, "right", 3), Row(20, "a", 4)});
  EXPECT_EQ(join.LateCount(), "2");
  EXPECT_THAT(Short(join.LateRows(kLeft)), UnorderedElementsAre("left 1"));
  EXPECT_THAT(Short(join.LateRows(kRight)), UnorderedElementsAre("right 3"));
  join.Watermark(20'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 2 | a 4"));
}

TEST(WindowJoinTest, StateThatIsNotInRamIsWaitedFor) {
  auto join = Start(Join(JoinType::kInner));
  join.state().BlockPrefetch(1);
  EXPECT_THAT(join.TryInput(kRight, {Row(10, "a", 1)}), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(join.Resume(), IsOkAndHolds(Progress::kDone));
  join.Input(kLeft, {Row(10, "a", 2)});
  join.Watermark(10'000);
  EXPECT_THAT(Short(join.Rows()), UnorderedElementsAre("a 2 | a 1"));
}

TEST(WindowJoinTest, ManyPairsWaitForRoom) {
  auto join = Start(Join(JoinType::kInner));
  std::vector<RowValues> rows;
  for (int i = 0; i < 150; ++i) rows.push_back(Row(10, "a", i));
  join.Input(kLeft, rows);
  join.Input(kRight, rows);
  join.output().SetRoom(1);
  absl::StatusOr<Progress> progress = join.TryWatermark(EventTime(10'000));
  size_t pairs = 0;
  while (progress.ok() && *progress != Progress::kDone) {
    const size_t count = join.Rows().size();
    EXPECT_LE(count, 4096);
    pairs += count;
    progress = join.Resume();
  }
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kDone));
  EXPECT_EQ(pairs + join.Rows().size(), 150 * 150);
}

TEST(WindowJoinTest, PairsOfLongRowsComeInSmallBatches) {
  auto join = Start(Join(JoinType::kInner));
  std::vector<RowValues> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(Row(10, std::string(100'000, 'a'), i));
  join.Input(kLeft, rows);
  join.Input(kRight, rows);
  join.output().SetRoom(1);
  absl::StatusOr<Progress> progress = join.TryWatermark(EventTime(10'000));
  size_t pairs = 0;
  while (progress.ok() && *progress != Progress::kDone) {
    const size_t count = join.Rows().size();
    EXPECT_LE(count, 2);
    pairs += count;
    progress = join.Resume();
  }
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kDone));
  EXPECT_EQ(pairs + join.Rows().size(), 10 * 10);
}

TEST(WindowJoinTest, AConditionThatNoPairFulfilsLetsOthersHaveTheirTurn) {
  auto join = Start(Join(JoinType::kInner, Expression::Bool(false)));
  std::vector<RowValues> rows;
  for (int i = 0; i < 400; ++i) rows.push_back(Row(10, "a", i));
  join.Input(kLeft, rows);
  join.Input(kRight, rows);
  absl::StatusOr<Progress> progress = join.TryWatermark(EventTime(10'000));
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kYield));
  while (progress.ok() && *progress == Progress::kYield) progress = join.Resume();
  EXPECT_THAT(progress, IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(join.Rows(), IsEmpty());
}

TEST(WindowJoinTest, ColumnsKeepTheirValuesWhateverTheirType) {
  Schema input = Side();
  std::vector<Field> fields = input.fields();
  fields.push_back({"r", DataType::Row({"x", "y"}, {DataType::Double(), DataType::String()})});
  input = Schema(fields);
  WindowJoinSpec spec = Join(JoinType::kSemi);
  OperatorNode node{.name = "join", .state_id = "join", .output = input, .spec = spec};
  auto made = NewWindowJoin(node, {input, Side()});
  ASSERT_OK(made);
  OperatorDriver join(node, {input, Side()}, *std::move(made));
  join.Input(kLeft, {{int64_t{0}, int64_t{10'000}, "a", 1, Value{-0.5, "z"}}});
  join.Input(kRight, {Row(10, "a", 1)});
  join.Watermark(10'000);
  EXPECT_THAT(join.Rows(), UnorderedElementsAre(HasSubstr("-0.5, z")));
}

TEST(WindowJoinTest, KeysOfTheSidesMustBeOfOneType) {
  std::vector<Field> fields = Side().fields();
  fields[2].type = DataType::BigInt();
  OperatorNode node{
      .name = "join", .state_id = "join", .output = Side(), .spec = Join(JoinType::kSemi)};
  EXPECT_THAT(NewWindowJoin(node, {Side(), Schema(fields)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key 0")));
}

// Against a naive model: rows of both inputs in any order and cut, watermarks between them, then a
// restart as two tasks from what one had.
TEST(WindowJoinTest, AnyOrderOfComingAndAnyRestartGiveTheSameRows) {
  struct Arrival {
    int input;
    RowValues row;
  };
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 90; ++i) {
    const int end = 10 * (1 + i % 3);
    arrivals.push_back({i * 13 % 5 % 2,
                        Row(end, std::string(1, static_cast<char>('a' + i * 7 % 4)), i * 31 % 11)});
  }
  const auto oracle = [&](JoinType type) {
    auto all = Start(Join(type, LeftIsLess()));
    for (const Arrival& arrival : arrivals) all.Input(arrival.input, {arrival.row});
    all.Watermark(EventTime::Max());
    std::vector<std::string> rows = all.Rows();
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  const auto codec = KeyCodec::Create(Side(), {2, 0});
  for (int type = 1; type <= 6; ++type) {
    const WindowJoinSpec spec = Join(static_cast<JoinType>(type), LeftIsLess());
    const std::vector<std::string> expected = oracle(spec.type);
    EXPECT_FALSE(expected.empty());
    for (int seed = 1; seed <= 4; ++seed) {
      std::vector<Arrival> order = arrivals;
      // Windows in turn, as a watermark behind each allows; within one, any order.
      for (size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[i * 2654435761u * static_cast<size_t>(seed) % i]);
      }
      std::stable_sort(order.begin(), order.end(), [](const Arrival& a, const Arrival& b) {
        return *a.row[1].get<int64_t>() < *b.row[1].get<int64_t>();
      });
      auto before = Start(spec);
      size_t at = 0;
      for (; at < 40; ++at) before.Input(order[at].input, {order[at].row});
      before.Watermark(10'000);  // Rows of the first window all came.
      std::vector<std::string> given = before.Rows();
      auto first = Start(spec, {.index = 0, .parallelism = 2});
      auto second = Start(spec, {.index = 1, .parallelism = 2});
      for (int32_t task = 0; task < 2; ++task) {
        OperatorDriver& driver = task == 0 ? first : second;
        driver.RestoreFrom({&before});
        for (size_t i = at; i < order.size(); ++i) {
          EncodedKeys keys;
          EXPECT_OK(codec->Encode(MakeBatch(Side(), {order[i].row}), keys));
          const KeyGroup group = KeyGroupOf(keys.key(0), 1024);
          if (TaskOfKeyGroup(group, 2, 1024) == task) {
            driver.Input(order[i].input, {order[i].row});
          }
        }
        driver.Watermark(EventTime::Max());
        EXPECT_EQ(driver.LateCount(), "0");
        for (std::string& row : driver.Rows()) given.push_back(std::move(row));
      }
      std::sort(given.begin(), given.end());
      EXPECT_THAT(given, ElementsAreArray(expected)) << "join " << type << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace millrace
