// Windows and groups.
#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

const std::string kWindows =
    "FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE)) ";

TEST(AggregationTest, AWindowFunctionAddsThreeColumns) {
  EXPECT_EQ(ColumnsOf("SELECT * " + kWindows),
            "(id BIGINT, page STRING, at TIMESTAMP(3), window_start TIMESTAMP(3) NOT NULL, "
            "window_end TIMESTAMP(3) NOT NULL, window_time TIMESTAMP(3) NOT NULL)");
}

TEST(AggregationTest, KeysAndArgumentsAreProjectedThenGrouped) {
  EXPECT_EQ(
      QueryPlanOf("SELECT page, window_start, COUNT(*) AS n, SUM(id * 2) " + kWindows +
                  "GROUP BY page, window_start, window_end"),
      "LogicalProject(page=[$0], window_start=[$1], n=[$3], EXPR$3=[$4])\n"
      "+- LogicalAggregate(group=[{0, 1, 2}], COUNT(*) AS n, SUM($f3) AS EXPR$3)\n"
      "   +- LogicalProject(page=[$1], window_start=[$3], window_end=[$4], $f3=[($0 * 2)])\n"
      "      +- LogicalTableFunctionScan(invocation=[TUMBLE(time_col=[at], size=[1 min])])\n"
      "         +- LogicalTableScan(table=[[clicks]], watermark=[($2 - INTERVAL '5' SECOND)])\n");
}

TEST(AggregationTest, WindowArgumentsMayBeNamedAndHaveAnOffset) {
  const std::string named = QueryPlanOf(
      "SELECT window_start FROM TABLE(TUMBLE(DATA => TABLE clicks, TIMECOL => DESCRIPTOR(at), "
      "SIZE => INTERVAL '10' MINUTES, OFFSET => INTERVAL '-16' MINUTES)) GROUP BY window_start, "
      "window_end");
  EXPECT_NE(named.find("TUMBLE(time_col=[at], size=[10 min], offset=[4 min])"), std::string::npos)
      << named;
}

std::string WindowOf(const std::string& function) {
  const std::string plan = QueryPlanOf("SELECT window_start FROM TABLE(" + function +
                                       ") GROUP BY page, window_start, window_end");
  const size_t begin = plan.find("invocation=[");
  return begin == std::string::npos ? plan
                                    : plan.substr(begin + 12, plan.find(")\n", begin) - begin - 12);
}

TEST(AggregationTest, EveryWindowFunctionTakesItsArgumentsByPlaceAndByName) {
  EXPECT_EQ(WindowOf("HOP(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE, "
                     "INTERVAL '30' SECOND)"),
            "HOP(time_col=[at], size=[5 min], slide=[1 min], offset=[30 s])]");
  EXPECT_EQ(WindowOf("HOP(DATA => TABLE clicks, TIMECOL => DESCRIPTOR(at), SIZE => INTERVAL '5' "
                     "MINUTE, SLIDE => INTERVAL '1' MINUTE, OFFSET => INTERVAL '-90' SECOND)"),
            "HOP(time_col=[at], size=[5 min], slide=[1 min], offset=[30 s])]");
  EXPECT_EQ(WindowOf("CUMULATE(TABLE clicks, DESCRIPTOR(at), INTERVAL '2' MINUTE, INTERVAL '10' "
                     "MINUTE, INTERVAL '-1' MINUTE)"),
            "CUMULATE(time_col=[at], max_size=[10 min], step=[2 min], offset=[9 min])]");
  EXPECT_EQ(WindowOf("CUMULATE(DATA => TABLE clicks, TIMECOL => DESCRIPTOR(at), STEP => INTERVAL "
                     "'2' MINUTES, SIZE => INTERVAL '10' MINUTES)"),
            "CUMULATE(time_col=[at], max_size=[10 min], step=[2 min])]");
  EXPECT_EQ(
      WindowOf("SESSION(TABLE clicks PARTITION BY page, DESCRIPTOR(at), INTERVAL '5' MINUTE)"),
      "SESSION(time_col=[at], gap=[5 min])], partition=[{1}]");
  EXPECT_EQ(WindowOf("SESSION(DATA => TABLE clicks PARTITION BY (page, id), TIMECOL => "
                     "DESCRIPTOR(at), GAP => INTERVAL '5' MINUTE)"),
            "SESSION(time_col=[at], gap=[5 min])], partition=[{1, 0}]");
}

