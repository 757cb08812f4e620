#include "worker/source/generator/datagen_source.h"

#include <algorithm>
#include <set>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

SourceSpec Table(Schema schema, TableOptions options) {
  options["connector"] = "datagen";
  return {.table = {.name = "orders", .options = std::move(options), .schema = std::move(schema)}};
}

std::unique_ptr<Source> Open(ConnectorWorld& world, const SourceSpec& spec,
                             ConnectorWorld::Place place = {}, const StateReader* state = nullptr) {
  auto source = NewDatagenSource(spec);
  CHECK_OK(source.status());
  CHECK_OK((*source)->Open(world.Context(place), state));
  return std::move(*source);
}

// Rows until the source waits or ends, at most `most`.
std::vector<std::string> Read(Source& source, const Schema& schema, int64_t most = 1'000'000) {
  std::vector<std::string> rows;
  while (static_cast<int64_t>(rows.size()) < most) {
    auto poll = source.Poll(std::min<int64_t>(most - static_cast<int64_t>(rows.size()), 7));
    CHECK_OK(poll.status());
    for (const SourceData& data : poll->data) {
      for (std::string& row : RowStrings(schema, std::get<Batch>(data.rows))) {
        rows.push_back(std::move(row));
      }
    }
    if (poll->wait != SourceWait::kMore) break;
  }
  return rows;
}

const Schema kOrders{{"id", DataType::BigInt()}, {"note", DataType::String()}};
const TableOptions kCounted = {{"fields.id.kind", "sequence"},
                               {"fields.id.start", "5"},
                               {"fields.id.end", "24"},
                               {"fields.note.length", "4"},
                               {"rows-per-second", "1000000"}};

TEST(DatagenSourceTest, ASequenceEndsTheTable) {
  ConnectorWorld world;
  const Schema schema{{"id", DataType::Int()}};
  auto source = Open(world, Table(schema, {{"fields.id.kind", "sequence"},
                                           {"fields.id.start", "1"},
                                           {"fields.id.end", "3"},
                                           {"rows-per-second", "1000000"}}));
  world.clock.Advance(absl::Seconds(1));
  Read(*source, schema, 1);
  world.clock.Advance(absl::Seconds(1));
  EXPECT_THAT(Read(*source, schema), ElementsAre("+I[2]", "+I[3]"));
  ASSERT_OK_AND_ASSIGN(const SourcePoll poll, source->Poll(10));
  EXPECT_EQ(poll.wait, SourceWait::kFinished);
  EXPECT_TRUE(source->split_status(0).finished);
}

TEST(DatagenSourceTest, ASequenceThatTheQueryDoesNotReadEndsTheTableToo) {
  ConnectorWorld world;
  const Schema pruned{{"note", DataType::String()}};
  auto source = Open(world, Table(pruned, kCounted));
  Read(*source, pruned, 1);
  world.clock.Advance(absl::Seconds(1));
  EXPECT_THAT(Read(*source, pruned), SizeIs(19));
}

TEST(DatagenSourceTest, TheRowsDoNotDependOnTheParallelism) {
  std::vector<std::multiset<std::string>> tables;
  for (const int32_t parallelism : {1, 3}) {
    std::multiset<std::string> rows;
    for (int32_t index = 0; index < parallelism; ++index) {
      ConnectorWorld world;
      auto source = Open(world, Table(kOrders, kCounted), {index, parallelism});
      for (int i = 0; i < 2; ++i) {
        for (std::string& row : Read(*source, kOrders)) rows.insert(std::move(row));
        world.clock.Advance(absl::Seconds(1));
      }
    }
    tables.push_back(std::move(rows));
  }
  EXPECT_THAT(tables[0], SizeIs(20));
  EXPECT_EQ(tables[0], tables[1]);
}

TEST(DatagenSourceTest, AColumnHasTheSameValuesWhicheverOthersAreRead) {
  ConnectorWorld world;
  const Schema pruned{{"note", DataType::String()}};
  auto all = Open(world, Table(kOrders, kCounted));
  auto one = Open(world, Table(pruned, kCounted));
  const std::string full = Read(*all, kOrders, 1)[0];
  const std::string note = Read(*one, pruned, 1)[0];
  EXPECT_EQ(full, "+I[5, " + note.substr(3));
}

TEST(DatagenSourceTest, AnotherSeedGivesOtherValues) {
  ConnectorWorld world;
  TableOptions seeded = kCounted;
  seeded["seed"] = "1";
  auto a = Open(world, Table(kOrders, kCounted));
  auto b = Open(world, Table(kOrders, seeded));
  EXPECT_NE(Read(*a, kOrders, 1), Read(*b, kOrders, 1));
}

