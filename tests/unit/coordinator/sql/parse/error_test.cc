// What people read when a script is wrong: the place, the code, the words and the hint.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

TEST(ErrorTest, TextThatIsNotSql) {
  constexpr Reading kReadings[] = {
      {"SELECT # FROM t", "1:8 MR1001 '#' means nothing in SQL"},
      {"SELECT 'abc",
       "1:8 MR1002 the string is not closed (a string ends with '; write '' for one inside it)"},
      {"SELECT `abc",
       "1:8 MR1002 the quoted name is not closed (a quoted name ends with `; write `` for one "
       "inside it)"},
      {"SELECT 1 /* x", "1:10 MR1002 the comment is not closed (a comment ends with */)"},
      {"SELECT x'0g'",
       "1:8 MR1004 a binary string is not a sequence of bytes (x'0aff' has two hexadecimal digits "
       "for every byte)"},
      {"SELECT U&'\\00'",
       "1:8 MR1004 a Unicode escape is malformed (write \\00e9, \\+01f600, or the escape character "
       "twice for itself)"},
      {"SELECT 1abc",
       "1:8 MR1004 a number is directly followed by letters (a name that begins with a digit needs "
       "back-quotes)"},
      {"SELECT ``", "1:8 MR1004 a quoted name is empty"},
      {"SELECT '\xff'", "1:9 MR1005 the script is not UTF-8 text (save it as UTF-8)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

TEST(ErrorTest, WhatIsMissingOrTooMuch) {
  constexpr Reading kReadings[] = {
      {"SELECT FROM t",
       "1:8 MR1101 expected an expression, found FROM (as a name it needs back-quotes: `FROM`)"},
      {"SELECT a, FROM t",
       "1:11 MR1101 expected an expression, found FROM (is there a comma too many?)"},
      {"SELECT a FROM", "1:14 MR1101 expected a table name, found the end of the script"},
      {"SELECT a +", "1:11 MR1101 expected an expression, found the end of the script"},
      {"SELECT (a;", "1:10 MR1101 expected ')', found the end of the statement"},
      {"SELECT f(a b)", "1:12 MR1101 expected ',' or ')', found b"},
      {"SELECT a FROM t WHERE a = ? ",
       "1:27 MR1101 expected an expression, found '?' (parameters are not part of a script; "
       "${name} "
       "is replaced before it is read)"},
      {"SELECT a FROM t b c", "1:19 MR1101 expected the end of the statement, found c"},
      {"CREATE TABLE t (a INT,)",
       "1:23 MR1101 expected a column name, found ')' (is there a comma too many?)"},
      {"CREATE TABLE t (a, b INT)", "1:22 MR1101 expected ',' or ')', found INT"},
      {"CREATE TABLE t (a)",
       "1:17 MR1101 the columns have no types, which only CREATE TABLE ... AS can do without"},
      {"CREATE TABLE t (a INT) WITH ('k' = 5)",
       "1:36 MR1101 expected a string, found the number 5 (option values are strings: '5')"},
      {"CREATE TABLE t (a INT) WITH (a-b = 'x')",
       "1:31 MR1101 expected '=', found '-' (a key with '-' in it stands in quotes: "
       "'scan.startup-mode')"},
      {"CREATE VIEW v SELECT 1", "1:15 MR1101 expected AS, found SELECT"},
      {"INSERT t SELECT 1", "1:8 MR1101 expected INTO, found t"},
      {"SELECT * FROM a JOIN b",
       "1:23 MR1101 expected ON or USING, found the end of the script (a join without a condition "
       "is a CROSS JOIN)"},
      {"SELECT * FROM SELECT 1",
       "1:15 MR1101 expected a table, found SELECT (a query in FROM stands in parentheses: FROM "
       "(SELECT ...))"},
      {"SELECT CASE WHEN a THEN b",
       "1:26 MR1101 expected WHEN, ELSE or END, found the end of the "
       "script"},
      {"EXECUTE STATEMENT SET BEGIN END", "1:29 MR1101 expected INSERT INTO, found END"},
      {"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;",
       "1:52 MR1101 expected INSERT INTO or END, found the end of the script"},
      {"SET 'a'", "1:8 MR1101 expected '=', found the end of the script"},
      {"SET a = b 'c'",
       "1:11 MR1101 expected text without quotes, found a string (put the whole of it in quotes)"},
      {"SET a = x'0aff'",
       "1:9 MR1101 expected text without quotes, found a binary string (put the whole of it in "
       "quotes)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

TEST(ErrorTest, ReservedWordsAsNamesAreToldToUseBackQuotes) {
  constexpr Reading kReadings[] = {
      {"CREATE TABLE t (order INT)",
       "1:17 MR1102 expected a column name, found the reserved word order (as a name it needs "
       "back-quotes: `order`)"},
      {"SELECT a AS from",
       "1:13 MR1102 expected a column name, found the reserved word from (as a name it needs "
       "back-quotes: `from`)"},
      {"SELECT t.date FROM t",
       "1:10 MR1102 expected a name, found the reserved word date (as a name it needs back-quotes: "
       "`date`)"},
      {"SELECT Timestamp FROM t",
       "1:8 MR1101 expected an expression, found Timestamp (as a name it needs back-quotes: "
       "`Timestamp`)"},
      {"SELECT a AS 'x'",
       "1:13 MR1101 expected a column name, found a string (a name stands in back-quotes: `x`)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

TEST(ErrorTest, MistypedKeywordsAreRecognised) {
  constexpr Reading kReadings[] = {
      {"SELCT 1", "1:1 MR1103 expected a statement, found SELCT (did you mean 'SELECT'?)"},
      {"foo bar", "1:1 MR1103 expected a statement, found foo"},
      {"SELECT a FORM t",
       "1:15 MR1101 expected the end of the statement, found t (FORM was read as a name; did you "
       "mean FROM?)"},
      {"SELECT a FROM t WHER a = 1",
       "1:22 MR1101 expected the end of the statement, found a (WHER was read as a name; did you "
       "mean WHERE?)"},
      {"SELECT a FROM (SELECT b FROM u GRUOP BY c)",
       "1:38 MR1101 expected ')', found BY (GRUOP was read as a name; did you mean GROUP?)"},
      {"CREATE TABLE t (WATERMARK FRO a AS a)",
       "1:27 MR1101 expected FOR, found FRO (did you mean FOR?)"},
      {"SELECT a FROM orders 5",
       "1:22 MR1101 expected the end of the statement, found the number 5"},
      {"CREATE TABLE t (a BIGNT)", "1:19 MR1106 there is no type BIGNT (did you mean 'BIGINT'?)"},
      {"SELECT EXTRACT(SECNOD FROM a)",
       "1:16 MR1101 expected a unit of time such as SECOND, found SECNOD (did you mean 'SECOND'?)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

TEST(ErrorTest, WhatContradictsItself) {
  constexpr Reading kReadings[] = {
      {"CREATE TABLE t (a INT, b INT, a STRING)", "1:31 MR1104 the column a is given twice"},
      {"CREATE TABLE t (a INT) WITH ('k' = '1', 'k' = '2')",
       "1:41 MR1104 the option 'k' is given twice"},
      {"CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)",
       "1:49 MR1104 the table has a second PRIMARY KEY"},
      {"CREATE TABLE t (a INT, WATERMARK FOR a AS a, WATERMARK FOR a AS a)",
       "1:46 MR1104 the table has a second WATERMARK"},
      {"CREATE TABLE t (a INT PRIMARY KEY)",
       "1:34 MR1107 expected NOT ENFORCED behind PRIMARY KEY, found ')' (a primary key is a "
       "promise "
       "of yours: whether keys are unique is not checked)"},
      {"CREATE TABLE t (UNIQUE (a))",
       "1:17 MR1107 Flink SQL has no UNIQUE constraints (PRIMARY KEY (...) NOT ENFORCED is the one "
       "constraint)"},
      {"CREATE TABLE t WITH ('a' = 'b')",
       "1:14 MR1107 the table has no columns (CREATE TABLE t (name TYPE, ...) WITH (...))"},
      {"SELECT * FROM a CROSS JOIN b ON c",
       "1:30 MR1107 a CROSS or NATURAL join takes no condition"},
      {"VALUES (1, 2), (3)",
       "1:16 MR1107 the rows of VALUES do not have the same number of columns"},
      {"SELECT MAP['a', 1, 'b']",
       "1:8 MR1107 a MAP takes keys and values in turn: the last key has no value"},
      {"DROP TABLE a.b.c.d",
       "1:12 MR1107 a name has at most three parts: catalog, database, object"},
      {"SELECT CAST(a AS TIMESTAMP(3) WITH TIME ZONE)",
       "1:31 MR1106 TIMESTAMP WITH TIME ZONE is not a type of Flink SQL (TIMESTAMP_LTZ, which is "
       "TIMESTAMP WITH LOCAL TIME ZONE, is one)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

TEST(ErrorTest, Intervals) {
  constexpr std::string_view kExample =
      " (for example INTERVAL '5' MINUTE, INTERVAL '1 12' DAY TO HOUR)";
  constexpr std::string_view kRanges =
      " (YEAR TO MONTH, and DAY, HOUR, MINUTE, SECOND to a smaller one)";
  struct Case {
    std::string_view text;
    std::string_view message;
    std::string_view hint;
  };
  const Case cases[] = {
      {"INTERVAL 5 MINUTE",
       "1:10 MR1101 expected the interval's length in quotes, found the number 5", kExample},
      {"INTERVAL 'x' MINUTE", "1:10 MR1105 the text 'x' does not have the form 'minutes'",
       kExample},
      {"INTERVAL '1-13' YEAR TO MONTH", "1:10 MR1105 the months of '1-13' are not below 12",
       kExample},
      {"INTERVAL '1:60' HOUR TO MINUTE", "1:10 MR1105 the minutes of '1:60' are not below 60",
       kExample},
      {"INTERVAL '1 2' DAY TO MINUTE",
       "1:10 MR1105 the text '1 2' does not have the form 'days hours:minutes'", kExample},
      {"INTERVAL '0.0001' SECOND", "1:10 MR1105 an interval is exact to the millisecond, not finer",
       kExample},
      {"INTERVAL '9999999999999999' DAY", "1:10 MR1105 '9999999999999999' is too long a time",
       kExample},
      {"INTERVAL '1' MONTH TO DAY", "1:14 MR1105 there is no interval of MONTH TO DAY", kRanges},
      {"INTERVAL '1' MILLISECOND", "1:14 MR1105 there is no interval of the unit MILLISECOND",
       kRanges},
  };
  for (const Case& c : cases) {
    const ParsedExpression parsed = ParseSqlExpression(c.text);
    ASSERT_EQ(parsed.diagnostics.size(), 1) << c.text;
    const SqlDiagnostic& d = parsed.diagnostics.front();
    EXPECT_EQ("1:" + std::to_string(PositionOf(d.span.offset, c.text).column) + " " + d.code + " " +
                  d.message,
              c.message);
    EXPECT_EQ(" (" + d.hint + ")", c.hint) << c.text;
  }
}

TEST(ErrorTest, OneRunReportsTheFirstErrorOfEveryStatement) {
  EXPECT_EQ(
      Errors("SELECT FROM a;\n"
             "SELECT 1;\n"
             "SELECT b FROM t WHERE;\n"
             "CREATE TABLE t (x FOO);\n"
             "SELECT '"),
      "1:8 MR1101 expected an expression, found FROM (as a name it needs back-quotes: `FROM`)\n"
      "3:22 MR1101 expected an expression, found the end of the statement\n"
      "4:19 MR1106 there is no type FOO\n"
      "5:8 MR1002 the string is not closed (a string ends with '; write '' for one inside it)");
}

TEST(ErrorTest, StatementsWithoutErrorsAreKept) {
  const ParsedScript script = ParseScript("SELECT 1; SELECT FROM; SELECT 2");
  ASSERT_EQ(script.statements.size(), 2);
  EXPECT_EQ(Unparse(script.statements[1]), "SELECT 2");
  EXPECT_EQ(script.diagnostics.size(), 1);
}

TEST(ErrorTest, EveryInsertOfAStatementSetIsLookedAt) {
  const std::string_view text =
      "BEGIN STATEMENT SET;\nINSERT INTO a SELECT FROM b;\nINSERT INTO c SELECT 1;\n"
      "INSERT c SELECT 1;\nEND;\nSELECT 1";
  EXPECT_EQ(
      Errors(text),
      "2:22 MR1101 expected an expression, found FROM (as a name it needs back-quotes: `FROM`)\n"
      "4:8 MR1101 expected INTO, found c");
  EXPECT_EQ(ParseScript(text).statements.size(), 1);
}

TEST(ErrorTest, WhatFlinkHasAndIsNotReadHereIsNamed) {
  constexpr Reading kReadings[] = {
      {"CREATE CONNECTION c", "CREATE CONNECTION"},
      {"SHOW CONNECTIONS", "SHOW CONNECTIONS"},
      {"QUIT", "QUIT"},
      {"ALTER TABLE t ADD a INT PRIMARY KEY NOT ENFORCED",
       "PRIMARY KEY behind a column of ALTER TABLE"},
      {"SELECT a MEMBER OF b FROM t", "the operator MEMBER"},
      {"SELECT ARRAY_AGG(a ORDER BY b) FROM t", "ORDER BY among the arguments of a function"},
  };
  for (const Reading& reading : kReadings) {
    const ParsedScript script = ParseScript(reading.text);
    ASSERT_EQ(script.diagnostics.size(), 1) << reading.text;
    const SqlDiagnostic& diagnostic = script.diagnostics.front();
    EXPECT_EQ(diagnostic.message,
              std::string(reading.expected) + " is valid Flink SQL, but not built here yet");
    EXPECT_EQ(diagnostic.code, "MR1201");
    EXPECT_TRUE(diagnostic.not_built);
  }
}

TEST(ErrorTest, StatementsThatAreOnlyReadAreReadToTheirEnd) {
  constexpr Reading kReadings[] = {
      {"ALTER TABLE t RENAME", "1:21 MR1101 expected a column name, found the end of the script"},
      {"ALTER TABLE t SET 'a' = 'b'", "1:19 MR1101 expected '(', found a string"},
      {"ALTER VIEW v SELECT 1", "1:14 MR1101 expected AS, found SELECT"},
      {"CALL p", "1:7 MR1101 expected '(', found the end of the script"},
      {"COMPILE PLAN 'x' FOR SELECT 1", "1:22 MR1101 expected INSERT, found SELECT"},
      {"LOAD MODULE 'm'",
       "1:13 MR1101 expected a module name, found a string (a name stands in "
       "back-quotes: `m`)"},
      {"STOP JOB x", "1:10 MR1101 expected a job in quotes, found x"},
      {"UPDATE t SET a", "1:15 MR1101 expected '=', found the end of the script"},
      {"INSERT INTO t PARTITION (a) SELECT 1", "1:27 MR1101 expected '=', found ')'"},
      {"SELECT * FROM t MATCH_RECOGNIZE (ORDER BY a)", "1:44 MR1101 expected PATTERN, found ')'"},
      {"SELECT * FROM t MATCH_RECOGNIZE (PATTERN () DEFINE a AS b)",
       "1:43 MR1101 expected a variable of the pattern, found ')'"},
      {"SELECT * FROM t TABLESAMPLE (10)", "1:29 MR1101 expected SYSTEM, found '('"},
      {"SELECT a FROM t LIMIT 1 + 1", "1:25 MR1101 expected the end of the statement, found '+'"},
      {"CREATE SYSTEM FUNCTION f AS 'x.Y'",
       "1:8 MR1107 a SYSTEM function is TEMPORARY (CREATE TEMPORARY SYSTEM FUNCTION)"},
      {"CREATE FUNCTION f(a INT)", "1:25 MR1101 expected RETURN, found the end of the script"},
      {"CREATE TEMPORARY TABLE t AS SELECT 1",
       "1:24 MR1107 CREATE TABLE ... AS makes no temporary tables (CREATE TEMPORARY VIEW, or a "
       "TEMPORARY TABLE and an INSERT INTO)"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Errors(reading.text), reading.expected) << reading.text;
  }
}

}  // namespace
}  // namespace millrace
