// Queries: every clause, what stands in FROM, and how set operations group.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

TEST(QueryTest, EveryClause) {
  constexpr Reading kReadings[] = {
      {"select 1", "SELECT 1"},
      {"SELECT *, t.*, a.b.c.*", "SELECT *, t.*, a.b.c.*"},
      {"SELECT a x, b AS `y z` FROM t", "SELECT a AS x, b AS `y z` FROM t"},
      {"SELECT DISTINCT a FROM t", "SELECT DISTINCT a FROM t"},
      {"SELECT ALL a FROM t", "SELECT a FROM t"},
      {"SELECT a FROM t WHERE b GROUP BY c, d HAVING e",
       "SELECT a FROM t WHERE b GROUP BY c, d HAVING e"},
      {"SELECT a FROM t GROUP BY (), (a, b), (a)", "SELECT a FROM t GROUP BY (), (a, b), a"},
      {"SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), ROLLUP (b, c), ())",
       "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), a, ROLLUP (b, c), ())"},
      {"SELECT a FROM t GROUP BY CUBE (a, (b, c))", "SELECT a FROM t GROUP BY CUBE (a, (b, c))"},
      {"SELECT a FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), a",
       "SELECT a FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), a"},
      {"SELECT a FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)",
       "SELECT a FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)"},
      {"SELECT a, ROW_NUMBER() OVER (ORDER BY b) AS n FROM t QUALIFY n = 1",
       "SELECT a, ROW_NUMBER() OVER (ORDER BY b) AS n FROM t QUALIFY n = 1"},
      {"SELECT a FROM t ORDER BY a DESC, b ASC NULLS FIRST LIMIT 10 OFFSET 5",
       "SELECT a FROM t ORDER BY a DESC, b NULLS FIRST LIMIT 10 OFFSET 5"},
      {"SELECT a FROM t OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY",
       "SELECT a FROM t LIMIT 10 OFFSET 5"},
      {"SELECT a FROM t LIMIT ALL", "SELECT a FROM t"},
      {"VALUES (1, 'a'), (2, 'b')", "VALUES (1, 'a'), (2, 'b')"},
      {"VALUES 1, 2", "VALUES (1), (2)"},
      {"VALUES ROW(1, 2)", "VALUES (1, 2)"},
      {"TABLE t", "TABLE t"},
      {"WITH a AS (SELECT 1), b (x, y) AS (SELECT 1, 2) SELECT * FROM a, b",
       "WITH a AS (SELECT 1), b (x, y) AS (SELECT 1, 2) SELECT * FROM a CROSS JOIN b"},
      {"SELECT /*+ STATE_TTL('a'='1d', b='2d'), BROADCAST(a) */ a FROM t",
       "SELECT /*+ STATE_TTL('a' = '1d', 'b' = '2d'), BROADCAST('a') */ a FROM t"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Text(reading.text), reading.expected) << reading.text;
  }
}

