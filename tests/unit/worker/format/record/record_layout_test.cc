#include "worker/format/record/record_layout.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// As declared: k_id INT, k_day STRING, note STRING, price INT, `at` METADATA.
TableDescription Table(TableOptions options) {
  options["connector"] = "kafka";
  options.emplace("format", "json");
  return {.name = "t",
          .options = std::move(options),
          .schema = {{"price", DataType::Int()},
                     {"at", DataType::TimestampLtz(3)},
                     {"k_day", DataType::String()}},
          .declared = {{"k_id", DataType::Int()},
                       {"k_day", DataType::String()},
                       {"note", DataType::String()},
                       {"price", DataType::Int()}},
          .metadata = {{"at", "timestamp"}}};
}

std::vector<std::string> Names(const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields()) names.push_back(field.name);
  return names;
}

TEST(RecordLayoutTest, WithoutKeysAndMetadataTheValueIsAllThereIs) {
  TableDescription table = Table({});
  table.metadata.clear();
  table.schema = {{"price", DataType::Int()}};
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout, LayOutRecord(table));
  EXPECT_TRUE(layout.is_plain());
  EXPECT_EQ(layout.value.format, "json");
  EXPECT_THAT(Names(layout.value.table.schema), ElementsAre("price"));
  EXPECT_THAT(Names(layout.value.table.declared), ElementsAre("k_id", "k_day", "note", "price"));
}

TEST(RecordLayoutTest, MetadataIsTheSourcesAndNoPartOfTheValue) {
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout, LayOutRecord(Table({})));
  EXPECT_FALSE(layout.is_plain());
  EXPECT_THAT(layout.source_columns, ElementsAre(1));
  EXPECT_THAT(layout.value.columns, ElementsAre(0, 2));
  EXPECT_FALSE(layout.key.has_value());
}

TEST(RecordLayoutTest, ExceptKeyTakesTheKeyOutOfTheValueAndThePrefixOffItsNames) {
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout,
                       LayOutRecord(Table({{"key.format", "csv"},
                                           {"key.csv.field-delimiter", ";"},
                                           {"key.fields", "k_day; k_id"},
                                           {"key.fields-prefix", "k_"},
                                           {"value.fields-include", "EXCEPT_KEY"}})));
  EXPECT_THAT(Names(layout.value.table.declared), ElementsAre("note", "price"));
  EXPECT_THAT(layout.value.columns, ElementsAre(0));
  ASSERT_TRUE(layout.key.has_value());
  EXPECT_EQ(layout.key->format, "csv");
  EXPECT_THAT(Names(layout.key->table.declared), ElementsAre("day", "id"));
  EXPECT_THAT(Names(layout.key->table.schema), ElementsAre("day"));
  EXPECT_THAT(layout.key->columns, ElementsAre(2));
  EXPECT_EQ(layout.key->table.options.at("csv.field-delimiter"), ";");
}

TEST(RecordLayoutTest, AKeyThatTheValueIncludesIsReadFromTheValue) {
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout,
                       LayOutRecord(Table({{"key.format", "raw"}, {"key.fields", "k_day"}})));
  EXPECT_FALSE(layout.key.has_value());
  EXPECT_THAT(layout.value.columns, ElementsAre(0, 2));
}

TEST(RecordLayoutTest, AKeyThatNobodyWantsIsNotRead) {
  TableDescription table = Table(
      {{"key.format", "raw"}, {"key.fields", "k_id"}, {"value.fields-include", "EXCEPT_KEY"}});
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout, LayOutRecord(table));
  EXPECT_FALSE(layout.key.has_value());
  EXPECT_THAT(Names(layout.value.table.declared), ElementsAre("k_day", "note", "price"));
}

TEST(RecordLayoutTest, PartitionKeysOfFilesAreTheSources) {
  TableDescription table{.name = "t",
                         .options = {{"connector", "filesystem"}, {"format", "csv"}},
                         .schema = {{"day", DataType::String()}, {"n", DataType::Int()}},
                         .partition_keys = {"day"},
                         .declared = {{"n", DataType::Int()}, {"day", DataType::String()}}};
  ASSERT_OK_AND_ASSIGN(const RecordLayout layout, LayOutRecord(table));
  EXPECT_THAT(layout.source_columns, ElementsAre(0));
  EXPECT_THAT(Names(layout.value.table.declared), ElementsAre("n"));
  EXPECT_THAT(layout.value.columns, ElementsAre(1));
}

TEST(RecordLayoutTest, OptionsThatContradictEachOtherAreRefusedByName) {
  const struct {
    TableOptions options;
    const char* part;
  } cases[] = {
      {{{"key.format", "json"}}, "given both or not at all"},
      {{{"key.fields", "k_id"}}, "given both or not at all"},
      {{{"value.fields-include", "EXCEPT_KEY"}}, "there is no key"},
      {{{"value.fields-include", "SOME"}}, "use ALL or EXCEPT_KEY"},
      {{{"key.format", "json"}, {"key.fields", "k_idd"}}, "did you mean 'k_id'"},
      {{{"key.format", "json"}, {"key.fields", "at"}}, "no physical column 'at'"},
      {{{"key.format", "json"}, {"key.fields", "k_id"}, {"key.fields-prefix", "k_"}}, "EXCEPT_KEY"},
      {{{"key.format", "json"},
        {"key.fields", "note"},
        {"key.fields-prefix", "k_"},
        {"value.fields-include", "EXCEPT_KEY"}},
       "does not begin with it"},
  };
  for (const auto& [options, part] : cases) {
    EXPECT_THAT(LayOutRecord(Table(options)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(part)));
  }
}

}  // namespace
}  // namespace millrace
