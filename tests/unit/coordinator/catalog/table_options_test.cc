#include "coordinator/catalog/table_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TableOptions Kafka() {
  return {{"connector", "kafka"},
          {"topic", "clicks"},
          {"properties.bootstrap.servers", "localhost:9092"},
          {"scan.startup.mode", "earliest-offset"},
          {"format", "json"}};
}

TableOptions With(TableOptions options, const std::string& key, const std::string& value) {
  options[key] = value;
  return options;
}

TableOptions Without(TableOptions options, const std::string& key) {
  options.erase(key);
  return options;
}

std::vector<std::string> Texts(const std::vector<OptionProblem>& problems) {
  std::vector<std::string> texts;
  for (const OptionProblem& problem : problems) {
    texts.push_back(
        absl::StrCat(problem.not_built ? "not built: " : "", problem.message,
                     problem.hint.empty() ? "" : absl::StrCat(" (", problem.hint, ")")));
  }
  return texts;
}

std::vector<std::string> Problems(const TableOptions& options,
                                  const std::vector<std::string>& columns = {}) {
  return Texts(CheckOptions(options, columns));
}

TEST(TableOptionsTest, AcceptsOptionsOfConnectorFormatAndSource) {
  TableOptions options = With(Kafka(), "json.ignore-parse-errors", "true");
  options = With(options, "scan.watermark.idle-timeout", "5 s");
  options = With(options, "properties.security.protocol", "SASL_SSL");
  EXPECT_THAT(Problems(options), IsEmpty());
}

TEST(TableOptionsTest, ATableWithoutAConnectorIsTheBaseOfALikeAndIsNotChecked) {
  EXPECT_THAT(Problems({{"anything", "goes"}}), IsEmpty());
  EXPECT_THAT(
      Texts(CheckUse({}, OptionUse::kSource)),
      ElementsAre(
          "the option 'connector' is missing (use one of kafka, upsert-kafka, filesystem, datagen, "
          "nexmark, print, blackhole)"));
}

TEST(TableOptionsTest, AMistypedNameGetsTheNearestOne) {
  EXPECT_THAT(Problems({{"connector", "kafak"}}),
              ElementsAre("there is no connector 'kafak' (did you mean 'kafka'?)"));
  EXPECT_THAT(Problems(With(Kafka(), "format", "jsn")),
              ElementsAre("there is no format 'jsn' (did you mean 'json'?)"));
  EXPECT_THAT(Problems(With(Kafka(), "scan.startup.mod", "x")),
              ElementsAre("connector 'kafka' has no option 'scan.startup.mod' (did you mean "
                          "'scan.startup.mode'?)"));
  EXPECT_THAT(Problems(With(Kafka(), "json.ignore-parse-error", "true")),
              ElementsAre("connector 'kafka' has no option 'json.ignore-parse-error' (did you mean "
                          "'json.ignore-parse-errors'?)"));
}

TEST(TableOptionsTest, AValueMustBeOfTheOptionsType) {
  EXPECT_THAT(Problems({{"connector", "datagen"}, {"rows-per-second", "many"}}),
              ElementsAre("'rows-per-second' = 'many': it must be a whole number"));
  EXPECT_THAT(Problems(With(Kafka(), "json.ignore-parse-errors", "yes")),
              ElementsAre("'json.ignore-parse-errors' = 'yes': it must be 'true' or 'false'"));
  EXPECT_THAT(
      Problems(With(Kafka(), "scan.watermark.idle-timeout", "soon")),
      ElementsAre("'scan.watermark.idle-timeout' = 'soon': it must be a duration like '1 s' "
                  "or '500 ms'"));
  EXPECT_THAT(Problems(With(Kafka(), "on-error", "shrug")),
              ElementsAre("'on-error' = 'shrug': no such value (use one of fail, skip, "
                          "dead-letter)"));
  EXPECT_THAT(Problems({{"connector", "nexmark"}, {"bid.avg-size", "big"}}),
              ElementsAre("'bid.avg-size' = 'big': it must be a size like '200b' or '128 MB'"));
}

