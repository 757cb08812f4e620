// What aggregate functions take and give. Types and refusals are those of Flink 2.2.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;

std::string TypeOf(const std::string& call) {
  return ColumnsOf("SELECT " + call + " AS x FROM orders GROUP BY note");
}

TEST(AggregateCallsTest, TypesAreFlinks) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"SUM(quantity)", "INT NOT NULL"},
      {"SUM(price)", "DECIMAL(38, 2)"},
      {"AVG(price)", "DECIMAL(38, 6)"},
      {"AVG(CAST(id AS FLOAT))", "FLOAT"},
      {"STDDEV_POP(price)", "DECIMAL(38, 6)"},
      {"MIN(id > 1)", "BOOLEAN"},
      {"FIRST_VALUE(note)", "STRING"},
      {"LAST_VALUE(ROW(id, note))", "ROW<`EXPR$0` BIGINT, `EXPR$1` STRING> NOT NULL"},
      {"LISTAGG(note)", "STRING"},
      {"LISTAGG(DISTINCT note, '|')", "STRING"},
      {"ARRAY_AGG(note)", "ARRAY<STRING>"},
      {"ARRAY_AGG(DISTINCT quantity IGNORE NULLS)", "ARRAY<INT NOT NULL>"},
      {"COLLECT(note)", "MAP<STRING NOT NULL, INT NOT NULL> NOT NULL"},
      {"PERCENTILE(quantity, 0.5)", "DOUBLE"},
      {"PERCENTILE(price, ARRAY[0.25, 0.75])", "ARRAY<DOUBLE>"},
      {"PERCENTILE(price, 0.5, quantity)", "DOUBLE"},
      {"APPROX_COUNT_DISTINCT(note)", "BIGINT NOT NULL"},
      {"COUNT(note, id)", "BIGINT NOT NULL"},
      {"JSON_ARRAYAGG(note)", "VARCHAR(2000) NOT NULL"},
      {"JSON_OBJECTAGG(KEY note VALUE id)", "VARCHAR(2000) NOT NULL"},
  };
  for (const auto& [call, type] : cases) {
    EXPECT_EQ(TypeOf(call), std::string("(x ") + type + ")") << call;
  }
}

TEST(AggregateCallsTest, WhatFlinkRefusesIsRefused) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"LISTAGG(id)", "LISTAGG takes texts"},
      {"LISTAGG(note, note)", "the separator of LISTAGG must be a literal"},
      {"LISTAGG(note, CAST(NULL AS STRING))", "the separator of LISTAGG must not be NULL"},
      {"LISTAGG(note, ',', ',')", "LISTAGG takes a text and a separator"},
      {"PERCENTILE(id, 1.5)", "between 0.0 and 1.0"},
      {"PERCENTILE(id, ARRAY[0.1, -0.1])", "between 0.0 and 1.0"},
      {"PERCENTILE(id, price)", "the percentage of PERCENTILE must be a literal"},
      {"PERCENTILE(note, 0.5)", "PERCENTILE takes numbers, not STRING"},
      {"PERCENTILE(id, 0.5, price)", "the frequency of PERCENTILE must be an integer"},
      {"FIRST_VALUE(note) IGNORE NULLS", "FIRST_VALUE has no IGNORE NULLS or RESPECT NULLS"},
      {"MIN(ARRAY[id])", "MIN takes numbers, texts, times or BOOLEANs"},
      {"SUM(id, id)", "SUM takes one argument"},
      {"SUM(*)", "SUM takes one argument"},
      {"JSON_OBJECTAGG(KEY id VALUE note)", "the KEY of JSON_OBJECTAGG must be a text"},
  };
  for (const auto& [call, message] : cases) {
    EXPECT_THAT(TypeOf(call), HasSubstr(std::string("1:8: error MR2005: "))) << call;
    EXPECT_THAT(TypeOf(call), HasSubstr(message)) << call;
  }
  EXPECT_THAT(TypeOf("LISTAGG(note) WITHIN GROUP (ORDER BY id)"),
              HasSubstr("MR2900: WITHIN GROUP"));
  EXPECT_THAT(TypeOf("ARRAY_AGG(MAP['a', id])"), HasSubstr("MR2900: ARRAY_AGG(MAP<"));
}

// The calls of the aggregation over orders.
std::string CallsOf(const std::string& items) {
  const std::string plan = QueryPlanOf("SELECT " + items + " FROM orders GROUP BY note");
  const size_t begin = plan.find("{0}], ");
  return begin == std::string::npos ? plan
                                    : plan.substr(begin + 6, plan.find(")\n", begin) - begin - 6);
}

TEST(AggregateCallsTest, CountOfSeveralColumnsCountsRowsWithoutNulls) {
  EXPECT_EQ(CallsOf("COUNT(id, quantity, price) AS n"), "COUNT(*) FILTER (WHERE $f1) AS n");
  EXPECT_EQ(CallsOf("COUNT(quantity, quantity) AS n"), "COUNT(*) AS n");
  EXPECT_EQ(CallsOf("COUNT(DISTINCT id, price) FILTER (WHERE quantity > 1) AS n"),
            "COUNT(DISTINCT $f2) FILTER (WHERE $f1) AS n");
}

TEST(AggregateCallsTest, EqualCallsAreThereOnce) {
  EXPECT_EQ(CallsOf("LISTAGG(note) AS a, LISTAGG(note, ',') AS b, LISTAGG(note, ';') AS c, "
                    "PERCENTILE(id, 0.5) AS d, PERCENTILE(id, 0.6) AS e"),
            "LISTAGG(note, ',') AS b, LISTAGG(note, ';') AS c, PERCENTILE($f1, 0.5) AS d, "
            "PERCENTILE($f1, 0.6) AS e");
}

TEST(AggregateCallsTest, DistinctMattersWhereRepeatsDo) {
  EXPECT_EQ(
      CallsOf("MAX(DISTINCT id) AS a, FIRST_VALUE(DISTINCT id) AS b, LAST_VALUE(DISTINCT id) "
              "AS c, ARRAY_AGG(DISTINCT id) AS d"),
      "MAX(id) AS a, FIRST_VALUE(id) AS b, LAST_VALUE(DISTINCT id) AS c, ARRAY_AGG(DISTINCT id "
      "RESPECT NULLS) AS d");
}

}  // namespace
}  // namespace millrace
