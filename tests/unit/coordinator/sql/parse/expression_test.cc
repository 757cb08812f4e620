// Expressions: which operators bind to what, and which node each form becomes.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

std::string Understood(std::string_view text) {
  return ExpressionText(text, {.all_parentheses = true});
}

TEST(ExpressionTest, OperatorsBindAsInFlink) {
  constexpr Reading kReadings[] = {
      {"a + b * c", "(a + (b * c))"},
      {"a * b + c", "((a * b) + c)"},
      {"a - b - c", "((a - b) - c)"},
      {"a / b % c", "((a / b) % c)"},
      {"a || b * c", "((a || b) * c)"},
      {"a + b || c", "(a + (b || c))"},
      {"-a * b", "((-a) * b)"},
      {"a * -b", "(a * (-b))"},
      {"- - a", "(- (-a))"},
      {"-a[1].b", "(-a[1].b)"},
      {"a OR b AND c", "(a OR (b AND c))"},
      {"a AND b OR c", "((a AND b) OR c)"},
      {"NOT a AND b", "((NOT a) AND b)"},
      {"NOT a = b", "(NOT (a = b))"},
      {"NOT NOT a", "(NOT (NOT a))"},
      {"a = b IS NULL", "((a = b) IS NULL)"},
      {"a + 1 IS NOT NULL", "((a + 1) IS NOT NULL)"},
      {"NOT a IS TRUE", "(NOT (a IS TRUE))"},
      {"a < b = c", "((a < b) = c)"},
      {"a = b + c", "(a = (b + c))"},
      {"a BETWEEN b + 1 AND c AND d", "((a BETWEEN (b + 1) AND c) AND d)"},
      {"a = b BETWEEN c AND d", "(a = (b BETWEEN c AND d))"},
      {"a NOT IN (1, 2) AND b", "((a NOT IN (1, 2)) AND b)"},
      {"a + b IN (1)", "((a + b) IN (1))"},
      {"a LIKE b || c ESCAPE d OR e", "((a LIKE (b || c) ESCAPE d) OR e)"},
      {"a IS DISTINCT FROM b AND c", "((a IS DISTINCT FROM b) AND c)"},
      {"a IS NOT DISTINCT FROM b + c", "(a IS NOT DISTINCT FROM (b + c))"},
      {"a = NOT b", "(a = (NOT b))"},
      {"a + b::INT", "(a + CAST(b AS INT))"},
      {"-1::INT", "(-CAST(1 AS INT))"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Understood(reading.text), reading.expected) << reading.text;
  }
}

