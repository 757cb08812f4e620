// Queries whose rows change: which kinds of rows every operator gives, and who may take them.
#include "coordinator/planner/changelogs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kUnbuilt = absl::StatusCode::kUnimplemented;

const std::string kTopic =
    "'topic' = 'pages', 'properties.bootstrap.servers' = 'b:9092', 'key.format' = 'json', "
    "'value.format' = 'json');\n";
const std::string kTables = absl::StrCat(
    kClicks,
    "CREATE TABLE shown (page STRING, n BIGINT) WITH ('connector' = 'print');\n"
    "CREATE TABLE files (page STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'p', "
    "'format' = 'json');\n"
    "CREATE TABLE pages (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ("
    "'connector' = 'upsert-kafka', ",
    kTopic);

const char* const kGroups = "SELECT page, COUNT(*) AS n FROM clicks GROUP BY page";

std::string Into(const std::string& table, const std::string& query) {
  return absl::StrCat("INSERT INTO ", table, " ", query, ";\n");
}

JobGraph Job(const std::string& inserts) { return JobOf(kTables + inserts); }
absl::Status Refusal(const std::string& inserts, Settings settings = {}) {
  return Compile(kTables + inserts, std::move(settings)).status();
}

// The optimized plan of a script, without what is the same in all of these.
std::string PlanOf(const std::string& inserts) {
  const auto text = ExplainScript({.sql = kTables + inserts, .default_parallelism = 2});
  EXPECT_OK(text);
  const size_t begin = text->find("== Optimized Physical Plan ==\n") + 30;
  return absl::StrReplaceAll(text->substr(begin, text->find("\n\n", begin) + 1 - begin),
                             {{"default_catalog, default_database, ", ""},
                              {"default_catalog.default_database.", ""},
                              {", watermark=[(at - INTERVAL '5' SECOND)]", ""}});
}

const GroupAggregateSpec& GroupsOf(const JobGraph& graph) {
  return std::get<GroupAggregateSpec>(FindOperator(graph, "GroupAggregate").spec);
}

TEST(ChangelogsTest, AGroupByIsUpdatedWithTheRowBeforeForWhoWantsIt) {
  EXPECT_EQ(PlanOf(Into("shown", kGroups)),
            "Sink(table=[shown], fields=[page, n], changelogMode=[NONE])\n"
            "+- GroupAggregate(groupBy=[page], select=[page, COUNT(*) AS n], "
            "changelogMode=[I,UB,UA])\n"
            "   +- Calc(select=[page], changelogMode=[I])\n"
            "      +- TableSourceScan(table=[[clicks]], fields=(page STRING, at TIMESTAMP(3)), "
            "changelogMode=[I])\n");
}

TEST(ChangelogsTest, AnUpsertSinkNeedsNoRowBefore) {
  EXPECT_THAT(PlanOf(Into("pages", kGroups)),
              HasSubstr("select=[page, COUNT(*) AS n], changelogMode=[I,UA])"));
  EXPECT_FALSE(GroupsOf(Job(Into("pages", kGroups))).emits_update_before);
  EXPECT_FALSE(GroupsOf(Job(Into("counts", kGroups))).emits_update_before) << "blackhole";
  EXPECT_TRUE(GroupsOf(Job(Into("shown", kGroups))).emits_update_before);
}

TEST(ChangelogsTest, OneReaderThatWantsTheRowBeforeIsEnough) {
  const JobGraph graph = Job(Into("pages", kGroups) + Into("shown", kGroups));
  EXPECT_TRUE(GroupsOf(graph).emits_update_before);
  ASSERT_EQ(graph.edges.size(), 3u) << JobGraphText(graph);
  EXPECT_EQ(graph.edges[0].changelog, Changelog::kAppend);
  EXPECT_EQ(graph.edges[1].changelog, Changelog::kRetract);
  EXPECT_EQ(graph.edges[1].partitioning, Partitioning::kForward);
  EXPECT_THAT(JobGraphText(graph), HasSubstr("<- forward from stage 1, retractions"));
}

TEST(ChangelogsTest, EdgesToUpsertSinksCarryUpserts) {
  const JobGraph graph = Job(Into("pages", kGroups) + Into("counts", kGroups));
  EXPECT_EQ(graph.edges[1].changelog, Changelog::kUpsert);
  EXPECT_THAT(JobGraphText(graph), HasSubstr("<- forward from stage 1, upserts"));
}

