#include "worker/task/registry.h"

#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Schema kRows{{"id", DataType::BigInt()}};

TableDescription Table(TableOptions options) {
  return {.name = "clicks", .options = std::move(options), .schema = kRows};
}

class RegistryTest : public testing::Test {
 protected:
  MemoryFiles files_;
  ConnectorEnvironment environment_{.files = &files_};
};

TEST_F(RegistryTest, EveryConnectorThatReadsIsThere) {
  const TableOptions tables[] = {
      {{"connector", "kafka"},
       {"topic", "t"},
       {"properties.bootstrap.servers", "h:1"},
       {"scan.startup.mode", "earliest-offset"},
       {"format", "json"}},
      {{"connector", "filesystem"}, {"path", "/in"}, {"format", "json"}},
      {{"connector", "datagen"}},
  };
  for (const TableOptions& options : tables) {
    EXPECT_OK(NewSource({.table = Table(options)}, environment_)) << options.at("connector");
  }
  EXPECT_OK(NewSource({.table = {.name = "nexmark", .options = {{"connector", "nexmark"}}}},
                      environment_));
}

TEST_F(RegistryTest, EveryConnectorThatWritesIsThere) {
  const TableOptions tables[] = {
      {{"connector", "kafka"},
       {"topic", "t"},
       {"properties.bootstrap.servers", "h:1"},
       {"sink.delivery-guarantee", "at-least-once"},
       {"format", "json"}},
      {{"connector", "filesystem"}, {"path", "/out"}, {"format", "json"}},
      {{"connector", "print"}},
      {{"connector", "collect"}, {"collect.format", "json"}},
      {{"connector", "blackhole"}},
      {{"connector", "blackhole"}, {"sink.rate-limit.rows-per-second", "5"}},
  };
  for (const TableOptions& options : tables) {
    EXPECT_OK(NewSink({.table = Table(options)}, environment_)) << options.at("connector");
  }
}

TEST_F(RegistryTest, AnUpsertSinkIsMadeOfBothItsFormats) {
  TableDescription table = Table({{"connector", "upsert-kafka"},
                                  {"topic", "t"},
                                  {"properties.bootstrap.servers", "h:1"},
                                  {"sink.delivery-guarantee", "at-least-once"},
                                  {"key.format", "json"},
                                  {"value.format", "json"},
                                  {"value.fields-include", "EXCEPT_KEY"}});
  table.primary_key = {table.schema.field(0).name};
  EXPECT_OK(NewSink({.table = table}, environment_));
  table.options["value.format"] = "avro";
  EXPECT_THAT(NewSink({.table = table}, environment_),
              StatusIs(absl::StatusCode::kUnimplemented, testing::HasSubstr("'avro'")));
}

TEST_F(RegistryTest, WhatIsShownToPeopleMayBeOfTypesThatJsonCannotSay) {
  TableDescription table = Table({{"connector", "collect"}});
  table.schema = Schema({{"m", DataType::Map(DataType::Int(), DataType::Int())}});
  for (const char* format : {"table", "csv", "changelog", "cells"}) {
    table.options["collect.format"] = format;
    EXPECT_OK(NewSink({.table = table}, environment_)) << format;
  }
  table.options["collect.format"] = "json";
  EXPECT_THAT(NewSink({.table = table}, environment_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'm'")));
}

TEST_F(RegistryTest, ConnectorsOfBytesHaveADecoderOthersNone) {
  ASSERT_OK_AND_ASSIGN(auto lines, NewDecoder(Table({{"connector", "kafka"}, {"format", "json"}})));
  EXPECT_NE(lines, nullptr);
  ASSERT_OK_AND_ASSIGN(auto value,
                       NewDecoder(Table({{"connector", "kafka"}, {"value.format", "json"}})));
  EXPECT_NE(value, nullptr);
  ASSERT_OK_AND_ASSIGN(auto rows, NewDecoder(Table({{"connector", "datagen"}})));
  EXPECT_EQ(rows, nullptr);
}

TEST_F(RegistryTest, WhatIsNotInThisBuildIsNamed) {
  const auto missing = [](const char* what) {
    return StatusIs(absl::StatusCode::kUnimplemented,
                    AllOf(HasSubstr("table clicks"), HasSubstr(what)));
  };
  EXPECT_THAT(NewSource({.table = Table({{"connector", "pulsar"}})}, environment_),
              missing("'pulsar'"));
  EXPECT_THAT(NewSource({.table = Table({{"connector", "blackhole"}})}, environment_),
              missing("as a source"));
  EXPECT_THAT(NewSink({.table = Table({{"connector", "datagen"}})}, environment_),
              missing("as a sink"));
  EXPECT_THAT(NewDecoder(Table({{"connector", "kafka"}, {"format", "avro"}})), missing("'avro'"));
}

TEST_F(RegistryTest, OperatorsAreMadeFromTheirSpecs) {
  EXPECT_OK(
      NewOperator({.name = "calc",
                   .state_id = "c",
                   .output = kRows,
                   .spec = CalcSpec{.projections = {Expression::Column(0, DataType::BigInt())}}},
                  {kRows}));
}

}  // namespace
}  // namespace millrace
