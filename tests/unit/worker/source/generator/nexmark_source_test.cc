#include "worker/source/generator/nexmark_source.h"

#include <map>

#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Schema kBids{
    {"event_type", DataType::Int()},
    {"bid", DataType::Row({"auction", "dateTime"}, {DataType::BigInt(), DataType::Timestamp(3)})}};

SourceSpec Table(Schema schema, TableOptions options) {
  return {.table = {.name = "nexmark", .options = std::move(options), .schema = std::move(schema)}};
}

std::unique_ptr<Source> Open(ConnectorWorld& world, const SourceSpec& spec,
                             ConnectorWorld::Place place = {}, const StateReader* state = nullptr) {
  auto source = NewNexmarkSource(spec);
  CHECK_OK(source.status());
  CHECK_OK((*source)->Open(world.Context(place), state));
  return std::move(*source);
}

std::vector<std::string> Read(Source& source, const Schema& schema, int64_t most) {
  std::vector<std::string> rows;
  while (static_cast<int64_t>(rows.size()) < most) {
    auto poll = source.Poll(most - static_cast<int64_t>(rows.size()));
    CHECK_OK(poll.status());
    for (const SourceData& data : poll->data) {
      for (std::string& row : RowStrings(schema, std::get<Batch>(data.rows))) rows.push_back(row);
    }
    if (poll->wait == SourceWait::kFinished) break;
  }
  return rows;
}

TEST(NexmarkSourceTest, RowsAreTheEventsWithOneOfThreeObjectsSet) {
  ConnectorWorld world;
  const Schema schema{
      {"event_type", DataType::Int()},
      {"person", DataType::Row({"id", "state"}, {DataType::BigInt(), DataType::String()})},
      {"auction", DataType::Row({"seller", "id"}, {DataType::BigInt(), DataType::BigInt()})},
      {"bid", DataType::Row({"bidder"}, {DataType::BigInt()})}};
  auto source = Open(world, Table(schema, {{"events.num", "5"}, {"seed", "7"}}));
  const std::vector<std::string> rows = Read(*source, schema, 100);
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_THAT(rows[0], testing::StartsWith("+I[0, +I[1000, "));
  EXPECT_EQ(rows[1], "+I[1, null, +I[1000, 1000], null]");
  EXPECT_THAT(rows[4], testing::MatchesRegex("\\+I\\[2, null, null, \\+I\\[20..\\]\\]"));
}

TEST(NexmarkSourceTest, TheTasksTogetherReadEveryEventOnce) {
  ConnectorWorld world;
  auto whole = Open(world, Table(kBids, {{"events.num", "1000"}}));
  const std::vector<std::string> expected = Read(*whole, kBids, 2000);
  ASSERT_EQ(expected.size(), 1000u);
  std::vector<std::vector<std::string>> parts;
  for (int32_t index = 0; index < 3; ++index) {
    auto source = Open(world, Table(kBids, {{"events.num", "1000"}}), {index, 3});
    parts.push_back(Read(*source, kBids, 2000));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(parts[i % 3][i / 3], expected[i]) << "event " << i;
  }
}

TEST(NexmarkSourceTest, ARestoreAtAnyParallelismGoesOnWithTheNextEvents) {
  ConnectorWorld world;
  auto whole = Open(world, Table(kBids, {{"events.num", "600"}}));
  std::vector<std::string> expected = Read(*whole, kBids, 1000);
  std::sort(expected.begin(), expected.end());
  for (const int32_t parallelism : {1, 2, 3}) {
    std::vector<std::string> rows;
    std::vector<TaskStateOfTest> states;
    for (int32_t index = 0; index < 2; ++index) {
      auto source = Open(world, Table(kBids, {{"events.num", "600"}}), {index, 2});
      for (std::string& row : Read(*source, kBids, 50 + 17 * index)) rows.push_back(row);
      states.push_back(SnapshotOf(*source));
    }
    const RestoredOfTest state(states);
    for (int32_t index = 0; index < parallelism; ++index) {
      auto source =
          Open(world, Table(kBids, {{"events.num", "600"}}), {index, parallelism}, &state);
      for (std::string& row : Read(*source, kBids, 1000)) rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, expected) << parallelism;
  }
}

TEST(NexmarkSourceTest, ALimitedRateIsKept) {
  ConnectorWorld world;
  const Schema schema{{"event_type", DataType::Int()}};
  auto source = Open(world, Table(schema, {{"rate.limited", "true"}, {"first-event.rate", "100"}}));
  ASSERT_OK_AND_ASSIGN(SourcePoll poll, source->Poll(1000));
  ASSERT_OK_AND_ASSIGN(poll, source->Poll(1000));
  EXPECT_EQ(poll.wait, SourceWait::kWait);
  world.clock.Advance(absl::Milliseconds(100));
  ASSERT_OK_AND_ASSIGN(poll, source->Poll(1000));
  EXPECT_EQ(std::get<Batch>(poll.data[0].rows).num_rows(), 10);
}

TEST(NexmarkSourceTest, AColumnOfAnotherNameOrTypeIsNamed) {
  EXPECT_THAT(NewNexmarkSource(Table({{"price", DataType::BigInt()}}, {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column price")));
  EXPECT_THAT(NewNexmarkSource(Table({{"bid", DataType::Row({"price"}, {DataType::Int()})}}, {})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::AllOf(HasSubstr("bid.price"), HasSubstr("BIGINT"))));
  EXPECT_THAT(
      NewNexmarkSource(Table({{"bid", DataType::Row({"prize"}, {DataType::BigInt()})}}, {})),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("auction, bidder, price")));
}

TEST(NexmarkSourceTest, RatesThatChangeAreRefusedAsNotBuilt) {
  EXPECT_THAT(NewNexmarkSource(Table(kBids, {{"next-event.rate", "5"}})),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("next-event.rate")));
}

}  // namespace
}  // namespace millrace