TEST(AggregationTest, OlderGroupWindowsHopAndMakeSessions) {
  const std::string hop = QueryPlanOf(
      "SELECT HOP_START(at, INTERVAL '2' MINUTE, INTERVAL '5' MINUTE) AS s, HOP_END(at, INTERVAL "
      "'2' MINUTE, INTERVAL '5' MINUTE) AS e, HOP_ROWTIME(at, INTERVAL '2' MINUTE, INTERVAL '5' "
      "MINUTE) AS t FROM clicks GROUP BY HOP(at, INTERVAL '2' MINUTE, INTERVAL '5' MINUTE)");
  EXPECT_NE(hop.find("LogicalProject(s=[$0], e=[$1], t=[$2])"), std::string::npos) << hop;
  EXPECT_NE(hop.find("HOP(time_col=[at], size=[5 min], slide=[2 min])"), std::string::npos)
      << "any slide will do: " << hop;
  const std::string session = QueryPlanOf(
      "SELECT page, SESSION_START(at, INTERVAL '10' SECOND) AS s, SESSION_END(at, INTERVAL '10' "
      "SECOND) AS e FROM clicks GROUP BY page, SESSION(at, INTERVAL '10' SECOND)");
  EXPECT_NE(session.find("LogicalProject(page=[$0], s=[$1], e=[$2])"), std::string::npos)
      << session;
  EXPECT_NE(session.find("[SESSION(time_col=[at], gap=[10 s])])"), std::string::npos) << session;
}

TEST(AggregationTest, TheRowtimeOfAGroupWindowIsTheTimeOfTheNextOne) {
  EXPECT_EQ(ColumnsOf("SELECT TUMBLE_END(t, INTERVAL '1' HOUR) AS e, SUM(n) AS n FROM (SELECT "
                      "TUMBLE_ROWTIME(at, INTERVAL '1' MINUTE) AS t, COUNT(*) AS n FROM clicks "
                      "GROUP BY TUMBLE(at, INTERVAL '1' MINUTE)) GROUP BY TUMBLE(t, INTERVAL '1' "
                      "HOUR)"),
            "(e TIMESTAMP(3) NOT NULL, n BIGINT NOT NULL)");
}

TEST(AggregationTest, VariancesAreComputedOfSums) {
  const std::string plan = QueryPlanOf(
      "SELECT VAR_POP(price) AS a, STDDEV_SAMP(price) AS b FROM (SELECT CAST(quantity AS DOUBLE) "
      "AS price FROM orders)");
  EXPECT_NE(plan.find("group=[{}], SUM(price) AS agg$0, COUNT(*) AS agg$1, SUM($f1) AS agg$2)"),
            std::string::npos)
      << "both of the same sums: " << plan;
  EXPECT_EQ(ColumnsOf("SELECT STDDEV_POP(quantity) AS a, VARIANCE(price) AS b FROM orders"),
            "(a INT, b DECIMAL(38, 6))")
      << "as AVG has it, in Flink";
}

TEST(AggregationTest, ResultsOfWindowsAreJoinedByTheirWindow) {
  const std::string windows = "(SELECT page, COUNT(*) AS n, window_start AS s, window_end AS e " +
                              kWindows + "GROUP BY page, window_start, window_end)";
  const std::string plan = QueryPlanOf("SELECT a.page, b.n FROM " + windows + " AS a JOIN " +
                                       windows + " AS b ON a.s = b.s AND a.e = b.e AND a.n > b.n");
  EXPECT_EQ(plan.substr(0, plan.find("   :-")),
            "LogicalProject(page=[$0], n=[$5])\n"
            "+- LogicalJoin(condition=[((($2 = $6) AND ($3 = $7)) AND ($1 > $5))], "
            "joinType=[inner])\n")
      << plan;
  EXPECT_NE(ErrorsOf("SELECT a.page FROM " + windows + " AS a JOIN " + windows +
                     " AS b ON a.s = b.s AND a.n = b.n")
                .find("a join is valid Flink SQL"),
            std::string::npos)
      << "without the ends of windows they never end";
}

