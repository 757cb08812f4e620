// Properties that hold for every text: trees survive being written and read again, and no text,
// however broken or deep, does any harm.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

// Every form of the dialect at least once.
constexpr std::string_view kScripts[] = {
    R"(CREATE TABLE nexmark (
         event_type INT, bid ROW<auction BIGINT, `dateTime` TIMESTAMP(3), extra ARRAY<MAP<STRING, INT>>>,
         at AS CASE event_type WHEN 0 THEN bid.`dateTime` ELSE TIMESTAMP '2026-01-01 00:00:00' END,
         origin STRING NOT NULL METADATA FROM 'it''s' VIRTUAL COMMENT 'where from',
         WATERMARK FOR at AS at - INTERVAL '4' SECOND, PRIMARY KEY (event_type) NOT ENFORCED
       ) COMMENT 'x' PARTITIONED BY (event_type) WITH ('connector' = 'kafka', a.b = 'c')
       LIKE other (EXCLUDING ALL INCLUDING WATERMARKS);)",
    R"(INSERT INTO `result` (a, b) SELECT /*+ STATE_TTL('a' = '1d') */ DISTINCT b.auction AS a, COUNT(*)
       FILTER (WHERE b.price > 1e3) x, t.*, U&'\00e9', x'0aff' FROM TABLE(HOP(TABLE bids,
       DESCRIPTOR(at), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) AS b (p, q), LATERAL TABLE(f(b.x)) AS t
       LEFT JOIN r /*+ OPTIONS('k' = 'v') */ FOR SYSTEM_TIME AS OF b.proctime AS r ON b.k = r.k
       CROSS JOIN UNNEST(b.tags) WITH ORDINALITY AS u (tag, i) WHERE NOT a BETWEEN -1 AND - -2 AND b NOT IN
       (1, .5) OR c LIKE 'x!%' ESCAPE '!' AND EXISTS (SELECT 1 FROM (VALUES (1, 2), (3, 4)) v (m, n)
       WHERE v.m = b.x) GROUP BY GROUPING SETS ((a, b), a, ()), ROLLUP (c), TUMBLE(ts, INTERVAL '1-2' YEAR
       TO MONTH) HAVING COUNT(DISTINCT x) > ALL (SELECT 1) WINDOW w AS (PARTITION BY a ORDER BY b)
       QUALIFY ROW_NUMBER() OVER (w ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) <= 10
       ORDER BY a DESC NULLS LAST, b LIMIT 5 OFFSET 6;)",
    R"(EXECUTE STATEMENT SET BEGIN INSERT INTO a WITH q (x) AS (SELECT 1) (SELECT x FROM q LIMIT 1) UNION ALL
       SELECT 2 INTERSECT SELECT 3; INSERT OVERWRITE b TABLE c; END;)",
    R"(SELECT CAST(a AS DECIMAL(10, 2)), TRY_CAST(b AS ARRAY<INT>)[1].c, (d).e, ARRAY[1, 2], MAP['k', 1]['k'],
       ROW(1, (2, 3)), EXTRACT(DAY FROM x), FLOOR(x TO HOUR), POSITION(a || b IN c), SUBSTRING(s FROM 1 FOR 2),
       TRIM(LEADING 'x' FROM s), OVERLAY(s PLACING t FROM 1), TIMESTAMPADD(MONTH, 1, x), CURRENT_DATE,
       JSON_VALUE(j, '$.a' RETURNING INT DEFAULT 1 ON EMPTY), JSON_OBJECT('a' VALUE 1 NULL ON NULL),
       a IS NOT DISTINCT FROM b, c IS NOT JSON ARRAY, (a IS NULL) = (NOT b), -(-a), a - (b - c), a::INT,
       LISTAGG(a) WITHIN GROUP (ORDER BY b), f(DATA => TABLE t PARTITION BY (a, b) ORDER BY (c), x => DEFAULT),
       (SELECT 1), a IN ((SELECT 1) EXCEPT (SELECT 2)), `a``b`, "c d", `select`(1), `trim`(1, 2), `row`(1);)",
    R"(SET 'a' = 'b'; SET a.b-c = d e; RESET; SHOW TABLES LIKE 'x%'; DESCRIBE EXTENDED a.b; USE CATALOG c;
       EXPLAIN CHANGELOG_MODE, PLAN_ADVICE SELECT 1; DROP TEMPORARY VIEW IF EXISTS v; CREATE TEMPORARY VIEW v
       (a) COMMENT 'c' AS VALUES (1), (ROW(ROW(1, 2))); -- end)",
};

TEST(RobustnessTest, AWrittenTreeIsReadAsTheSameTree) {
  for (const std::string_view script : kScripts) {
    const std::string all_parentheses = Text(script, {.all_parentheses = true});
    const std::string text = Text(script);
    EXPECT_EQ(Text(text), text);
    EXPECT_EQ(Text(text, {.all_parentheses = true}), all_parentheses) << text;
    EXPECT_EQ(Text(all_parentheses, {.all_parentheses = true}), all_parentheses);
  }
}