TEST(ExpressionTest, TheShortTextHasTheParenthesesItNeedsAndNoMore) {
  constexpr Reading kReadings[] = {
      {"(a + b) * c", "(a + b) * c"},
      {"(a * b) + c", "a * b + c"},
      {"a - (b - c)", "a - (b - c)"},
      {"(a - b) - c", "a - b - c"},
      {"(a OR b) AND c", "(a OR b) AND c"},
      {"NOT (a AND b)", "NOT (a AND b)"},
      {"(NOT a) = b", "(NOT a) = b"},
      {"(a IS NULL) = (b IS NULL)", "(a IS NULL) = (b IS NULL)"},
      {"-(-a)", "- -a"},
      {"(-a)[1]", "(-a)[1]"},
      {"(a = b) BETWEEN c AND d", "(a = b) BETWEEN c AND d"},
      {"((a))", "a"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(ExpressionText(reading.text), reading.expected) << reading.text;
  }
}

TEST(ExpressionTest, ConstantsKeepTheirTextAndLoseTheirEscapes) {
  constexpr Reading kReadings[] = {
      {"1", "1"},
      {"007", "007"},
      {"1.50", "1.50"},
      {".5", ".5"},
      {"1e3", "1e3"},
      {"1.5E-2", "1.5E-2"},
      {"'it''s'", "'it''s'"},
      {"''", "''"},
      {"U&'caf\\00e9 \\\\ \\+01f600'", "'caf\u00e9 \\ \U0001F600'"},
      {"u&'!00e9' UESCAPE '!'", "'\u00e9'"},
      {"X'0aFF'", "x'0aff'"},
      {"null", "NULL"},
      {"True", "TRUE"},
      {"unknown", "UNKNOWN"},
      {"DATE '2026-11-24'", "DATE '2026-11-24'"},
      {"time '10:00:00'", "TIME '10:00:00'"},
      {"TIMESTAMP '2026-11-24 10:00:00'", "TIMESTAMP '2026-11-24 10:00:00'"},
      {"TIMESTAMP WITHOUT TIME ZONE 'x'", "TIMESTAMP 'x'"},
      {"TIMESTAMP WITH LOCAL TIME ZONE 'x'", "TIMESTAMP WITH LOCAL TIME ZONE 'x'"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(ExpressionText(reading.text), reading.expected) << reading.text;
  }
}

TEST(ExpressionTest, NamesKeepTheirCaseAndTheirQuotesWhereTheyNeedThem) {
  constexpr Reading kReadings[] = {
      {"A.eventTime", "A.eventTime"},
      {"A.dateTime", "A.`dateTime`"},
      {"`a`.`b c`", "a.`b c`"},
      {"`select`", "`select`"},
      {"`tick``s`", "`tick``s`"},
      {"\"double\"", "`double`"},
      {"caf\u00e9", "`caf\u00e9`"},
      {"value + `result`", "`value` + `result`"},  // Reserved in Flink, not here.
      {"a.b.c.d.e", "a.b.c.d.e"},
      {"`map`[1]", "`map`[1]"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(ExpressionText(reading.text), reading.expected) << reading.text;
  }
}

TEST(ExpressionTest, EveryFormOfOperand) {
  constexpr Reading kReadings[] = {
      {"CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END",
       "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"},
      {"case a when 1, 2 then 'x' end", "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'x' END"},
      {"cast(a as decimal(10,2))", "CAST(a AS DECIMAL(10, 2))"},
      {"TRY_CAST(a AS ROW<x int, `y z` string not null>)",
       "TRY_CAST(a AS ROW<x INT, `y z` STRING NOT NULL>)"},
      {"(a, b)", "ROW(a, b)"},
      {"ROW(a)", "ROW(a)"},
      {"ARRAY[1, 2][1]", "(ARRAY[1, 2])[1]"},
      {"ARRAY[]", "ARRAY[]"},
      {"MAP['k', 1, 'l', 2]['k']", "(MAP['k', 1, 'l', 2])['k']"},
      {"(a).b", "(a).b"},
      {"f(a).b.c[1].d", "f(a).b.c[1].d"},
      {"(SELECT 1)", "(SELECT 1)"},
      {"((SELECT 1))", "(SELECT 1)"},
      {"((SELECT 1) UNION ALL (SELECT 2))", "(SELECT 1 UNION ALL SELECT 2)"},
      {"((SELECT 1) + 1) * 2", "((SELECT 1) + 1) * 2"},
      {"EXISTS (SELECT 1 FROM t)", "EXISTS (SELECT 1 FROM t)"},
      {"a IN (SELECT b FROM t)", "a IN (SELECT b FROM t)"},
      {"a IN ((SELECT 1) INTERSECT (SELECT 2))", "a IN (SELECT 1 INTERSECT SELECT 2)"},
      {"a > ALL (SELECT b FROM t)", "a > ALL (SELECT b FROM t)"},
      {"a = SOME (1, 2)", "a = ANY (1, 2)"},
      {"a NOT LIKE 'x!%' ESCAPE '!'", "a NOT LIKE 'x!%' ESCAPE '!'"},
      {"a SIMILAR TO 'x+'", "a SIMILAR TO 'x+'"},
      {"a BETWEEN SYMMETRIC 1 AND 2", "a BETWEEN SYMMETRIC 1 AND 2"},
      {"a NOT BETWEEN ASYMMETRIC 1 AND 2", "a NOT BETWEEN 1 AND 2"},
      {"a IS NOT UNKNOWN", "a IS NOT UNKNOWN"},
      {"a IS JSON", "a IS JSON"},
      {"a IS NOT JSON OBJECT", "a IS NOT JSON OBJECT"},
      {"(a, b) OVERLAPS (c, d)", "ROW(a, b) OVERLAPS ROW(c, d)"},
      {"a != b", "a <> b"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(ExpressionText(reading.text), reading.expected) << reading.text;
  }
}

TEST(ExpressionTest, EveryFormOfCall) {
  constexpr Reading kReadings[] = {
      {"COUNT(*)", "COUNT(*)"},
      {"count(distinct a)", "count(DISTINCT a)"},
      {"SUM(ALL a)", "SUM(a)"},
      {"PROCTIME()", "PROCTIME()"},
      {"current_timestamp", "current_timestamp"},
      {"LEFT(s, 2) || RIGHT(s, 1)", "LEFT(s, 2) || RIGHT(s, 1)"},
      {"catalog.db.f(a)", "catalog.db.f(a)"},
      {"`my func`(a)", "`my func`(a)"},
      {"`select`(a)", "`select`(a)"},
      {"f(DATA => TABLE t, `on` => 1, x => DEFAULT)",
       "f(DATA => TABLE t, `on` => 1, x => DEFAULT)"},
      {"COUNT(*) FILTER (WHERE a > 1)", "COUNT(*) FILTER (WHERE a > 1)"},
      {"LISTAGG(a) WITHIN GROUP (ORDER BY b DESC)", "LISTAGG(a) WITHIN GROUP (ORDER BY b DESC)"},
      {"LAG(a, 1) IGNORE NULLS OVER w", "LAG(a, 1) IGNORE NULLS OVER w"},
      {"SUM(a) OVER ()", "SUM(a) OVER ()"},
      {"ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c DESC NULLS LAST, d)",
       "ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c DESC NULLS LAST, d)"},
      {"SUM(a) OVER (w ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)",
       "SUM(a) OVER (w ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)"},
      {"SUM(a) OVER (ORDER BY t RANGE INTERVAL '1' HOUR PRECEDING)",
       "SUM(a) OVER (ORDER BY t RANGE INTERVAL '1' HOUR PRECEDING)"},
      {"SUM(a) OVER (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)",
       "SUM(a) OVER (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)"},
      {"EXTRACT(year FROM ts)", "EXTRACT(YEAR FROM ts)"},
      {"FLOOR(ts TO HOUR)", "FLOOR(ts TO HOUR)"},
      {"CEIL(x)", "CEIL(x)"},
      {"POSITION('a' IN b)", "POSITION('a' IN b)"},
      {"SUBSTRING(s FROM 2 FOR 3)", "SUBSTRING(s, 2, 3)"},
      {"SUBSTRING(s, 2)", "SUBSTRING(s, 2)"},
      {"TRIM(s)", "TRIM(s)"},
      {"TRIM(BOTH 'x' FROM s)", "TRIM(BOTH 'x' FROM s)"},
      {"TRIM(LEADING FROM s)", "TRIM(LEADING ' ' FROM s)"},
      {"TRIM('x' FROM s)", "TRIM(BOTH 'x' FROM s)"},
      {"OVERLAY(s PLACING 'x' FROM 2 FOR 1)", "OVERLAY(s, 'x', 2, 1)"},
      {"TIMESTAMPADD(SQL_TSI_DAY, 1, ts)", "TIMESTAMPADD(DAY, 1, ts)"},
      {"TIMESTAMPDIFF(second, a, b)", "TIMESTAMPDIFF(SECOND, a, b)"},
      {"JSON_VALUE(a, '$.b' RETURNING INT NULL ON EMPTY DEFAULT 1 ON ERROR)",
       "JSON_VALUE(a, '$.b' RETURNING INT NULL ON EMPTY DEFAULT 1 ON ERROR)"},
      {"JSON_QUERY(a, '$.b' WITH CONDITIONAL WRAPPER EMPTY ARRAY ON ERROR)",
       "JSON_QUERY(a, '$.b' WITH CONDITIONAL ARRAY WRAPPER EMPTY ARRAY ON ERROR)"},
      {"JSON_OBJECT('a' VALUE 1, KEY b VALUE 2 ABSENT ON NULL)",
       "JSON_OBJECT(KEY 'a' VALUE 1, KEY b VALUE 2 ABSENT ON NULL)"},
      {"JSON_ARRAY(a, b NULL ON NULL)", "JSON_ARRAY(a, b NULL ON NULL)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(ExpressionText(reading.text), reading.expected) << reading.text;
  }
}

struct IntervalReading {
  std::string_view text;
  int64_t value;
  bool year_month;
};

TEST(ExpressionTest, IntervalsHaveAValueInMonthsOrMilliseconds) {
  constexpr IntervalReading kReadings[] = {
      {"INTERVAL '1' YEAR", 12, true},
      {"INTERVAL '2-3' YEAR TO MONTH", 27, true},
      {"INTERVAL '1' QUARTER", 3, true},
      {"INTERVAL - '5' MONTHS", -5, true},
      {"INTERVAL '-5' MONTH", -5, true},
      {"INTERVAL -'-5' MONTH", 5, true},
      {"INTERVAL '1' WEEK", 604'800'000, false},
      {"INTERVAL '1' DAY", 86'400'000, false},
      {"INTERVAL '100' DAY(3)", 8'640'000'000, false},
      {"INTERVAL '1 02' DAY TO HOUR", 93'600'000, false},
      {"INTERVAL '1 02:03' DAY TO MINUTE", 93'780'000, false},
      {"INTERVAL '1 02:03:04.5' DAY TO SECOND(3)", 93'784'500, false},
      {"INTERVAL '1:30' HOUR TO MINUTE", 5'400'000, false},
      {"INTERVAL '1:30:15' HOUR TO SECOND", 5'415'000, false},
      {"INTERVAL '1:30' MINUTE TO SECOND", 90'000, false},
      {"INTERVAL '0.25' SECOND", 250, false},
      {"INTERVAL '0.2500' SECOND", 250, false},
      {"INTERVAL '5 minutes'", 300'000, false},
  };
  for (const IntervalReading& reading : kReadings) {
    const ParsedExpression parsed = ParseSqlExpression(reading.text);
    ASSERT_NE(parsed.expression, nullptr) << RenderDiagnostics(parsed.diagnostics, reading.text);
    const auto* interval = parsed.expression->As<IntervalLiteral>();
    ASSERT_NE(interval, nullptr) << reading.text;
    EXPECT_EQ(interval->value, reading.value) << reading.text;
    EXPECT_EQ(interval->year_month, reading.year_month) << reading.text;
  }
}

TEST(ExpressionTest, SpansCoverWhatTheNodeSays) {
  const std::string_view text = "f( a ) + (b * c)";
  const ParsedExpression parsed = ParseSqlExpression(text);
  ASSERT_NE(parsed.expression, nullptr);
  const auto* sum = parsed.expression->As<BinaryExpression>();
  ASSERT_NE(sum, nullptr);
  EXPECT_EQ(parsed.expression->span.In(text), text);
  EXPECT_EQ(sum->op_span.In(text), "+");
  EXPECT_EQ(sum->left->span.In(text), "f( a )");
  EXPECT_EQ(sum->right->span.In(text), "b * c");
}

}  // namespace
}  // namespace millrace