TEST(DatagenSourceTest, ARestoreGoesOnWithTheNextRow) {
  ConnectorWorld world;
  auto straight = Open(world, Table(kOrders, kCounted));
  auto before = Open(world, Table(kOrders, kCounted));
  world.clock.Advance(absl::Seconds(1));
  std::vector<std::string> expected = Read(*straight, kOrders, 1);
  world.clock.Advance(absl::Seconds(1));
  for (std::string& row : Read(*straight, kOrders)) expected.push_back(std::move(row));

  std::vector<std::string> rows = Read(*before, kOrders, 1);
  const RestoredOfTest state({SnapshotOf(*before)});
  auto after = Open(world, Table(kOrders, kCounted), {}, &state);
  for (int i = 0; i < 2; ++i) {
    for (std::string& row : Read(*after, kOrders)) rows.push_back(std::move(row));
    world.clock.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(rows, expected);
}

TEST(DatagenSourceTest, AfterARescaleEveryRowStillComesOnce) {
  for (const int32_t parallelism : {1, 2, 5}) {
    ConnectorWorld world;
    std::multiset<std::string> ids;
    std::vector<TaskStateOfTest> states;
    const Schema schema{{"id", DataType::BigInt()}};
    const auto read = [&](Source& source, int64_t most) {
      for (int i = 0; i < 2; ++i) {
        for (std::string& row : Read(source, schema, most)) ids.insert(std::move(row));
        world.clock.Advance(absl::Seconds(1));
      }
    };
    for (int32_t index = 0; index < 3; ++index) {
      auto source = Open(world, Table(schema, kCounted), {index, 3});
      read(*source, index);
      states.push_back(SnapshotOf(*source));
    }
    const RestoredOfTest state(states);
    std::set<std::string> names;
    for (int32_t index = 0; index < parallelism; ++index) {
      auto source = Open(world, Table(schema, kCounted), {index, parallelism}, &state);
      names.insert(source->split_names().begin(), source->split_names().end());
      read(*source, 100);
    }
    EXPECT_THAT(ids, SizeIs(20)) << parallelism;
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 20u) << parallelism;
    EXPECT_THAT(names, ElementsAre("split-0", "split-1", "split-2")) << parallelism;
  }
}

TEST(DatagenSourceTest, RowsComeAtTheRateThatWasAskedForAndTheTaskIsWoken) {
  ConnectorWorld world;
  const Schema schema{{"ok", DataType::Boolean()}};
  auto source = Open(world, Table(schema, {{"rows-per-second", "20"}}), {0, 2});
  EXPECT_THAT(Read(*source, schema), SizeIs(1));
  world.io.Advance(absl::Milliseconds(99));
  EXPECT_EQ(world.wakes, 0) << "ten rows a second are this task's";
  world.io.Advance(absl::Milliseconds(1));
  EXPECT_EQ(world.wakes, 1);
  EXPECT_THAT(Read(*source, schema), SizeIs(1));
  world.clock.Advance(absl::Milliseconds(500));
  EXPECT_THAT(Read(*source, schema), SizeIs(5));
}

TEST(DatagenSourceTest, NumbersLieBetweenMinAndMax) {
  ConnectorWorld world;
  const Schema schema{{"a", DataType::TinyInt()},
                      {"b", DataType::Double()},
                      {"c", DataType::Decimal(6, 2)},
                      {"d", DataType::BigInt()}};
  auto source = Open(world, Table(schema, {{"number-of-rows", "1000"},
                                           {"rows-per-second", "1000"},
                                           {"fields.a.min", "-3"},
                                           {"fields.a.max", "3"},
                                           {"fields.b.min", "0.5"},
                                           {"fields.b.max", "0.75"},
                                           {"fields.c.min", "1.25"},
                                           {"fields.c.max", "1.3"}}));
  std::set<std::string> tinies;
  std::set<std::string> decimals;
  Read(*source, schema, 1);
  world.clock.Advance(absl::Seconds(1));
  int64_t rows = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const SourcePoll poll, source->Poll(100));
    if (poll.wait != SourceWait::kMore) break;
    const Batch& batch = std::get<Batch>(poll.data[0].rows);
    for (const std::string& text : ValueStrings(DataType::TinyInt(), *batch.column(0))) {
      tinies.insert(text);
    }
    for (const std::string& text : ValueStrings(DataType::Decimal(6, 2), *batch.column(2))) {
      decimals.insert(text);
    }
    const auto& doubles = static_cast<const arrow::DoubleArray&>(*batch.column(1));
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      EXPECT_GE(doubles.Value(i), 0.5);
      EXPECT_LE(doubles.Value(i), 0.75);
    }
    rows += batch.num_rows();
  }
  EXPECT_EQ(rows, 999);
  EXPECT_THAT(tinies, ElementsAre("-1", "-2", "-3", "0", "1", "2", "3"));
  EXPECT_THAT(decimals, ElementsAre("1.25", "1.26", "1.27", "1.28", "1.29", "1.30"));
}

