#include "worker/source/kafka/kafka_options.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TableDescription Table(TableOptions options) {
  options.emplace("topic", "clicks");
  options.emplace("properties.bootstrap.servers", "localhost:9092");
  options.emplace("scan.startup.mode", "earliest-offset");
  return {.name = "t", .options = std::move(options)};
}

struct WrongOption {
  TableOptions options;
  absl::StatusCode code;
  const char* message;
};

TEST(KafkaSourceOptionsTest, AnUnboundedTableFromTheBeginning) {
  ASSERT_OK_AND_ASSIGN(const KafkaSourceOptions options, ParseKafkaSourceOptions(Table({})));
  EXPECT_THAT(options.topics, ElementsAre("clicks"));
  EXPECT_EQ(options.startup.mode, KafkaOffsetMode::kEarliest);
  EXPECT_FALSE(options.bounded);
  EXPECT_EQ(options.group_id, "");
  EXPECT_EQ(options.discovery_interval, absl::Minutes(5));
}

TEST(KafkaSourceOptionsTest, SeveralTopicsAreSeparatedBySemicolons) {
  ASSERT_OK_AND_ASSIGN(const KafkaSourceOptions options,
                       ParseKafkaSourceOptions(Table({{"topic", "a; b;c"}})));
  EXPECT_THAT(options.topics, ElementsAre("a", "b", "c"));
}

TEST(KafkaSourceOptionsTest, TheDefaultStartIsTheGroupsAndNeedsOne) {
  TableDescription table = Table({{"properties.group.id", "g"}});
  table.options.erase("scan.startup.mode");
  ASSERT_OK_AND_ASSIGN(const KafkaSourceOptions options, ParseKafkaSourceOptions(table));
  EXPECT_EQ(options.startup.mode, KafkaOffsetMode::kGroupOffsets);
  EXPECT_EQ(options.offset_reset, KafkaOffsetReset::kNone);
  table.options.erase("properties.group.id");
  EXPECT_THAT(ParseKafkaSourceOptions(table),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("properties.group.id"), HasSubstr("earliest-offset"))));
}

TEST(KafkaSourceOptionsTest, ReadsTheOffsetsAndTimesOfTheModes) {
  ASSERT_OK_AND_ASSIGN(
      const KafkaSourceOptions options,
      ParseKafkaSourceOptions(
          Table({{"scan.startup.mode", "specific-offsets"},
                 {"scan.startup.specific-offsets", "partition:0,offset:42; partition:2,offset:7;"},
                 {"scan.bounded.mode", "timestamp"},
                 {"scan.bounded.timestamp-millis", "1700000000000"}})));
  EXPECT_EQ(options.startup.mode, KafkaOffsetMode::kSpecific);
  EXPECT_THAT(options.startup.specific, ElementsAre(Pair(0, 42), Pair(2, 7)));
  EXPECT_TRUE(options.bounded);
  EXPECT_EQ(options.bound.mode, KafkaOffsetMode::kTimestamp);
  EXPECT_EQ(options.bound.timestamp_ms, 1700000000000);
}

TEST(KafkaSourceOptionsTest, DiscoveryIsADurationInFlinksSpelling) {
  const std::pair<std::string, absl::Duration> spellings[] = {
      {"0", absl::ZeroDuration()},     {"250", absl::Milliseconds(250)},
      {"10 s", absl::Seconds(10)},     {"500ms", absl::Milliseconds(500)},
      {"2 minutes", absl::Minutes(2)}, {"1 Hour", absl::Hours(1)},
      {"1 d", absl::Hours(24)},        {"3 secs", absl::Seconds(3)},
  };
  for (const auto& [text, interval] : spellings) {
    ASSERT_OK_AND_ASSIGN(
        const KafkaSourceOptions options,
        ParseKafkaSourceOptions(Table({{"scan.topic-partition-discovery.interval", text}})));
    EXPECT_EQ(options.discovery_interval, interval) << text;
  }
}

TEST(KafkaSourceOptionsTest, WhatIsWrongIsNamedWithTableAndOption) {
  const auto invalid = absl::StatusCode::kInvalidArgument;
  const WrongOption wrong[] = {
      {{{"topic", " ; "}}, invalid, "'topic'"},
      {{{"topic-pattern", "a.*"}}, invalid, "'topic' is given too"},
      {{{"scan.startup.mode", "newest"}}, invalid, "latest-offset, group-offsets, timestamp"},
      {{{"scan.startup.mode", "timestamp"}}, invalid, "scan.startup.timestamp-millis"},
      {{{"scan.startup.mode", "timestamp"}, {"scan.startup.timestamp-millis", "-5"}},
       invalid,
       "number of milliseconds"},
      {{{"scan.startup.mode", "specific-offsets"}}, invalid, "scan.startup.specific-offsets"},
      {{{"scan.startup.mode", "specific-offsets"},
        {"scan.startup.specific-offsets", "partition:0,offset:-1"}},
       invalid,
       "is not of the form"},
      {{{"scan.startup.mode", "specific-offsets"},
        {"scan.startup.specific-offsets", "partition:0,offset:1;partition:0,offset:2"}},
       invalid,
       "names partition 0 twice"},
      {{{"scan.startup.mode", "specific-offsets"},
        {"scan.startup.specific-offsets", "partition:0,offset:1"},
        {"topic", "a;b"}},
       invalid,
       "single topic"},
      {{{"scan.bounded.mode", "earliest-offset"}}, invalid, "unbounded, latest-offset"},
      {{{"scan.bounded.mode", "group-offsets"}}, invalid, "properties.group.id"},
      {{{"properties.auto.offset.reset", "smallest"}}, invalid, "properties.auto.offset.reset"},
      {{{"properties.plugin.library.paths", "x"}},
       absl::StatusCode::kPermissionDenied,
       "plugin.library.paths"},
      {{{"scan.topic-partition-discovery.interval", "often"}}, invalid, "no duration"},
  };
  for (const WrongOption& w : wrong) {
    EXPECT_THAT(ParseKafkaSourceOptions(Table(w.options)),
                StatusIs(w.code, AllOf(HasSubstr("table t"), HasSubstr(w.message))));
  }
}

}  // namespace
}  // namespace millrace