TEST(TableOptionsTest, WhatFlinkHasAndThisDoesNotBuildYetIsNamedSo) {
  EXPECT_THAT(
      Problems({{"connector", "jdbc"}}),
      ElementsAre("not built: 'connector' = 'jdbc' is valid in Flink, not built yet (built "
                  "are kafka, upsert-kafka, filesystem, datagen, nexmark, print, blackhole)"));
  EXPECT_THAT(
      Problems(With(With(Kafka(), "format", "avro"), "avro.codec", "snappy")),
      ElementsAre("not built: 'format' = 'avro' is valid in Flink, not built yet (built are "
                  "json, csv, raw)"));
  EXPECT_THAT(Problems(With(Kafka(), "sink.transaction-naming-strategy", "incrementing")),
              ElementsAre("not built: option 'sink.transaction-naming-strategy' is valid in Flink, "
                          "not built yet"));
}

TEST(TableOptionsTest, FieldOptionsNeedAColumnOfTheTable) {
  const TableOptions options = {{"connector", "datagen"}, {"fields.id.kind", "sequence"}};
  EXPECT_THAT(Problems(options, {"id"}), IsEmpty());
  EXPECT_THAT(Problems(options, {"ids"}),
              ElementsAre("connector 'datagen' has no option 'fields.id.kind' (did you mean "
                          "'fields.ids.kind'?)"));
}

TEST(TableOptionsTest, BadRecordsOfAKafkaTableMayGoToATopic) {
  const TableOptions letters =
      With(With(Kafka(), "on-error", "dead-letter"), "dead-letter.topic", "unread");
  EXPECT_THAT(Problems(letters), IsEmpty());
  EXPECT_THAT(CheckUse(letters, OptionUse::kSource), IsEmpty());
}

TEST(TableOptionsTest, WhatContradictsADeadLetterTopicIsRefused) {
  const TableOptions letters = With(Kafka(), "on-error", "dead-letter");
  EXPECT_THAT(Texts(CheckUse(letters, OptionUse::kSource)),
              ElementsAre("'on-error' = 'dead-letter' needs the option 'dead-letter.topic'"));
  EXPECT_THAT(
      Texts(CheckUse(With(letters, "dead-letter.topic", Kafka().at("topic")), OptionUse::kSource)),
      ElementsAre(HasSubstr("would come back for ever (name another topic)")));
  EXPECT_THAT(
      Texts(CheckUse(With(Kafka(), "dead-letter.topic", "unread"), OptionUse::kSource)),
      ElementsAre("'dead-letter.topic' has no use without 'on-error' = 'dead-letter' (add that, "
                  "or leave the topic out)"));
  EXPECT_THAT(Texts(CheckUse({{"connector", "filesystem"},
                              {"path", "/in"},
                              {"format", "json"},
                              {"on-error", "dead-letter"}},
                             OptionUse::kSource)),
              ElementsAre("'on-error' = 'dead-letter' needs the connector 'kafka' (use 'fail' or "
                          "'skip')"));
}

TEST(TableOptionsTest, OneOfOnErrorAndTheFormatsOwnOptionSaysWhatBecomesOfBadRecords) {
  const TableOptions ignoring = With(Kafka(), "json.ignore-parse-errors", "true");
  EXPECT_THAT(CheckUse(With(ignoring, "on-error", "skip"), OptionUse::kSource), IsEmpty());
  EXPECT_THAT(CheckUse(ignoring, OptionUse::kSource), IsEmpty());
  EXPECT_THAT(Texts(CheckUse(With(ignoring, "on-error", "fail"), OptionUse::kSource)),
              ElementsAre(HasSubstr("contradict each other")));
}

TEST(TableOptionsTest, ATableThatIsWrittenToHasNoBadRecords) {
  EXPECT_THAT(Texts(CheckUse(With(Kafka(), "on-error", "skip"), OptionUse::kSink)),
              ElementsAre(HasSubstr("'on-error' is about reading")));
}

