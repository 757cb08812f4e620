// Statements: each form, and what becomes of it.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

using testing::ElementsAre;

TEST(StatementTest, CreateTableWithEveryKindOfColumnAndClause) {
  EXPECT_EQ(Text(R"(
      create temporary table if not exists `default_catalog`.db.clicks (
        id BIGINT NOT NULL COMMENT 'the key',
        page varchar(20),
        cost AS price * quantity COMMENT 'computed',
        twice INT GENERATED ALWAYS AS (id * 2),
        ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
        `partition` INT METADATA,
        at TIMESTAMP(3),
        WATERMARK FOR at AS at - INTERVAL '5' SECOND,
        CONSTRAINT pk PRIMARY KEY (id, page) NOT ENFORCED
      ) COMMENT 'clicks of a day' PARTITIONED BY (page)
      WITH ('connector' = 'kafka', 'topic' = 'it''s')
      LIKE base (INCLUDING ALL EXCLUDING OPTIONS, OVERWRITING WATERMARKS))"),
            "CREATE TEMPORARY TABLE IF NOT EXISTS default_catalog.db.clicks ("
            "id BIGINT NOT NULL COMMENT 'the key', "
            "page VARCHAR(20), "
            "cost AS price * quantity COMMENT 'computed', "
            "twice AS CAST(id * 2 AS INT), "
            "ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, "
            "`partition` INT METADATA, "
            "`at` TIMESTAMP(3), "
            "WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND, "
            "CONSTRAINT pk PRIMARY KEY (id, page) NOT ENFORCED) "
            "COMMENT 'clicks of a day' PARTITIONED BY (page) "
            "WITH ('connector' = 'kafka', 'topic' = 'it''s') "
            "LIKE base (INCLUDING ALL EXCLUDING OPTIONS OVERWRITING WATERMARKS)");
}

TEST(StatementTest, TypesAreWrittenInTheirCanonicalForm) {
  constexpr Reading kTypes[] = {
      {"integer", "INT"},
      {"dec(5)", "DECIMAL(5)"},
      {"numeric(5,2)", "DECIMAL(5, 2)"},
      {"double precision", "DOUBLE"},
      {"character varying(5)", "VARCHAR(5)"},
      {"text", "STRING"},
      {"timestamp(3) without time zone", "TIMESTAMP(3)"},
      {"timestamp(3) with local time zone", "TIMESTAMP_LTZ(3)"},
      {"time(0)", "TIME(0)"},
      {"interval day to second(3)", "INTERVAL DAY TO SECOND"},
      {"array<row<a int not null, b map<string, bytes>>>",
       "ARRAY<ROW<a INT NOT NULL, b MAP<STRING, BYTES>>>"},
      {"row(a int 'a comment', `b c` date) not null", "ROW<a INT, `b c` DATE> NOT NULL"},
      {"int array array", "ARRAY<ARRAY<INT>>"},
      {"row<>", "ROW<>"},
      {"int null", "INT"},
  };
  for (const Reading& type : kTypes) {
    EXPECT_EQ(Text("CREATE TABLE t (a " + std::string(type.text) + ")"),
              "CREATE TABLE t (a " + std::string(type.expected) + ")");
  }
}

