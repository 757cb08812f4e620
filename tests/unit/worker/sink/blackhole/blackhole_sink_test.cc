#include "worker/sink/blackhole/blackhole_sink.h"

#include <cmath>

#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/sink/blackhole/row_checksum.h"

namespace millrace {
namespace {

using testing::HasSubstr;

const Schema kRows{{"id", DataType::BigInt()}, {"name", DataType::String()}};

uint64_t SumOf(const Schema& schema, const std::vector<Batch>& batches) {
  RowChecksum checksum(schema);
  for (const Batch& batch : batches) checksum.Add(batch);
  return checksum.sum();
}
uint64_t SumOf(const std::vector<RowValues>& rows, std::vector<RowKind> kinds = {}) {
  return SumOf(kRows, {MakeBatch(kRows, rows, std::move(kinds))});
}

TEST(RowChecksumTest, DoesNotDependOnOrderOrBatches) {
  const uint64_t sum = SumOf({{1, "a"}, {2, "b"}, {3, nullptr}});
  EXPECT_EQ(sum, SumOf({{3, nullptr}, {1, "a"}, {2, "b"}}));
  EXPECT_EQ(sum, SumOf(kRows,
                       {MakeBatch(kRows, {{2, "b"}}), MakeBatch(kRows, {{3, nullptr}, {1, "a"}})}));
}

TEST(RowChecksumTest, DiffersForAnyOtherTable) {
  const uint64_t sum = SumOf({{1, "a"}, {2, "b"}});
  EXPECT_NE(sum, SumOf({{1, "b"}, {2, "a"}})) << "values belong to their rows";
  EXPECT_NE(sum, SumOf({{1, "a"}}));
  EXPECT_NE(sum, SumOf({{1, "a"}, {2, "b"}, {2, "b"}})) << "a row twice";
  EXPECT_NE(sum, SumOf({{1, "a"}, {nullptr, "b"}}));
  EXPECT_NE(SumOf({{1, ""}}), SumOf({{1, nullptr}}));
  EXPECT_NE(SumOf({{nullptr, nullptr}}), 0u);
}

TEST(RowChecksumTest, ValuesBelongToTheirColumns) {
  const Schema numbers{{"a", DataType::Int()}, {"b", DataType::Int()}};
  EXPECT_NE(SumOf(numbers, {MakeBatch(numbers, {{1, 2}})}),
            SumOf(numbers, {MakeBatch(numbers, {{2, 1}})}));
}

TEST(RowChecksumTest, ARowThatIsTakenBackCountsNoMore) {
  EXPECT_EQ(
      SumOf({{1, "a"}, {2, "b"}, {2, "b"}, {2, "c"}},
            {RowKind::kInsert, RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter}),
      SumOf({{1, "a"}, {2, "c"}}));
}

TEST(RowChecksumTest, ZerosAndNansHaveOneForm) {
  const Schema doubles{{"x", DataType::Double()}, {"y", DataType::Float()}};
  const auto sum = [&](double x) { return SumOf(doubles, {MakeBatch(doubles, {{x, x}})}); };
  EXPECT_EQ(sum(0.0), sum(-0.0));
  EXPECT_EQ(sum(std::nan("1")), sum(-std::nan("2")));
  EXPECT_NE(sum(0.0), sum(1.0));
}

TEST(RowChecksumTest, EveryTypeCounts) {
  const struct {
    DataType type;
    Value a;
    Value b;
  } cases[] = {
      {DataType::Boolean(), true, false},
      {DataType::TinyInt(), 1, 2},
      {DataType::SmallInt(), 1, 2},
      {DataType::Int(), 1, 2},
      {DataType::BigInt(), 1, int64_t{1} << 40},
      {DataType::Float(), 1.5, 2.5},
      {DataType::Double(), 1.5, 2.5},
      {DataType::Decimal(20, 2), "1.10", "1.01"},
      {DataType::Char(1), "a", "b"},
      {DataType::Bytes(), "a", "b"},
      {DataType::Date(), "2024-01-01", "2024-01-02"},
      {DataType::Time(), "01:00:00", "02:00:00"},
      {DataType::Timestamp(3), "2024-01-01 00:00:00", "2024-01-01 00:00:01"},
      {DataType::TimestampLtz(6), "2024-01-01 00:00:00", "2024-01-01 00:00:01"},
      {DataType::IntervalYearMonth(), 1, 2},
      {DataType::IntervalDayTime(), 1, 2},
      {DataType::Array(DataType::Int()), Value{1, 2}, Value{2, 1}},
      {DataType::Row({"f"}, {DataType::Int()}), Value{1}, Value{2}},
      {DataType::Row({"f"}, {DataType::Int()}), Value{nullptr}, nullptr},
  };
  for (const auto& [type, a, b] : cases) {
    const Schema schema{{"x", type}};
    const uint64_t sum = SumOf(schema, {MakeBatch(schema, {{a}})});
    EXPECT_EQ(sum, SumOf(schema, {MakeBatch(schema, {{a}})})) << type.ToString();
    EXPECT_NE(sum, SumOf(schema, {MakeBatch(schema, {{b}})})) << type.ToString();
  }
}

TEST(RowChecksumTest, ASliceOfABatchCountsItsOwnRows) {
  const Schema schema{{"r", DataType::Row({"f", "s"}, {DataType::Int(), DataType::String()})}};
  const Batch batch = MakeBatch(schema, {{Value{1, "a"}}, {Value{2, "b"}}, {Value{3, "c"}}});
  EXPECT_EQ(SumOf(schema, {batch.Slice(0, 1), batch.Slice(1, 2)}), SumOf(schema, {batch}));
}

std::unique_ptr<Sink> Open(ConnectorWorld& world, ConnectorWorld::Place place,
                           const StateReader* state = nullptr) {
  auto sink = NewBlackholeSink(
      {.table = {.name = "result", .options = {{"checksum", "true"}}, .schema = kRows}});
  CHECK_OK(sink.status());
  CHECK_OK((*sink)->Open(world.Context(place), state));
  return std::move(*sink);
}

std::string LogOfClose(Sink& sink) {
  testing::internal::CaptureStderr();
  EXPECT_OK(sink.Close());
  return testing::internal::GetCapturedStderr();
}

TEST(BlackholeSinkTest, SaysAtTheEndHowManyRowsThereWereAndTheirChecksum) {
  ConnectorWorld world;
  auto sink = Open(world, {});
  ASSERT_OK(sink->Append(MakeBatch(kRows, {{1, "a"}, {2, "b"}})));
  EXPECT_THAT(LogOfClose(*sink),
              testing::AllOf(HasSubstr("blackhole"), HasSubstr("table=result"),
                             testing::ContainsRegex("rows=2 checksum=[0-9a-f]{16}")));
}

TEST(BlackholeSinkTest, ARestoredRunEndsWithTheLineOfAStraightOne) {
  ConnectorWorld world;
  auto straight = Open(world, {});
  ASSERT_OK(straight->Append(MakeBatch(kRows, {{1, "a"}, {2, "b"}, {3, "c"}})));
  const std::string log = LogOfClose(*straight);
  const std::string expected = log.substr(log.find("rows="));

  auto before = Open(world, {});
  ASSERT_OK(before->Append(MakeBatch(kRows, {{1, "a"}, {2, "b"}})));
  ASSERT_OK(before->Seal(Epoch(1)));
  const RestoredOfTest state({SnapshotOf(*before)});
  ASSERT_OK(before->Append(MakeBatch(kRows, {{3, "c"}})));  // Lost with the task.
  auto after = Open(world, {}, &state);
  ASSERT_OK(after->Append(MakeBatch(kRows, {{3, "c"}})));
  EXPECT_THAT(LogOfClose(*after), HasSubstr(expected));
}

TEST(BlackholeSinkTest, AfterARescaleNoFormerTaskIsForgotten) {
  ConnectorWorld world;
  std::vector<TaskStateOfTest> states;
  for (int32_t index = 0; index < 3; ++index) {
    auto sink = Open(world, {index, 3});
    ASSERT_OK(sink->Append(MakeBatch(kRows, {{index, "x"}})));
    ASSERT_OK(sink->Seal(Epoch(1)));
    states.push_back(SnapshotOf(*sink));
  }
  const RestoredOfTest state(states);
  auto only = Open(world, {0, 1}, &state);
  EXPECT_THAT(LogOfClose(*only), HasSubstr("rows=3 "));
}

TEST(BlackholeSinkTest, WithoutTheOptionItSaysNothing) {
  ConnectorWorld world;
  ASSERT_OK_AND_ASSIGN(auto sink, NewBlackholeSink({.table = {.name = "result", .schema = kRows}}));
  ASSERT_OK(sink->Open(world.Context({}), nullptr));
  ASSERT_OK(sink->Append(MakeBatch(kRows, {{1, "a"}})));
  EXPECT_EQ(LogOfClose(*sink), "");
}

}  // namespace
}  // namespace millrace