TEST(RobustnessTest, TruncatedScriptsGiveDiagnosticsWithinTheText) {
  for (const std::string_view script : kScripts) {
    for (size_t length = 0; length < script.size(); ++length) {
      const std::string_view text = script.substr(0, length);
      const ParsedScript parsed = ParseScript(text);
      for (const SqlDiagnostic& diagnostic : parsed.diagnostics) {
        ASSERT_LE(diagnostic.span.end(), text.size()) << text;
        ASSERT_FALSE(RenderDiagnostic(diagnostic, text).empty());
      }
      for (const Statement& statement : parsed.statements) {
        ASSERT_LE(statement.span.end(), text.size());
        ASSERT_FALSE(Unparse(statement).empty());
      }
    }
  }
}

TEST(RobustnessTest, ScriptsWithoutOneOfTheirCharactersAreReadOrRefused) {
  for (const std::string_view script : kScripts) {
    for (size_t i = 0; i < script.size(); ++i) {
      std::string text(script);
      text.erase(i, 1);
      const ParsedScript parsed = ParseScript(text);
      for (const Statement& statement : parsed.statements) {
        const std::string written = Unparse(statement);
        ASSERT_EQ(Text(written), written) << "without character " << i << " of " << script;
      }
    }
  }
}

std::string Repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

std::string FirstCode(const std::string& text) {
  const ParsedScript script = ParseScript(text);
  return script.ok() ? "ok" : script.diagnostics.front().code;
}

TEST(RobustnessTest, DeepNestingIsRefusedAndDoesNotOverflowTheStack) {
  constexpr int kDeep = 20'000;
  const std::string deep[] = {
      "SELECT " + Repeated("(", kDeep),
      "SELECT " + Repeated("NOT ", kDeep) + "a",
      "SELECT " + Repeated("- ", kDeep) + "a",
      "SELECT " + Repeated("f(", kDeep),
      "SELECT " + Repeated("CASE WHEN ", kDeep),
      "SELECT " + Repeated("a[", kDeep),
      "SELECT a" + Repeated(" + a", kDeep),
      "SELECT a" + Repeated("[1]", kDeep),
      "SELECT a" + Repeated("::INT", kDeep),
      "SELECT a" + Repeated(" IS NULL", kDeep),
      "SELECT * FROM " + Repeated("(", kDeep),
      "SELECT * FROM a" + Repeated(" NATURAL JOIN b", kDeep),
      "SELECT * FROM a" + Repeated(", b", kDeep),
      "SELECT 1" + Repeated(" UNION SELECT 1", kDeep),
      Repeated("(", kDeep) + "SELECT 1",
      Repeated("SELECT * FROM (", kDeep),
      "SELECT a GROUP BY " + Repeated("ROLLUP (", kDeep),
      "CREATE TABLE t (a " + Repeated("ARRAY<", kDeep),
      "CREATE TABLE t (a INT" + Repeated(" ARRAY", kDeep) + ")",
  };
  for (const std::string& text : deep) {
    EXPECT_EQ(FirstCode(text), "MR1003") << text.substr(0, 60);
  }
}

TEST(RobustnessTest, NestingWithinChainsCountsTogether) {
  // 100 levels, each with a chain of 100: no level is too deep and no chain too long by itself.
  std::string text = "a";
  for (int i = 0; i < 100; ++i) text = "(" + text + Repeated(" + a", 100) + ")";
  EXPECT_EQ(FirstCode("SELECT " + text), "MR1003");
}

TEST(RobustnessTest, WhatPeopleWriteIsNotTooDeep) {
  EXPECT_EQ(FirstCode("SELECT " + Repeated("(", 100) + "a" + Repeated(")", 100)), "ok");
  EXPECT_EQ(FirstCode("SELECT a" + Repeated(" OR a = 1", 900)), "ok");
  EXPECT_EQ(FirstCode("SELECT a IN (1" + Repeated(", 1", 100'000) + ")"), "ok");
  EXPECT_EQ(FirstCode("SELECT a" + Repeated(", a", 10'000)), "ok");
  EXPECT_EQ(FirstCode(Repeated("SELECT 1;", 10'000)), "ok");
}

TEST(RobustnessTest, RandomTokensAreReadOrRefused) {
  constexpr std::string_view kTokens[] = {
      "SELECT",    "FROM",  "(",       ")",           ",",        "a",        "`b`",      "'c'",
      "1",         "WHERE", "AND",     "NOT",         "IN",       "CASE",     "WHEN",     "END",
      "JOIN",      "ON",    "AS",      "TABLE",       "CREATE",   "WITH",     "=",        "*",
      ".",         "[",     "]",       "OVER",        "INTERVAL", "DAY",      "ROW",      "<",
      ">",         "UNION", "VALUES",  "INSERT INTO", ";",        "/*+",      "*/",       "BEGIN",
      "STATEMENT", "SET",   "EXPLAIN", "IS",          "NULL",     "GROUP BY", "ORDER BY", "LIMIT",
      "LATERAL",   "UNNEST"};
  uint64_t state = 1;  // A fixed sequence: D. Knuth's linear congruential generator (MMIX).
  for (int script = 0; script < 3'000; ++script) {
    std::string text;
    for (int i = 0; i < 25; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += kTokens[(state >> 33) % std::size(kTokens)];
      text += ' ';
    }
    const ParsedScript parsed = ParseScript(text);
    for (const Statement& statement : parsed.statements) {
      const std::string written = Unparse(statement);
      ASSERT_EQ(Text(written), written) << text;
    }
    ASSERT_TRUE(parsed.ok() || !RenderDiagnostics(parsed.diagnostics, text).empty());
  }
}

}  // namespace
}  // namespace millrace