TEST(ChangelogsTest, AConditionAboveSeesTheRowBeforeAndMayDelete) {
  const std::string query = absl::StrCat(kGroups, " HAVING COUNT(*) < 3");
  const std::string plan = PlanOf(Into("pages", query));
  EXPECT_THAT(plan,
              HasSubstr("Calc(select=[page, n], where=[(n < 3)], changelogMode=[I,UB,UA,D])"));
  EXPECT_THAT(plan, HasSubstr("COUNT(*) AS n], changelogMode=[I,UB,UA])"));
  EXPECT_TRUE(GroupsOf(Job(Into("pages", query))).emits_update_before);
}

TEST(ChangelogsTest, GroupsWithoutAggregatesNeverChange) {
  const std::string query = "SELECT page, CAST(NULL AS BIGINT) FROM clicks GROUP BY page";
  EXPECT_THAT(PlanOf(Into("files", query)),
              HasSubstr("GroupAggregate(groupBy=[page], select=[page], changelogMode=[I])"));
}

TEST(ChangelogsTest, WithoutKeysOneTaskCountsAllRows) {
  const JobGraph graph = Job("SELECT COUNT(*) AS n FROM clicks;");
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  EXPECT_EQ(graph.stages[1].parallelism, 1);
  EXPECT_THAT(graph.edges[0].key_columns, IsEmpty());
  EXPECT_EQ(graph.edges[0].schema.ToString(), "($f0 INT NOT NULL)");
  EXPECT_THAT(PlanOf("SELECT COUNT(*) AS n FROM clicks;"),
              HasSubstr("GroupAggregate(select=[COUNT(*) AS n], changelogMode=[I,UB,UA])"));
}

TEST(ChangelogsTest, ASinkThatOnlyAppendsRefusesUpdatesAtTheirStatement) {
  EXPECT_THAT(
      Refusal(Into("counts", "SELECT page, id FROM clicks") + Into("files", kGroups)),
      StatusIs(kInvalid,
               AllOf(HasSubstr("error MR2021: the table 'files' ('connector' = 'filesystem') takes "
                               "new rows only, but GroupAggregate(groupBy=[page], select=[page, "
                               "COUNT(*) AS n]) also gives updates of rows; write to an "
                               "'upsert-kafka' table"),
                     HasSubstr("| INSERT INTO files"))));
  EXPECT_THAT(Refusal(Into("files", absl::StrCat(kGroups, " HAVING COUNT(*) < 3"))),
              StatusIs(kInvalid, HasSubstr("also gives updates and deletes of rows")));
}

TEST(ChangelogsTest, AnAggregationOfRowsThatChangeIsNotBuiltYet) {
  EXPECT_THAT(
      Refusal(Into("shown", "SELECT 'x', COUNT(*) FROM (" + std::string(kGroups) + ") GROUP BY n")),
      StatusIs(kUnbuilt,
               AllOf(HasSubstr("error MR2900: GroupAggregate(groupBy=[n], select=[n, COUNT(*) AS"),
                     HasSubstr("over rows that change, by the updates of GroupAggregate(groupBy="
                               "[page], select=[page, COUNT(*) AS n])"))));
}

TEST(ChangelogsTest, AggregatesOverGroupsWithoutAggregatesAreAggregatesOfAppends) {
  EXPECT_OK(Refusal(
      Into("shown", "SELECT 'pages', COUNT(*) FROM (SELECT page FROM clicks GROUP BY page) AS p")));
}

TEST(ChangelogsTest, ABareSelectThatChangesIsShownAsChanges) {
  const std::string select = std::string(kGroups) + ";";
  const auto format = [&](const char* wanted) {
    const JobGraph graph = JobOf(kTables + select, {{"millrace.result-format", wanted}});
    const auto& sink = std::get<SinkSpec>(FindOperator(graph, "Sink: select").spec);
    return sink.table.options.at("collect.format");
  };
  EXPECT_EQ(format("table"), "changelog");
  EXPECT_EQ(format("changelog"), "changelog");
  EXPECT_THAT(Refusal(select, {{"millrace.result-format", "json"}}),
              StatusIs(kInvalid, AllOf(HasSubstr("the output 'json' shows new rows only"),
                                       HasSubstr("use the output 'changelog'"))));
}

