// What the parser reads and nothing runs is refused at its place, with the parser's own code for
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using ::testing::StartsWith;

TEST(UnbuiltSyntaxTest, StatementsAndClausesThatAreOnlyReadAreNamedAtTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"ALTER TABLE clicks ADD a INT", "1:1: error MR1201: ALTER TABLE"},
      {"DESC CATALOG c", "1:1: error MR1201: DESCRIBE CATALOG"},
      {"SHOW JARS", "1:1: error MR1201: SHOW JARS"},
      {"CREATE TABLE t AS SELECT id FROM orders", "1:14: error MR1201: CREATE TABLE ... AS"},
      {"CREATE OR REPLACE TABLE t (a INT)", "1:25: error MR1201: CREATE OR REPLACE TABLE"},
      {"CREATE TABLE t (a INT) DISTRIBUTED BY (a)", "1:36: error MR1201: DISTRIBUTED BY"},
      {"CREATE OR REPLACE VIEW v AS SELECT id FROM orders",
       "1:24: error MR1201: CREATE OR REPLACE VIEW"},
      {"CREATE MATERIALIZED VIEW v AS SELECT id FROM orders",
       "1:26: error MR1201: CREATE MATERIALIZED VIEW"},
      {"INSERT INTO numbers PARTITION (id = 1) SELECT id FROM orders",
       "1:21: error MR1201: INSERT ... PARTITION"},
      {"EXPLAIN CREATE TABLE t AS SELECT id FROM orders",
       "1:22: error MR1201: CREATE TABLE ... AS"},
      {"SELECT * FROM clicks MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS TRUE)",
       "1:22: error MR1201: MATCH_RECOGNIZE"},
      {"SELECT id FROM orders TABLESAMPLE SYSTEM (10)", "1:23: error MR1201: TABLESAMPLE"},
      {"WITH RECURSIVE a AS (SELECT id FROM orders) SELECT id FROM a",
       "1:6: error MR1201: WITH RECURSIVE"},
      {"SELECT MULTISET[id] FROM orders", "1:8: error MR1201: MULTISET"},
      {"SELECT ARRAY(SELECT id FROM orders) FROM orders", "1:8: error MR1201: ARRAY of a query"},
  };
  for (const auto& [sql, error] : cases)
    EXPECT_THAT(BindTest(sql).errors, StartsWith(error)) << sql;
}

TEST(UnbuiltSyntaxTest, WhatFollowsFromARefusedTableIsNotReported) {
  const BoundTestScript bound =
      BindTest("CREATE TABLE t AS SELECT id FROM orders; SELECT id FROM t");
  EXPECT_EQ(bound.errors.find("MR2001"), std::string::npos) << bound.errors;
}

}  // namespace
}  // namespace millrace
