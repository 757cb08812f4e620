// What EXPLAIN shows of the rules that make a plan cheaper, as whole texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

// Twenty fields, as an event of a real topic has them.
constexpr const char* kEvents = R"(
CREATE TABLE events (
  event_type INT, user_id BIGINT, session_id STRING, page STRING, referrer STRING, country STRING, city STRING, device STRING,
  browser STRING, os STRING, ip STRING, price DOUBLE, currency STRING, quantity INT, sku STRING, campaign STRING, medium STRING,
  tags ARRAY<STRING>, client ROW<name STRING, version STRING, build INT>, at TIMESTAMP(3)
) WITH ('connector' = 'kafka', 'topic' = 'events', 'properties.bootstrap.servers' = 'b:1',
        'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE out_pages (page STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE out_names (name STRING) WITH ('connector' = 'blackhole');
)";

// The part of EXPLAIN under `title`; state ids are "id".
std::string Part(const std::string& statements, const std::string& title) {
  const absl::StatusOr<std::string> text =
      ExplainScript({.sql = kEvents + statements, .default_parallelism = 2});
  EXPECT_OK(text);
  if (!text.ok()) return "";
  const std::string header = "== " + title + " ==\n";
  const size_t begin = text->find(header);
  EXPECT_NE(begin, std::string::npos) << *text;
  const size_t end = text->find("\n\n", begin);
  const std::string part = text->substr(begin + header.size(), end - begin - header.size());
  return std::regex_replace(part, std::regex("\\[[0-9a-f]{16}(-[0-9]+)?\\]"), "[id]");
}

std::string Logical(const std::string& statements) {
  return Part(statements, "Abstract Syntax Tree");
}
std::string Optimized(const std::string& statements) {
  return Part(statements, "Optimized Physical Plan");
}
std::string Execution(const std::string& statements) {
  return Part(statements, "Optimized Execution Plan");
}

TEST(ExplainTest, AQueryOfTwoFieldsOfTwentyReadsTwo) {
  EXPECT_EQ(Optimized("SELECT page, price FROM events;"),
            "Sink(table=[default_catalog.default_database.select], fields=[page, price], "
            "changelogMode=[NONE])\n"
            "+- TableSourceScan(table=[[default_catalog, default_database, events]], fields=(page "
            "STRING, price DOUBLE), changelogMode=[I])");
}

TEST(ExplainTest, OfARowOnlyTheFieldThatIsUsedIsRead) {
  EXPECT_EQ(Optimized("SELECT client.name FROM events;"),
            "Sink(table=[default_catalog.default_database.select], fields=[name], "
            "changelogMode=[NONE])\n"
            "+- Calc(select=[client.name AS name], changelogMode=[I])\n"
            "   +- TableSourceScan(table=[[default_catalog, default_database, events]], "
            "fields=(client ROW<name STRING>), changelogMode=[I])");
}

TEST(ExplainTest, WhatNoRowDecidesIsComputedOnce) {
  const std::string query =
      "SELECT page FROM events WHERE price > 2 * 3 + 4 AND 'a' || 'b' = 'ab' AND (1 = 1 OR os = "
      "'x');";
  EXPECT_THAT(Logical(query), HasSubstr("AND"));
  EXPECT_THAT(Optimized(query), HasSubstr("where=[(price > 10.0)]"));
}

TEST(ExplainTest, FiltersAndProjectionsBecomeOneCalc) {
  EXPECT_EQ(Optimized("CREATE VIEW pages AS SELECT page, price * 2 AS twice, os FROM events WHERE "
                      "country = 'DE';\n"
                      "SELECT UPPER(page) AS page FROM pages WHERE os = 'x';"),
            "Sink(table=[default_catalog.default_database.select], fields=[page], "
            "changelogMode=[NONE])\n"
            "+- Calc(select=[UPPER(page) AS page], where=[((country = 'DE') AND (os = 'x'))], "
            "changelogMode=[I])\n"
            "   +- TableSourceScan(table=[[default_catalog, default_database, events]], "
            "fields=(page STRING, country STRING, os STRING), changelogMode=[I])");
}

TEST(ExplainTest, StatementsOfAJobShareTheirScanAndWhatTheyComputeAlike) {
  EXPECT_EQ(Execution("CREATE VIEW counted AS SELECT page, COUNT(*) AS n FROM events GROUP BY "
                      "page;\n"
                      "INSERT INTO out_pages SELECT page, n FROM counted;\n"
                      "INSERT INTO out_pages SELECT page, n FROM counted WHERE n > 10;"),
            "Stage 0, parallelism 2\n"
            "  Source: events  [id]\n"
            "    keeps positions of splits\n"
            "Stage 1, parallelism 2\n"
            "  <- hash(page) from stage 0\n"
            "  GroupAggregate by page  [id]\n"
            "    keeps COUNT(*) by page, for ever\n"
            "Stage 2, parallelism 2\n"
            "  <- forward from stage 1, retractions\n"
            "  Sink: out_pages  [id]\n"
            "Stage 3, parallelism 2\n"
            "  <- forward from stage 1, retractions\n"
            "  Calc: page, n where (n > 10)  [id]\n"
            "  Sink: out_pages  [id]\n");
}

TEST(ExplainTest, EveryOperatorSaysWhatItKeeps) {
  const std::string timed = R"(
CREATE TABLE timed (page STRING, price DOUBLE, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'datagen');
CREATE TABLE files (page STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '/out', 'format' = 'json');
INSERT INTO files SELECT page, COUNT(*) FROM TABLE(HOP(TABLE timed, DESCRIPTOR(at), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
GROUP BY page, window_start, window_end;)";
  const std::string shown = Execution(timed);
  EXPECT_THAT(shown, HasSubstr("    keeps positions and watermarks of splits\n"));
  EXPECT_THAT(shown, HasSubstr("    keeps COUNT(*) by page and slice of 2 s, until its windows "
                               "end\n"));
  EXPECT_THAT(shown, HasSubstr("    keeps output, until its checkpoint is complete\n"));
}

TEST(ExplainTest, WhatHasNoStateSaysNothing) {
  EXPECT_THAT(Execution("SELECT UPPER(page) AS page FROM events WHERE price > 1;"),
              Not(HasSubstr("Calc: page where (price > 1.0)  [id]\n    keeps")));
}

}  // namespace
}  // namespace millrace