TEST(ChangelogsTest, AUnionOfRowsThatChangeKeepsTheirOrder) {
  const JobGraph graph =
      Job(Into("shown", std::string(kGroups) + " UNION ALL SELECT 'all', COUNT(*) FROM clicks"));
  for (const Edge& edge : graph.edges) {
    if (edge.changelog == Changelog::kAppend) continue;
    const bool one_task = graph.stages[edge.from.value()].parallelism == 1;
    EXPECT_EQ(edge.partitioning, one_task ? Partitioning::kHash : Partitioning::kForward)
        << JobGraphText(graph);
  }
}

TEST(ChangelogsTest, AUnionTakesRowsThatChangeBesideRowsThatDoNot) {
  const std::string both =
      std::string(kGroups) + " UNION ALL SELECT page, id FROM clicks WHERE id > 5";
  for (const std::string& query : {both, "SELECT * FROM (" + both + ") WHERE n > 2"}) {
    const JobGraph graph = Job(Into("shown", query));
    const Stage* last = nullptr;
    for (const Stage& stage : graph.stages) {
      if (std::holds_alternative<SinkSpec>(stage.operators.back().spec)) last = &stage;
    }
    ASSERT_NE(last, nullptr) << JobGraphText(graph);
    int changing = 0;
    int adding = 0;
    for (const EdgeId id : InputEdges(graph, last->id)) {
      ++(graph.edges[id.value()].changelog == Changelog::kAppend ? adding : changing);
    }
    EXPECT_EQ(changing, 1) << JobGraphText(graph);
    EXPECT_EQ(adding, 1) << JobGraphText(graph);
  }
}

TEST(ChangelogsTest, StateThatIsForgottenInTimeIsNotBuiltYet) {
  const std::string ttl = "SET 'table.exec.state.ttl' = '1 h';\n";
  EXPECT_THAT(Refusal(ttl + Into("shown", kGroups)),
              StatusIs(kUnbuilt, HasSubstr("'table.exec.state.ttl' is valid in Flink")));
  EXPECT_OK(Refusal("SET 'table.exec.state.ttl' = '0 s';\n" + Into("shown", kGroups)));
  EXPECT_OK(Refusal(ttl + kCount));
}

TEST(ChangelogsTest, FinalResultsOnlyAreNotBuiltYet) {
  EXPECT_THAT(Refusal("SET 'execution.runtime-mode' = 'batch';\n" + Into("shown", kGroups)),
              StatusIs(kUnbuilt, HasSubstr("'execution.runtime-mode' = 'batch'")));
}

TEST(UpsertSinkTest, RowsOfAGroupReachItInTheTaskThatCountsThem) {
  const JobGraph graph = Job(Into("pages", kGroups));
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  EXPECT_EQ(graph.stages[1].name, "GroupAggregate by page -> Sink: pages");
  EXPECT_THAT(std::get<SinkSpec>(FindOperator(graph, "Sink: pages").spec).table.primary_key,
              ElementsAre("page"));
}

TEST(UpsertSinkTest, NewRowsAreBroughtTogetherByTheirKey) {
  const JobGraph graph = Job(Into("pages", "SELECT page, id FROM clicks"));
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  EXPECT_EQ(graph.edges[0].partitioning, Partitioning::kHash);
  EXPECT_THAT(graph.edges[0].key_columns, ElementsAre(0));
  EXPECT_EQ(graph.edges[0].changelog, Changelog::kAppend);
}

TEST(UpsertSinkTest, ResultsOfAWindowByThatKeyAreTogetherAlready) {
  const JobGraph graph = Job(absl::StrReplaceAll(kCount, {{"INTO counts", "INTO pages"}}));
  EXPECT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
}

// A table of pages with another primary key.
std::string Keyed(const std::string& columns, const std::string& key) {
  return absl::StrCat("CREATE TABLE keyed (", columns, ", PRIMARY KEY (", key,
                      ") NOT ENFORCED) WITH ('connector' = 'upsert-kafka', ", kTopic);
}