TEST(QueryTest, WhatStandsInFrom) {
  constexpr Reading kReadings[] = {
      {"c.d.t", "c.d.t"},
      {"t AS x (a, b)", "t AS x(a, b)"},
      {"t /*+ OPTIONS('scan.startup.mode' = 'earliest-offset') */ x",
       "t /*+ OPTIONS('scan.startup.mode' = 'earliest-offset') */ AS x"},
      {"(SELECT 1)", "(SELECT 1)"},
      {"(VALUES (1, 2)) AS x (a, b)", "(VALUES (1, 2)) AS x(a, b)"},
      {"((SELECT 1) UNION (SELECT 2)) x", "(SELECT 1 UNION SELECT 2) AS x"},
      {"TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
       "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"},
      {"TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' SECOND) w",
       "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' SECOND)) AS w"},
      {"TABLE(HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' MINUTES, "
       "SIZE => INTERVAL '10' MINUTES, OFFSET => INTERVAL '1' MINUTES))",
       "TABLE(HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' MINUTE, "
       "SIZE => INTERVAL '10' MINUTE, `OFFSET` => INTERVAL '1' MINUTE))"},
      {"TABLE(SESSION(TABLE t PARTITION BY (a, b), DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
       "TABLE(SESSION(TABLE t PARTITION BY (a, b), DESCRIPTOR(ts), INTERVAL '1' MINUTE))"},
      {"TABLE(SESSION(TABLE t PARTITION BY a ORDER BY b DESC, DESCRIPTOR(ts), x))",
       "TABLE(SESSION(TABLE t PARTITION BY (a) ORDER BY (b DESC), DESCRIPTOR(ts), x))"},
      {"TABLE(TUMBLE((SELECT * FROM t), DESCRIPTOR(ts), x))",
       "TABLE(TUMBLE((SELECT * FROM t), DESCRIPTOR(ts), x))"},
      {"a, b, c", "a CROSS JOIN b CROSS JOIN c"},
      {"a, b JOIN c ON x", "a CROSS JOIN b JOIN c ON x"},
      {"a JOIN b ON x LEFT OUTER JOIN c USING (k, l)", "a JOIN b ON x LEFT JOIN c USING (k, l)"},
      {"a INNER JOIN b ON x", "a JOIN b ON x"},
      {"a RIGHT JOIN b ON x FULL JOIN c ON y", "a RIGHT JOIN b ON x FULL JOIN c ON y"},
      {"a NATURAL LEFT JOIN b", "a NATURAL LEFT JOIN b"},
      {"a CROSS JOIN (b CROSS JOIN c)", "a CROSS JOIN (b CROSS JOIN c)"},
      {"(a CROSS JOIN b) CROSS JOIN c", "a CROSS JOIN b CROSS JOIN c"},
      {"o JOIN r FOR SYSTEM_TIME AS OF o.proctime AS x ON o.k = x.k",
       "o JOIN r FOR SYSTEM_TIME AS OF o.proctime AS x ON o.k = x.k"},
      {"a, LATERAL TABLE(f(a.x)) AS t (y)", "a CROSS JOIN LATERAL TABLE(f(a.x)) AS t(y)"},
      {"a LEFT JOIN LATERAL TABLE(f(x)) ON TRUE", "a LEFT JOIN LATERAL TABLE(f(x)) ON TRUE"},
      {"a, LATERAL (SELECT b.x FROM b WHERE b.k = a.k)",
       "a CROSS JOIN LATERAL (SELECT b.x FROM b WHERE b.k = a.k)"},
      {"a CROSS JOIN UNNEST(a.tags) WITH ORDINALITY AS t (tag, i)",
       "a CROSS JOIN UNNEST(a.tags) WITH ORDINALITY AS t(tag, i)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Text("SELECT * FROM " + std::string(reading.text)),
              "SELECT * FROM " + std::string(reading.expected))
        << reading.text;
  }
}

TEST(QueryTest, IntersectBindsMoreTightlyThanUnionAndExcept) {
  constexpr Reading kReadings[] = {
      {"TABLE a UNION TABLE b UNION ALL TABLE c", "(TABLE a UNION TABLE b) UNION ALL TABLE c"},
      {"TABLE a UNION TABLE b INTERSECT TABLE c", "TABLE a UNION (TABLE b INTERSECT TABLE c)"},
      {"TABLE a INTERSECT TABLE b EXCEPT TABLE c", "(TABLE a INTERSECT TABLE b) EXCEPT TABLE c"},
      {"TABLE a MINUS ALL (TABLE b UNION DISTINCT TABLE c)",
       "TABLE a EXCEPT ALL (TABLE b UNION TABLE c)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Text(reading.text, {.all_parentheses = true}), reading.expected) << reading.text;
  }
}

TEST(QueryTest, OrderAndLimitBelongToTheWholeUnlessParenthesesSayOtherwise) {
  EXPECT_EQ(Text("SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 3"),
            "SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 3");
  EXPECT_EQ(Text("SELECT 1 UNION (SELECT 2 LIMIT 3)"), "SELECT 1 UNION (SELECT 2 LIMIT 3)");
  const ParsedScript script = Parsed("SELECT 1 UNION SELECT 2 LIMIT 3");
  const QueryExpression& query = *script.statements.front().As<QueryStatement>()->query;
  EXPECT_NE(query.As<SetOperation>(), nullptr);
  EXPECT_NE(query.limit, nullptr);
}

TEST(QueryTest, AQueryWithALimitOfItsOwnMayStandInAnother) {
  EXPECT_EQ(Text("(SELECT a FROM t ORDER BY a LIMIT 5) ORDER BY b LIMIT 3"),
            "SELECT * FROM (SELECT a FROM t ORDER BY a LIMIT 5) ORDER BY b LIMIT 3");
  EXPECT_EQ(Text("(SELECT a FROM t) LIMIT 3"), "SELECT a FROM t LIMIT 3");
}

TEST(QueryTest, ASubqueryIsFoundInTheTreeWithItsSpan) {
  const std::string_view text = "SELECT a FROM (SELECT b FROM t) AS s WHERE a = 1";
  const ParsedScript script = Parsed(text);
  const QueryExpression& query = *script.statements.front().As<QueryStatement>()->query;
  const auto* select = query.As<SelectQuery>();
  ASSERT_NE(select, nullptr);
  const auto* derived = select->from->As<DerivedTable>();
  ASSERT_NE(derived, nullptr);
  EXPECT_EQ(derived->query->span.In(text), "SELECT b FROM t");
  EXPECT_EQ(select->from->span.In(text), "(SELECT b FROM t) AS s");
  EXPECT_EQ(select->where->span.In(text), "a = 1");
}

}  // namespace
}  // namespace millrace