TEST(StatementTest, EveryOtherStatement) {
  constexpr Reading kReadings[] = {
      {"CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b INT)",
       "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a) NOT ENFORCED)"},
      {"CREATE TABLE t LIKE s", "CREATE TABLE t LIKE s"},
      {"CREATE TABLE t WITH (connector = 'x', scan.mode = 'y') LIKE s",
       "CREATE TABLE t WITH ('connector' = 'x', 'scan.mode' = 'y') LIKE s"},
      {"CREATE TABLE t (a ROW<b TIMESTAMP(3)>, WATERMARK FOR a.b AS a.b)",
       "CREATE TABLE t (a ROW<b TIMESTAMP(3)>, WATERMARK FOR a.b AS a.b)"},
      {"CREATE VIEW v AS SELECT 1", "CREATE VIEW v AS SELECT 1"},
      {"CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'x' AS SELECT 1, 2",
       "CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'x' AS SELECT 1, 2"},
      {"DROP TABLE t", "DROP TABLE t"},
      {"DROP TEMPORARY VIEW IF EXISTS a.b", "DROP TEMPORARY VIEW IF EXISTS a.b"},
      {"INSERT INTO t SELECT 1", "INSERT INTO t SELECT 1"},
      {"INSERT INTO t (a, b) VALUES (1, 2)", "INSERT INTO t (a, b) VALUES (1, 2)"},
      {"INSERT INTO t (SELECT 1)", "INSERT INTO t SELECT 1"},
      {"INSERT OVERWRITE t /*+ OPTIONS('a'='b') */ WITH x AS (SELECT 1) SELECT * FROM x",
       "INSERT OVERWRITE t /*+ OPTIONS('a' = 'b') */ WITH x AS (SELECT 1) SELECT * FROM x"},
      {"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
       "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END"},
      {"BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;",
       "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
      {"EXECUTE INSERT INTO a SELECT 1", "INSERT INTO a SELECT 1"},
      {"EXECUTE SELECT 1", "SELECT 1"},
      {"EXPLAIN SELECT 1", "EXPLAIN SELECT 1"},
      {"EXPLAIN PLAN FOR INSERT INTO t SELECT 1", "EXPLAIN INSERT INTO t SELECT 1"},
      {"EXPLAIN CHANGELOG_MODE, ESTIMATED_COST SELECT 1",
       "EXPLAIN CHANGELOG_MODE, ESTIMATED_COST SELECT 1"},
      {"EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
       "EXPLAIN EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
      {"SET", "SET"},
      {"SET 'parallelism.default' = '2'", "SET 'parallelism.default' = '2'"},
      {"SET execution.runtime-mode = batch", "SET 'execution.runtime-mode' = 'batch'"},
      {"SET execution.checkpointing.interval = 10 s",
       "SET 'execution.checkpointing.interval' = '10 s'"},
      {"RESET", "RESET"},
      {"RESET 'a.b'", "RESET 'a.b'"},
      {"SHOW TABLES", "SHOW TABLES"},
      {"SHOW TABLES FROM db NOT LIKE 'a%'", "SHOW TABLES FROM db NOT LIKE 'a%'"},
      {"SHOW VIEWS", "SHOW VIEWS"},
      {"SHOW USER FUNCTIONS LIKE 'a%'", "SHOW USER FUNCTIONS LIKE 'a%'"},
      {"SHOW CREATE TABLE a.t", "SHOW CREATE TABLE a.t"},
      {"SHOW CREATE VIEW v", "SHOW CREATE VIEW v"},
      {"SHOW COLUMNS IN t LIKE 'x'", "SHOW COLUMNS FROM t LIKE 'x'"},
      {"SHOW CURRENT DATABASE", "SHOW CURRENT DATABASE"},
      {"DESC t", "DESCRIBE t"},
      {"DESCRIBE EXTENDED a.t", "DESCRIBE EXTENDED a.t"},
      {"DESCRIBE job", "DESCRIBE job"},
      {"USE db", "USE db"},
      {"USE CATALOG c", "USE CATALOG c"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Text(reading.text), reading.expected) << reading.text;
  }
}

TEST(StatementTest, AScriptIsStatementsBetweenSemicolons) {
  EXPECT_EQ(Text(";; SELECT 1; -- one\n /* two; */ SELECT ';' ;; // three\n SELECT 3"),
            "SELECT 1; SELECT ';'; SELECT 3");
  EXPECT_EQ(Text(""), "");
  EXPECT_EQ(Text(" -- nothing\n"), "");
}

TEST(StatementTest, SpansLeaveOutTheSemicolon) {
  const std::string_view text = "  SELECT 1 ;\nDROP TABLE t;";
  const ParsedScript script = Parsed(text);
  std::vector<std::string_view> texts;
  for (const Statement& statement : script.statements) texts.push_back(statement.span.In(text));
  EXPECT_THAT(texts, ElementsAre("SELECT 1", "DROP TABLE t"));
}

TEST(StatementTest, AViewKeepsThePlaceOfItsQuery) {
  const std::string_view text = "CREATE VIEW v AS SELECT a, b FROM t WHERE a > 1;";
  const ParsedScript script = Parsed(text);
  const auto* view = script.statements.front().As<CreateViewStatement>();
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->query->span.In(text), "SELECT a, b FROM t WHERE a > 1");
}

TEST(StatementTest, OptionsKeepTheirPlaces) {
  const std::string_view text = "CREATE TABLE t (a INT) WITH ('connector' = 'kafka')";
  const ParsedScript script = Parsed(text);
  const OptionEntry& option = script.statements.front().As<CreateTableStatement>()->options.front();
  EXPECT_EQ(option.key_span.In(text), "'connector'");
  EXPECT_EQ(option.value_span.In(text), "'kafka'");
}

}  // namespace
}  // namespace millrace