TEST(TableOptionsTest, AUseNeedsTheRequiredOptions) {
  EXPECT_THAT(CheckUse(Kafka(), OptionUse::kSource), IsEmpty());
  EXPECT_THAT(Texts(CheckUse(Without(Without(Kafka(), "topic"), "format"), OptionUse::kSink)),
              ElementsAre("the option 'topic' of connector 'kafka' is missing",
                          "the option 'format' of connector 'kafka' is missing"));
}

TEST(TableOptionsTest, AConnectorThatOnlyWritesCannotBeRead) {
  EXPECT_THAT(Texts(CheckUse({{"connector", "print"}}, OptionUse::kSource)),
              ElementsAre("the connector 'print' can only be written to"));
  EXPECT_THAT(Texts(CheckUse({{"connector", "datagen"}}, OptionUse::kSink)),
              ElementsAre("the connector 'datagen' can only be read from"));
}

TEST(TableOptionsTest, AnUpsertTableNeedsBothFormatsAndIsNotReadYet) {
  const TableOptions upserts = {{"connector", "upsert-kafka"},
                                {"topic", "counts"},
                                {"properties.bootstrap.servers", "b:9092"},
                                {"key.format", "json"},
                                {"value.format", "json"},
                                {"value.json.timestamp-format.standard", "ISO-8601"},
                                {"value.fields-include", "EXCEPT_KEY"},
                                {"key.fields-prefix", "k_"}};
  EXPECT_THAT(Problems(upserts), IsEmpty());
  EXPECT_THAT(CheckUse(upserts, OptionUse::kSink), IsEmpty());
  EXPECT_THAT(
      Texts(CheckUse(Without(Without(upserts, "key.format"), "value.format"), OptionUse::kSink)),
      ElementsAre("the option 'key.format' of connector 'upsert-kafka' is missing",
                  "the option 'value.format' of connector 'upsert-kafka' is missing"));
  EXPECT_THAT(Texts(CheckUse(upserts, OptionUse::kSource)),
              ElementsAre("not built: reading from the connector 'upsert-kafka' is valid in Flink, "
                          "not built yet"));
  EXPECT_THAT(Problems(With(upserts, "format", "json")),
              ElementsAre(testing::HasSubstr("connector 'upsert-kafka' has no option 'format'")));
  EXPECT_THAT(Problems(With(upserts, "sink.buffer-flush.max-rows", "100")),
              ElementsAre("not built: option 'sink.buffer-flush.max-rows' is valid in Flink, not "
                          "built yet"));
}

TEST(TableOptionsTest, AKafkaStartModeNeedsItsCompanionOption) {
  EXPECT_THAT(Texts(CheckUse(Without(Kafka(), "scan.startup.mode"), OptionUse::kSource)),
              ElementsAre("'scan.startup.mode' = 'group-offsets', the default, needs the option "
                          "'properties.group.id' (add it, or set 'scan.startup.mode' to "
                          "'earliest-offset' or 'latest-offset')"));
  EXPECT_THAT(Texts(CheckUse(With(Kafka(), "scan.startup.mode", "timestamp"), OptionUse::kSource)),
              ElementsAre("'scan.startup.mode' = 'timestamp' needs the option "
                          "'scan.startup.timestamp-millis'"));
  EXPECT_THAT(CheckUse(Without(Kafka(), "scan.startup.mode"), OptionUse::kSink), IsEmpty());
}

TEST(TableOptionsTest, EveryKeyOfTheTablesIsListedOnce) {
  for (const ConnectorSpec& connector : Connectors()) {
    std::set<std::string_view> keys;
    for (const OptionSpec& option : connector.options) {
      EXPECT_TRUE(keys.insert(option.key).second) << connector.name << " " << option.key;
      EXPECT_EQ(option.type == OptionType::kChoice, !option.choices.empty()) << option.key;
    }
  }
}

}  // namespace
}  // namespace millrace