TEST(DatagenSourceTest, TextsAreHexDigitsOfTheLengthOfTheirType) {
  ConnectorWorld world;
  const Schema schema{{"a", DataType::String()},
                      {"b", DataType::Varchar(7)},
                      {"c", DataType::Char(3)},
                      {"d", DataType::Binary(2)},
                      {"e", DataType::Varchar(9)}};
  auto source =
      Open(world, Table(schema, {{"rows-per-second", "1000"}, {"fields.e.var-len", "true"}}));
  Read(*source, schema, 1);
  world.clock.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const SourcePoll poll, source->Poll(500));
  const Batch& batch = std::get<Batch>(poll.data[0].rows);
  std::set<size_t> lengths;
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    const auto view = [&](int column) {
      return static_cast<const arrow::BinaryArray&>(*batch.column(column)).GetView(i);
    };
    EXPECT_EQ(view(0).size(), 100u);
    EXPECT_EQ(view(1).size(), 7u);
    EXPECT_EQ(view(2).size(), 3u);
    EXPECT_EQ(view(3).size(), 2u);
    EXPECT_EQ(view(0).find_first_not_of("0123456789abcdef"), std::string_view::npos);
    lengths.insert(view(4).size());
  }
  EXPECT_EQ(*lengths.begin(), 1u);
  EXPECT_EQ(*lengths.rbegin(), 9u);
}

TEST(DatagenSourceTest, TimesAreThoseOfTheClockOrUpToMaxPastBefore) {
  ConnectorWorld world;
  const Schema schema{{"a", DataType::Timestamp(3)},
                      {"b", DataType::TimestampLtz(6)},
                      {"c", DataType::Date()},
                      {"d", DataType::Time()}};
  auto source = Open(world, Table(schema, {}));
  EXPECT_THAT(Read(*source, schema),
              ElementsAre("+I[2024-01-01T00:00, 2024-01-01T00:00:00Z, 2024-01-01, 00:00]"));

  auto past = Open(world, Table({{"a", DataType::Timestamp(3)}},
                                {{"fields.a.max-past", "1 min"}, {"rows-per-second", "1000"}}));
  ASSERT_OK(past->Poll(1));
  world.clock.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const SourcePoll poll, past->Poll(1000));
  const auto& times =
      static_cast<const arrow::TimestampArray&>(*std::get<Batch>(poll.data[0].rows).column(0));
  const int64_t now = absl::ToUnixMillis(world.clock.Wall());
  int64_t earliest = now;
  for (int64_t i = 0; i < times.length(); ++i) {
    EXPECT_LE(times.Value(i), now);
    earliest = std::min(earliest, times.Value(i));
  }
  EXPECT_GE(earliest, now - 60'000);
  EXPECT_LT(earliest, now - 55'000);
}

TEST(DatagenSourceTest, ANullRateOfOneGivesOnlyNulls) {
  ConnectorWorld world;
  const Schema schema{{"a", DataType::Int()}};
  auto source = Open(world, Table(schema, {{"fields.a.null-rate", "1"}}));
  Read(*source, schema, 1);
  world.clock.Advance(absl::Milliseconds(1));
  EXPECT_THAT(Read(*source, schema), Each("+I[null]"));
}

TEST(DatagenSourceTest, AQueryThatReadsNoColumnStillGetsItsRows) {
  ConnectorWorld world;
  auto source = Open(world, Table({}, {{"number-of-rows", "3"}}));
  world.clock.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const SourcePoll poll, source->Poll(10));
  EXPECT_EQ(std::get<Batch>(poll.data[0].rows).num_rows(), 1);
}

struct WrongOption {
  const char* key;
  const char* value;
  const char* why;
};

TEST(DatagenSourceTest, WrongOptionsAreErrorsThatNameTableAndOption) {
  const Schema schema{{"n", DataType::TinyInt()},
                      {"s", DataType::Varchar(4)},
                      {"b", DataType::Boolean()},
                      {"k", DataType::Int().WithNullable(false)}};
  const WrongOption wrong[] = {
      {"rows-per-second", "0", "at least 1"}, {"rows-per-second", "many", "whole number"},
      {"fields.n.max", "200", "TINYINT"},     {"fields.n.min", "127", ""},
      {"fields.s.length", "5", "too long"},   {"fields.n.null-rate", "2", "0 to 1"},
      {"fields.b.kind", "sequence", "start"}, {"fields.k.null-rate", "0.5", "NOT NULL"},
  };
  for (const WrongOption& option : wrong) {
    TableOptions options = {{option.key, option.value}};
    if (option.why == std::string()) options["fields.n.max"] = "1";
    EXPECT_THAT(NewDatagenSource(Table(schema, options)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         testing::AllOf(HasSubstr("table orders"), HasSubstr(option.key),
                                        HasSubstr(option.why))));
  }
}

TEST(DatagenSourceTest, NestedColumnsAreRefusedByName) {
  EXPECT_THAT(NewDatagenSource(Table({{"tags", DataType::Array(DataType::Int())}}, {})),
              StatusIs(absl::StatusCode::kUnimplemented,
                       testing::AllOf(HasSubstr("tags"), HasSubstr("not built yet"))));
}

TEST(DatagenSourceTest, DamagedPositionsAreDataLoss) {
  ConnectorWorld world;
  TaskStateOfTest damaged;
  damaged.Put("generator.splits", "nonsense");
  const RestoredOfTest state({damaged});
  auto source = NewDatagenSource(Table(kOrders, kCounted));
  ASSERT_OK(source);
  EXPECT_THAT((*source)->Open(world.Context({}), &state),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

}  // namespace
}  // namespace millrace