TEST(AggregationTest, DistinctIsPartOfACallButForLeastAndGreatest) {
  const std::string plan = QueryPlanOf(
      "SELECT COUNT(DISTINCT id) AS a, COUNT(id) AS b, SUM(DISTINCT id) FILTER (WHERE id > 1) AS "
      "c, MAX(DISTINCT id) AS d, MAX(id) AS e " +
      kWindows + "GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("COUNT(DISTINCT id) AS a, COUNT(id) AS b, SUM(DISTINCT id) FILTER (WHERE "
                      "$f3) AS c, MAX(id) AS"),
            std::string::npos)
      << plan;
}

TEST(AggregationTest, CountDistinctOfWhatIsNeverNullCountsValues) {
  const std::string plan = QueryPlanOf("SELECT COUNT(DISTINCT quantity) AS n FROM orders");
  EXPECT_NE(plan.find("COUNT(DISTINCT quantity) AS n"), std::string::npos) << plan;
}

TEST(AggregationTest, ResultTypesAreFlinks) {
  EXPECT_EQ(
      ColumnsOf(
          "SELECT COUNT(*) AS a, COUNT(price) AS b, SUM(price) AS c, AVG(price) AS d, "
          "SUM(q) AS e, AVG(q) AS f, MIN(note) AS g, MAX(at) AS h, SUM(q) FILTER (WHERE q > 1) "
          "AS i FROM TABLE(TUMBLE((SELECT CAST(id AS DECIMAL(10, 2)) AS price, CAST(1 AS "
          "TINYINT) AS q, page AS note, at FROM clicks), DESCRIPTOR(at), INTERVAL '1' "
          "SECOND)) GROUP BY window_start, window_end"),
      "(a BIGINT NOT NULL, b BIGINT NOT NULL, c DECIMAL(38, 2), d DECIMAL(38, 6), e TINYINT NOT "
      "NULL, "
      "f TINYINT NOT NULL, g STRING, h TIMESTAMP(3), i TINYINT)");
}

TEST(AggregationTest, EqualCallsAreComputedOnceAndHavingIsAFilterAbove) {
  EXPECT_EQ(
      QueryPlanOf("SELECT page, COUNT(*) + 1 AS n " + kWindows +
                  "GROUP BY page, window_start, window_end HAVING COUNT(*) > 5 AND page <> 'x'"),
      "LogicalProject(page=[$0], n=[($3 + 1)])\n"
      "+- LogicalFilter(condition=[(($3 > 5) AND ($0 <> 'x'))])\n"
      "   +- LogicalAggregate(group=[{0, 1, 2}], COUNT(*) AS agg$0)\n"
      "      +- LogicalProject(page=[$1], window_start=[$3], window_end=[$4])\n"
      "         +- LogicalTableFunctionScan(invocation=[TUMBLE(time_col=[at], size=[1 min])])\n"
      "            +- LogicalTableScan(table=[[clicks]], watermark=[($2 - INTERVAL '5' "
      "SECOND)])\n");
}