TEST(UpsertSinkTest, ThePrimaryKeyMustBeTheGroupBy) {
  const std::string both =
      Into("keyed", "SELECT page, visitor, COUNT(*) FROM clicks GROUP BY page, visitor");
  const std::string columns = "page STRING, visitor STRING, n BIGINT";
  EXPECT_OK(Refusal(Keyed(columns, "page, visitor") + both));
  EXPECT_OK(Refusal(Keyed(columns, "visitor, page") + both));
  EXPECT_THAT(
      Refusal(Keyed(columns, "page") + both),
      StatusIs(kUnbuilt,
               AllOf(HasSubstr("the PRIMARY KEY (page) of the table 'keyed' is not the key of the "
                               "query, whose rows replace each other by (page, visitor)"),
                     HasSubstr("make the columns of GROUP BY the PRIMARY KEY"))));
  EXPECT_THAT(Refusal(Keyed(columns, "page, visitor, n") + both),
              StatusIs(kUnbuilt, HasSubstr("is not the key of the query")));
}

TEST(UpsertSinkTest, AKeyThatIsNotSelectedIsNoKey) {
  EXPECT_THAT(Refusal(Into("pages", "SELECT MAX(page), COUNT(*) FROM clicks GROUP BY visitor")),
              StatusIs(kUnbuilt, HasSubstr("by a GROUP BY that is not selected as a whole")));
  EXPECT_THAT(Refusal(Into("pages", "SELECT UPPER(page), COUNT(*) FROM clicks GROUP BY page")),
              StatusIs(kUnbuilt, HasSubstr("is not the key of the query")));
  EXPECT_THAT(Refusal(Into("pages", absl::StrCat(kGroups, " UNION ALL ", kGroups))),
              StatusIs(kUnbuilt, HasSubstr("whose rows have no key")));
}

TEST(UpsertSinkTest, WhatFollowsFromTheGroupMayStandInTheKey) {
  const std::string columns = "kind STRING, page STRING, n BIGINT";
  EXPECT_OK(Refusal(Keyed(columns, "kind, page") +
                    Into("keyed", "SELECT UPPER(page), page, COUNT(*) FROM clicks GROUP BY page")));
  EXPECT_OK(Refusal(Into("pages", "SELECT 'all', COUNT(*) FROM clicks")));
  EXPECT_THAT(Refusal(Into("pages", "SELECT MIN(page), COUNT(*) FROM clicks")),
              StatusIs(kUnbuilt, HasSubstr("is not the key of the query")));
}

TEST(UpsertSinkTest, AKeyMayGrowWiderOnItsWayIntoTheTable) {
  EXPECT_OK(Refusal(Keyed("k BIGINT, n BIGINT", "k") +
                    Into("keyed",
                         "SELECT CHAR_LENGTH(page) AS k, COUNT(*) FROM clicks GROUP BY "
                         "CHAR_LENGTH(page)")));
}

TEST(UpsertSinkTest, ItNeedsAPrimaryKeyAndIsNotReadYet) {
  const std::string keyless = absl::StrReplaceAll(Keyed("page STRING, n BIGINT", "page"),
                                                  {{", PRIMARY KEY (page) NOT ENFORCED", ""}});
  EXPECT_THAT(Refusal(keyless + Into("keyed", kGroups)),
              StatusIs(kInvalid, AllOf(HasSubstr("the table 'keyed' needs a PRIMARY KEY"),
                                       HasSubstr("NOT ENFORCED"))));
  EXPECT_THAT(Refusal(Into("shown", "SELECT * FROM pages")),
              StatusIs(kUnbuilt, HasSubstr("table 'pages': reading from the connector "
                                           "'upsert-kafka' is valid in Flink, not built yet")));
}

TEST(StateOfGroupsTest, AnotherKeyOrCallIsOtherStateButNotAnotherSink) {
  const auto id = [](const std::string& insert) {
    return FindOperator(Job(insert), "GroupAggregate").state_id;
  };
  const std::string one = id(Into("shown", kGroups));
  EXPECT_EQ(id(Into("pages", kGroups)), one);
  EXPECT_EQ(id(Into("pages", absl::StrCat(kGroups, " HAVING COUNT(*) > 5"))), one);
  EXPECT_NE(id(Into("shown", "SELECT page, COUNT(visitor) FROM clicks GROUP BY page")), one);
  EXPECT_NE(id(Into("shown", "SELECT visitor, COUNT(*) FROM clicks GROUP BY visitor")), one);
}

}  // namespace
}  // namespace millrace