TEST(AggregationTest, AFilterOfACallIsAColumnOfItsInput) {
  const std::string plan = QueryPlanOf("SELECT COUNT(*) FILTER (WHERE id > 100) AS n " + kWindows +
                                       "GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("COUNT(*) FILTER (WHERE $f2) AS n"), std::string::npos) << plan;
  EXPECT_NE(plan.find("$f2=[($0 > 100)]"), std::string::npos) << plan;
}

TEST(AggregationTest, CountOfWhatIsNeverNullCountsRows) {
  const std::string plan =
      QueryPlanOf("SELECT COUNT(1) AS n " + kWindows + "GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("COUNT(*) AS n"), std::string::npos) << plan;
}

TEST(AggregationTest, AKeyMayBeAnExpressionAnAliasOrTheNumberOfAnItem) {
  const std::string written = QueryPlanOf("SELECT UPPER(page) AS p, COUNT(*) AS n " + kWindows +
                                          "GROUP BY UPPER(page), window_start, window_end");
  const std::string by_alias = QueryPlanOf("SELECT UPPER(page) AS p, COUNT(*) AS n " + kWindows +
                                           "GROUP BY p, window_start, window_end");
  const std::string by_number = QueryPlanOf("SELECT UPPER(page) AS p, COUNT(*) AS n " + kWindows +
                                            "GROUP BY 1, window_start, window_end");
  EXPECT_NE(written.find("LogicalProject(p=[$0], n=[$3])"), std::string::npos) << written;
  EXPECT_EQ(by_number, by_alias);
}

TEST(AggregationTest, AnExpressionOfAKeyIsComputedOfTheGroup) {
  const std::string plan = QueryPlanOf("SELECT UPPER(page) || '!' AS p " + kWindows +
                                       "GROUP BY page, window_start, window_end");
  EXPECT_NE(plan.find("LogicalProject(p=[(UPPER($0) || '!')])"), std::string::npos) << plan;
}

TEST(AggregationTest, TheOlderGroupWindowIsTheSamePlan) {
  EXPECT_EQ(
      QueryPlanOf("SELECT page, TUMBLE_START(at, INTERVAL '1' MINUTE) AS s, "
                  "TUMBLE_END(at, INTERVAL '1' MINUTE) AS e, COUNT(*) AS n FROM clicks "
                  "GROUP BY page, TUMBLE(at, INTERVAL '1' MINUTE)"),
      "LogicalProject(page=[$0], s=[$1], e=[$2], n=[$4])\n"
      "+- LogicalAggregate(group=[{0, 1, 2, 3}], COUNT(*) AS n)\n"
      "   +- LogicalProject(page=[$1], window_start=[$3], window_end=[$4], window_time=[$5])\n"
      "      +- LogicalTableFunctionScan(invocation=[TUMBLE(time_col=[at], size=[1 min])])\n"
      "         +- LogicalTableScan(table=[[clicks]], watermark=[($2 - INTERVAL '5' SECOND)])\n");
}

TEST(AggregationTest, GroupsNeedNoWindow) {
  EXPECT_EQ(QueryPlanOf("SELECT note, SUM(quantity) AS s FROM orders GROUP BY note HAVING "
                        "COUNT(*) > 2"),
            "LogicalProject(note=[$0], s=[$1])\n"
            "+- LogicalFilter(condition=[($2 > 2)])\n"
            "   +- LogicalAggregate(group=[{0}], SUM(quantity) AS s, COUNT(*) AS agg$1)\n"
            "      +- LogicalProject(note=[$3], quantity=[$2])\n"
            "         +- LogicalTableScan(table=[[orders]])\n");
}

TEST(AggregationTest, WithoutGroupByAllRowsAreOneGroup) {
  EXPECT_EQ(QueryPlanOf("SELECT COUNT(*) AS n FROM orders"),
            "LogicalProject(n=[$0])\n"
            "+- LogicalAggregate(group=[{}], COUNT(*) AS n)\n"
            "   +- LogicalProject($f0=[0])\n"
            "      +- LogicalTableScan(table=[[orders]])\n");
}

TEST(AggregationTest, AGroupWithoutKeysAndAggregatesIsCounted) {
  const std::string plan = QueryPlanOf("SELECT 'x' AS x FROM orders HAVING 1 < 2");
  EXPECT_NE(plan.find("LogicalAggregate(group=[{}], COUNT(*) AS agg$0)"), std::string::npos)
      << plan;
}

TEST(AggregationTest, GroupsThatNeverEndHaveNoEventTime) {
  EXPECT_NE(ErrorsOf("SELECT COUNT(*) FROM TABLE(TUMBLE((SELECT at, page FROM clicks GROUP BY at, "
                     "page), DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, "
                     "window_end")
                .find("a window needs a time attribute, and 'at' is none"),
            std::string::npos);
}

TEST(AggregationTest, WindowTimeIsTheTimeOfTheNextWindow) {
  EXPECT_EQ(
      ColumnsOf("SELECT window_start, SUM(n) AS n FROM TABLE(TUMBLE((SELECT window_time AS at, "
                "COUNT(*) AS n " +
                kWindows +
                "GROUP BY window_start, window_end, window_time), DESCRIPTOR(at), INTERVAL '1' "
                "HOUR)) GROUP BY window_start, window_end"),
      "(window_start TIMESTAMP(3) NOT NULL, n BIGINT NOT NULL)");
}

TEST(AggregationTest, TheTimeAttributePassesThroughViewsFiltersAndAliases) {
  EXPECT_EQ(PlanOf("CREATE VIEW v AS SELECT page AS p, at AS t FROM clicks WHERE id > 0;\n"
                   "INSERT INTO pages SELECT p, COUNT(*) FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(t), "
                   "INTERVAL '1' SECOND)) GROUP BY p, window_start, window_end")
                .substr(0, 11),
            "LogicalSink");
}

}  // namespace
}  // namespace millrace
