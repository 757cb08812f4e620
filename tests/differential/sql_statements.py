"""Statements of Flink SQL, made by a seed: valid ones of every kind, and mutations of them."""

import random
import re

NAMES = ["a", "b", "c", "id", "price", "ts", "page", "`order`", "`b c`", "user_id", "Name"]
TABLES = ["t", "u", "orders", "clicks", "db.t", "cat.db.t", "`my table`"]
UNITS = ["SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"]
FUNCTIONS = ["f", "UPPER", "COALESCE", "db.g", "CONCAT", "MOD", "ABS", "CHAR_LENGTH", "REGEXP_EXTRACT", "SPLIT_INDEX", "LEFT"]
AGGREGATES = ["COUNT", "SUM", "MIN", "MAX", "AVG", "FIRST_VALUE", "STDDEV_POP"]
TOKENS = re.compile(r"'(?:[^']|'')*'|`(?:[^`]|``)*`|[A-Za-z_][A-Za-z_0-9]*|\d+(?:\.\d+)?(?:[eE]\d+)?|"
                    r"/\*\+|\*/|<>|<=|>=|!=|=>|\|\||\S")
NOISE = ["SELECT", "FROM", "(", ")", ",", "AND", "NOT", "AS", "BY", "'x'", "1", "a", "NULL", ".", "=", "WITH", "ON", "IN", "TABLE",
         "[", "]", "IS", "CASE", "END", "INTO", "SET", "<", ">", "*", "JOIN", "ORDER", "GROUP", "OVER", "INTERVAL", "-"]


class Statements:
    def __init__(self, seed):
        self.random = random.Random(seed)

    # --- Pieces ---------------------------------------------------------------------------------------------------------

    def one(self, *choices):
        return self.random.choice(choices)

    def maybe(self, text, chance=0.5):
        return text if self.random.random() < chance else ""

    def some(self, make, low=1, high=3, separator=", "):
        return separator.join(make() for _ in range(self.random.randint(low, high)))

    def name(self):
        return self.random.choice(NAMES)

    def table(self):
        return self.random.choice(TABLES)

    def names(self):
        return ", ".join(self.random.sample(NAMES, self.random.randint(1, 3)))

    def string(self):
        return self.one("'x'", "'it''s'", "''", "'a.b'", "'$.a[0]'", "'ü'")

    def options(self):
        keys = self.random.sample(["connector", "topic", "format", "a.b.c", "scan.startup.mode"], self.random.randint(1, 3))
        return "(" + ", ".join(f"'{key}' = {self.string()}" for key in keys) + ")"

    def keys(self):
        return self.one("('a')", "('a', 'b.c')")

    def partition(self):
        return "PARTITION (" + self.one("a = 1", "a = 'x', b = -2", "`order` = DATE '2026-01-01'", "a = 1.5, b = TRUE") + ")"

    def type(self, depth=2):
        simple = ["INT", "INTEGER", "BIGINT", "STRING", "BOOLEAN", "DOUBLE", "DOUBLE PRECISION", "FLOAT", "DECIMAL(10, 2)", "DECIMAL",
                  "NUMERIC(5)", "CHAR(3)", "VARCHAR(20)", "VARCHAR", "BYTES", "BINARY(4)", "VARBINARY(8)", "DATE", "TIME", "TIME(3)",
                  "TIMESTAMP", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", "TIMESTAMP(3) WITH LOCAL TIME ZONE",
                  "TIMESTAMP(6) WITHOUT TIME ZONE", "SMALLINT", "TINYINT", "RAW('c', 's')"]
        if depth == 0 or self.random.random() < 0.6:
            return self.random.choice(simple)
        inner = lambda: self.type(depth - 1)
        return self.one(lambda: f"ARRAY<{inner()}>", lambda: f"MAP<{inner()}, {inner()}>", lambda: f"MULTISET<{inner()}>",
                        lambda: f"ROW<x {inner()}, `y z` {inner()} {self.maybe(self.string(), 0.2)}>",
                        lambda: f"ROW(x {inner()} NOT NULL)", lambda: f"ARRAY<{inner()} NOT NULL>")()

    # --- Expressions ----------------------------------------------------------------------------------------------------

    def interval(self):
        return self.one("INTERVAL '5' SECOND", "INTERVAL '1' DAY", "INTERVAL '10' MINUTE", "INTERVAL '1-2' YEAR TO MONTH",
                        "INTERVAL '1 02:03:04' DAY TO SECOND", "INTERVAL -'3' HOUR", "INTERVAL '2' MONTH", "INTERVAL '1.5' SECOND(3)")

    def literal(self):
        return self.one("1", "0", "42", "1.5", ".5", "1e3", "1.5E-2", "'x'", "'it''s'", "NULL", "TRUE", "FALSE", "UNKNOWN", "x'0aff'",
                        "DATE '2026-01-01'", "TIME '12:00:00'", "TIMESTAMP '2026-01-01 00:00:00'", "U&'\\00e9'", self.interval())

    def column(self):
        return self.one(self.name(), "t." + self.name(), "t.a." + self.name(), self.name() + "[1]", "m['k']", "a.b[2].c")

    def call(self, depth):
        e = lambda: self.expression(depth)
        return self.one(
            lambda: f"{self.random.choice(FUNCTIONS)}({self.some(e)})", lambda: "f()", lambda: f"f(x => {e()}, y => {e()})",
            lambda: f"CAST({e()} AS {self.type(1)})", lambda: f"TRY_CAST({e()} AS {self.type(1)})",
            lambda: f"EXTRACT({self.random.choice(UNITS)} FROM {e()})", lambda: f"FLOOR({e()} TO {self.random.choice(UNITS)})",
            lambda: f"CEIL({e()})", lambda: f"POSITION({self.name()} IN {self.column()})",
            lambda: f"SUBSTRING({e()} FROM 1 FOR 2)", lambda: f"SUBSTRING({e()}, 2)",
            lambda: f"TRIM({self.one('', 'BOTH ', 'LEADING ', 'TRAILING ')}'x' FROM {self.column()})",
            lambda: f"TRIM({self.column()})", lambda: f"OVERLAY({e()} PLACING 'x' FROM 1 FOR 2)",
            lambda: f"TIMESTAMPADD({self.random.choice(UNITS)}, 1, {e()})",
            lambda: f"TIMESTAMPDIFF({self.random.choice(UNITS)}, {e()}, {e()})", lambda: "CURRENT_TIMESTAMP", lambda: "LOCALTIME",
            lambda: "CURRENT_DATE", lambda: f"JSON_VALUE({self.column()}, '$.a'{self.maybe(' RETURNING INT')}"
            f"{self.maybe(' DEFAULT 1 ON EMPTY')}{self.maybe(' NULL ON ERROR')})",
            lambda: f"JSON_EXISTS({self.column()}, '$.a'{self.maybe(' TRUE ON ERROR')})",
            lambda: f"JSON_QUERY({self.column()}, '$.a'{self.maybe(' WITH CONDITIONAL ARRAY WRAPPER')}{self.maybe(' NULL ON EMPTY')})",
            lambda: f"JSON_OBJECT(KEY 'k' VALUE {e()}{self.maybe(' ABSENT ON NULL')})", lambda: f"JSON_ARRAY({e()}, {e()})",
            lambda: self.aggregate(depth))()

    def aggregate(self, depth):
        call = self.one(lambda: "COUNT(*)", lambda: f"{self.random.choice(AGGREGATES)}({self.maybe('DISTINCT ')}{self.expression(depth)})",
                        lambda: f"LISTAGG({self.column()}, ',')", lambda: f"JSON_OBJECTAGG(KEY {self.column()} VALUE {self.column()})")()
        call += self.maybe(f" FILTER (WHERE {self.condition(0)})", 0.2)
        return call

    def window(self):
        frame = self.one("", "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", "ROWS UNBOUNDED PRECEDING",
                         "RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW", "ROWS BETWEEN UNBOUNDED PRECEDING AND 2 FOLLOWING")
        return f"({self.maybe('PARTITION BY ' + self.column())} ORDER BY {self.order()} {frame})"

    def expression(self, depth=2):
        if depth <= 0:
            return self.one(self.column, self.column, self.literal)()
        e = lambda: self.expression(depth - 1)
        return self.one(
            self.column, self.literal, self.literal, lambda: self.call(depth - 1), lambda: self.call(depth - 1),
            lambda: f"{e()} {self.one('+', '-', '*', '/', '%', '||')} {e()}", lambda: f"({e()})", lambda: f"-{self.column()}",
            lambda: f"CASE {self.maybe(self.column(), 0.1)} WHEN {e()} THEN {e()} {self.maybe('ELSE ' + self.column())} END",
            lambda: f"ARRAY[{self.some(self.column)}]", lambda: f"MAP[{self.literal()}, {self.column()}]", lambda: f"ROW({self.some(e)})", lambda: f"({e()}, {e()})",
            lambda: f"(SELECT {self.column()} FROM {self.table()})", lambda: self.condition(depth - 1),
            lambda: f"{self.one('ROW_NUMBER()', 'RANK()', f'SUM({self.column()})', f'LAG({self.column()}, 1)')} OVER {self.window()}")()

    def condition(self, depth=2):
        e = lambda: self.expression(depth - 1)
        simple = self.one(
            lambda: f"{e()} {self.one('=', '<>', '<', '<=', '>', '>=')} {e()}", lambda: f"{e()} IS {self.maybe('NOT ')}NULL",
            lambda: f"{self.column()} {self.maybe('NOT ')}BETWEEN {self.maybe('SYMMETRIC ')}{self.column()} AND {self.literal()}",
            lambda: f"{e()} {self.maybe('NOT ')}IN ({self.some(self.literal)})",
            lambda: f"{self.column()} {self.maybe('NOT ')}LIKE 'a%'{self.maybe(chr(32) + 'ESCAPE ' + chr(39) + '!' + chr(39), 0.3)}",
            lambda: f"{self.column()} SIMILAR TO 'a|b'", lambda: f"{self.column()} IS {self.one('TRUE', 'NOT FALSE', 'UNKNOWN')}",
            lambda: f"{self.column()} IS {self.maybe('NOT ')}DISTINCT FROM {self.literal()}",
            lambda: f"{self.maybe('NOT ')}EXISTS (SELECT 1 FROM {self.table()})", lambda: f"{self.column()} IS JSON",
            lambda: f"{self.column()} IN (SELECT {self.column()} FROM {self.table()})",
            lambda: f"{self.column()} > {self.one('ALL', 'ANY', 'SOME')} (SELECT {self.column()} FROM {self.table()})")()
        if depth <= 0:
            return simple
        return self.one(lambda: simple, lambda: f"{simple} {self.one('AND', 'OR')} {self.condition(depth - 1)}",
                        lambda: f"NOT {simple}", lambda: f"({self.condition(depth - 1)})")()

    def order(self):
        return f"{self.column()}{self.one('', ' ASC', ' DESC')}{self.one('', ' NULLS FIRST', ' NULLS LAST')}"

    # --- Queries --------------------------------------------------------------------------------------------------------

    def window_function(self):
        size = "INTERVAL '10' MINUTE"
        return "TABLE(" + self.one(
            f"TUMBLE(TABLE {self.table()}, DESCRIPTOR(ts), {size}{self.maybe(', ' + size)})",
            f"HOP(TABLE {self.table()}, DESCRIPTOR(ts), INTERVAL '5' MINUTE, {size})",
            f"CUMULATE(DATA => TABLE {self.table()}, TIMECOL => DESCRIPTOR(ts), STEP => INTERVAL '2' MINUTE, SIZE => {size})",
            f"SESSION(TABLE {self.table()} PARTITION BY a, DESCRIPTOR(ts), {size})",
            f"TUMBLE(DATA => TABLE {self.table()}, TIMECOL => DESCRIPTOR(ts), SIZE => {size})") + ")"

    def match(self):
        pattern = self.one("A B+ C*", "A (B | C)? D{2,3}", "A{,3} B{2}", "A B*? {- C -} D", "PERMUTE(A, B) C", "(A B)+ C{2,}")
        return (f"{self.table()} MATCH_RECOGNIZE ({self.maybe('PARTITION BY ' + self.name())} ORDER BY ts "
                f"MEASURES A.ts AS s, {self.one('LAST(B.price)', 'FINAL LAST(B.price, 1)', 'MATCH_NUMBER()', 'SUM(B.price)')} AS x "
                f"{self.one('', 'ONE ROW PER MATCH', 'ALL ROWS PER MATCH')} "
                f"{self.one('', 'AFTER MATCH SKIP PAST LAST ROW', 'AFTER MATCH SKIP TO NEXT ROW', 'AFTER MATCH SKIP TO LAST B')} "
                f"PATTERN ({pattern}) {self.maybe('WITHIN ' + chr(73) + 'NTERVAL ' + chr(39) + '1' + chr(39) + ' HOUR')} "
                f"{self.maybe('SUBSET U = (A, B) ', 0.2)}DEFINE A AS A.price > 1, B AS B.price > PREV(B.price))")

    def source(self, depth):
        factor = self.one(
            self.table, self.table, lambda: f"{self.table()} /*+ OPTIONS('k' = 'v') */", self.window_function, self.match,
            lambda: f"{self.table()} FOR SYSTEM_TIME AS OF t.ts", lambda: f"({self.query(depth - 1)})" if depth > 0 else "t",
            lambda: f"UNNEST(t.a){self.maybe(' WITH ORDINALITY')}", lambda: f"LATERAL TABLE(f({self.column()}))",
            lambda: "(VALUES (1, 'x'), (2, 'y'))", lambda: f"LATERAL (SELECT * FROM {self.table()})")()
        return factor + self.one("", " AS r", " r", " AS r (x, y)") + self.maybe(" TABLESAMPLE BERNOULLI (10)", 0.05)

    def source_list(self, depth):
        text = self.source(depth)
        for _ in range(self.one(0, 0, 0, 1, 1, 2)):
            join = self.one("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "FULL OUTER JOIN")
            text += self.one(f" {join} {self.source(0)} ON {self.condition(1)}", f" {join} {self.source(0)} USING (a, b)",
                             f" CROSS JOIN {self.source(0)}", f", {self.source(0)}", f" NATURAL JOIN {self.source(0)}")
        return text

    def select(self, depth=2):
        item = lambda: self.one(lambda: self.expression(2), lambda: self.column(), lambda: "*", lambda: "t.*",
                                lambda: f"{self.expression(2)} AS {self.name()}", lambda: f"{self.column()} {self.name()}")()
        group = self.one("a, b", "()", "GROUPING SETS ((a, b), a, ())", "ROLLUP (a, b)", "CUBE (a), b", "(a, b)", "window_start, window_end",
                         "TUMBLE(ts, INTERVAL '1' HOUR)", "DISTINCT a, ROLLUP (b)")
        return (f"SELECT {self.maybe('/*+ STATE_TTL(' + chr(39) + 't' + chr(39) + ' = ' + chr(39) + '1d' + chr(39) + ') */ ', 0.1)}"
                f"{self.one('', '', 'DISTINCT ', 'ALL ')}{self.some(item)}"
                + self.maybe(f" FROM {self.source_list(depth)}"
                             + self.maybe(f" WHERE {self.condition()}")
                             + self.maybe(f" GROUP BY {group}" + self.maybe(f" HAVING {self.condition(1)}", 0.4), 0.3)
                             + self.maybe(f" WINDOW w AS {self.window()}", 0.1)
                             + self.maybe(f" QUALIFY {self.condition(1)}", 0.1), 0.9))

    def query(self, depth=2):
        text = self.one(lambda: self.select(depth), lambda: self.select(depth), lambda: self.select(depth),
                        lambda: f"VALUES {self.some(lambda: '(1, ' + self.literal() + ')')}", lambda: f"TABLE {self.table()}",
                        lambda: f"({self.select(depth - 1)})")()
        if self.random.random() < 0.25:
            text += f" {self.one('UNION', 'INTERSECT', 'EXCEPT')} {self.one('', 'ALL ', 'DISTINCT ')}" + self.select(depth - 1)
        text = self.maybe(f"WITH q AS ({self.select(0)}), p (x) AS ({self.select(0)}) ", 0.15) + text
        return (text + self.maybe(f" ORDER BY {self.some(self.order)}", 0.2)
                + self.one("", "", "", " LIMIT 10", " LIMIT ALL", " OFFSET 5 ROWS", " LIMIT 10 OFFSET 5", " FETCH FIRST 3 ROWS ONLY",
                           " OFFSET 1 ROW FETCH NEXT 1 ROW ONLY"))

    # --- Statements -----------------------------------------------------------------------------------------------------

    def column_definition(self, name):
        value = lambda: self.one(self.column, self.literal)()
        return name + " " + self.one(
            lambda: f"{self.type()} ARRAY", lambda: f"AS {value()} {self.one('+', '||', '>')} {value()}", lambda: f"AS UPPER({value()})",
            lambda: f"{self.type()}{self.one('', '', ' NOT NULL', ' NULL')}{self.maybe(' COMMENT ' + self.string(), 0.2)}",
            lambda: f"{self.type()} NOT NULL",
            lambda: f"{self.type()} METADATA{self.maybe(' FROM ' + self.string())}{self.maybe(' VIRTUAL')}")()

    def distribution(self):
        return self.one("BY (a) INTO 4 BUCKETS", "BY HASH(a, b)", "INTO 3 BUCKETS", "BY RANGE(a)")

    def create_table(self):
        parts = [self.column_definition(name) for name in self.random.sample(NAMES, self.random.randint(1, 5))]
        if self.random.random() < 0.3:
            parts.append("WATERMARK FOR ts AS ts - INTERVAL '5' SECOND")
        if self.random.random() < 0.3:
            parts.append(f"{self.maybe('CONSTRAINT pk ')}PRIMARY KEY (a) NOT ENFORCED")
        like = f" LIKE {self.table()}" + self.maybe(" (INCLUDING ALL EXCLUDING OPTIONS OVERWRITING WATERMARKS)")
        return (f"CREATE {self.maybe('TEMPORARY ')}TABLE {self.maybe('IF NOT EXISTS ')}{self.table()} ({', '.join(parts)})"
                + self.maybe(f" COMMENT {self.string()}", 0.2) + self.maybe(f" DISTRIBUTED {self.distribution()}", 0.1)
                + self.maybe(f" PARTITIONED BY ({self.names()})", 0.2) + self.maybe(f" WITH {self.options()}", 0.8) + self.maybe(like, 0.2))

    def insert(self):
        return (f"INSERT {self.one('INTO', 'INTO', 'OVERWRITE')} {self.table()} {self.maybe(self.partition(), 0.2)} "
                f"{self.maybe('(' + self.names() + ')', 0.3)} {self.query()}")

    def statement_set(self):
        return f"STATEMENT SET BEGIN {self.some(self.insert, 1, 2, '; ')}; END"

    def alter_table(self):
        add = lambda: self.one(self.column_definition(self.name()), "PRIMARY KEY (a) NOT ENFORCED", "WATERMARK FOR ts AS ts",
                               "DISTRIBUTION " + self.distribution(), f"x {self.type()} FIRST", f"x {self.type()} AFTER a")
        return f"ALTER TABLE {self.maybe('IF EXISTS ')}{self.table()} " + self.one(
            f"RENAME TO {self.table()}", f"RENAME {self.name()} TO {self.name()}", f"SET {self.options()}", f"RESET {self.keys()}",
            f"ADD {add()}", f"ADD ({add()}, {add()})", f"MODIFY {add()}", f"DROP {self.name()}", f"DROP ({self.names()})", "DROP PRIMARY KEY",
            "DROP CONSTRAINT c", "DROP WATERMARK", "DROP DISTRIBUTION", f"ADD IF NOT EXISTS {self.partition()} WITH {self.options()}",
            f"DROP {self.partition()}, {self.partition()}")

    def session(self):
        filter_ = f"{self.maybe(' ' + self.one('FROM', 'IN') + ' db')}{self.maybe(' ' + self.maybe('NOT ') + 'LIKE ' + self.string())}"
        return self.one(
            f"SHOW TABLES{filter_}", f"SHOW VIEWS{filter_}", f"SHOW FUNCTIONS{filter_}", "SHOW USER FUNCTIONS", f"SHOW MODELS{filter_}",
            "SHOW CATALOGS", f"SHOW DATABASES{filter_}", f"SHOW COLUMNS FROM {self.table()}", f"SHOW CREATE TABLE {self.table()}",
            f"SHOW CREATE VIEW {self.table()}", "SHOW CREATE CATALOG c", "SHOW CURRENT CATALOG", "SHOW CURRENT DATABASE", "SHOW MODULES",
            "SHOW FULL MODULES", "SHOW JARS", "SHOW JOBS", f"SHOW PROCEDURES{filter_}", f"SHOW PARTITIONS {self.table()} {self.partition()}",
            f"DESCRIBE {self.table()}", f"DESC EXTENDED {self.table()}", "DESCRIBE CATALOG c", "DESCRIBE DATABASE EXTENDED db",
            "DESCRIBE FUNCTION f", "DESCRIBE JOB 'x'", "USE CATALOG c", "USE db", "USE cat.db", "USE MODULES m, n", "SET", "SET 'a.b' = 'c'",
            "RESET", "RESET 'a.b'", "LOAD MODULE m WITH ('a' = 'b')", "UNLOAD MODULE m", "ADD JAR 'x.jar'", "REMOVE JAR 'x.jar'",
            "STOP JOB 'x' WITH SAVEPOINT", f"TRUNCATE TABLE {self.table()}", "EXECUTE PLAN 'x.json'", f"CALL db.p({self.some(self.literal)})",
            f"ANALYZE TABLE {self.table()} COMPUTE STATISTICS{self.one('', ' FOR ALL COLUMNS', ' FOR COLUMNS a, b')}")

    def definition(self):
        exists = self.maybe("IF EXISTS ")
        absent = self.maybe("IF NOT EXISTS ")
        return self.one(
            f"CREATE {self.maybe('OR REPLACE ', 0.2)}{self.maybe('TEMPORARY ')}VIEW {absent}{self.table()} {self.maybe('(x, y)')} AS {self.query()}",
            f"CREATE {self.maybe('TEMPORARY ')}FUNCTION {absent}f AS 'a.B'{self.one('', ' LANGUAGE JAVA', ' LANGUAGE PYTHON')}",
            "CREATE TEMPORARY SYSTEM FUNCTION f AS 'a.B' LANGUAGE JAVA USING JAR 'x', JAR 'y'", f"CREATE CATALOG {absent}c WITH {self.options()}",
            f"CREATE DATABASE {absent}cat.db COMMENT 'x' WITH {self.options()}", f"CREATE TABLE {self.table()} WITH {self.options()} AS {self.query()}",
            f"CREATE TABLE {self.table()} (a, b) AS {self.query()}", f"REPLACE TABLE {self.table()} AS {self.query()}",
            f"CREATE MODEL {absent}m INPUT (a INT) OUTPUT (b STRING) WITH {self.options()}",
            f"CREATE MATERIALIZED TABLE {self.table()} FRESHNESS = INTERVAL '1' MINUTE REFRESH_MODE = FULL AS {self.query()}",
            f"DROP {self.maybe('TEMPORARY ')}TABLE {exists}{self.table()}", f"DROP {self.maybe('TEMPORARY ')}VIEW {exists}{self.table()}",
            f"DROP TEMPORARY SYSTEM FUNCTION {exists}f", f"DROP DATABASE {exists}db{self.one('', ' CASCADE', ' RESTRICT')}",
            f"DROP CATALOG {exists}c", f"DROP MODEL {exists}m", f"DROP MATERIALIZED TABLE {exists}t", f"ALTER DATABASE db SET {self.options()}",
            f"ALTER VIEW v AS {self.query()}", "ALTER VIEW v RENAME TO w", "ALTER FUNCTION f AS 'a.B'", f"ALTER CATALOG c RESET {self.keys()}",
            f"ALTER MODEL m SET {self.options()}", "ALTER MATERIALIZED TABLE t SUSPEND",
            "ALTER MATERIALIZED TABLE t SET FRESHNESS = INTERVAL '1' HOUR", f"ALTER MATERIALIZED TABLE t REFRESH {self.partition()}")

    def change(self):
        return self.one(
            self.insert, self.insert, lambda: f"EXECUTE {self.statement_set()}", lambda: f"EXECUTE {self.insert()}",
            lambda: f"UPDATE {self.table()} SET a = {self.expression(1)}, b = 2 WHERE {self.condition(1)}",
            lambda: f"DELETE FROM {self.table()} WHERE {self.condition(1)}", lambda: f"COMPILE PLAN 'x' IF NOT EXISTS FOR {self.insert()}",
            lambda: f"COMPILE AND EXECUTE PLAN 'x' FOR {self.statement_set()}")()

    def explain(self):
        detail = self.one("", "PLAN FOR", "ESTIMATED_COST", "CHANGELOG_MODE, JSON_EXECUTION_PLAN", "PLAN_ADVICE")
        return f"EXPLAIN {detail} " + self.one(self.query, self.insert, self.statement_set)()

    def valid(self):
        return self.random.choices([self.query, self.create_table, self.change, self.definition, self.session, self.alter_table,
                                    self.explain], [40, 15, 10, 12, 12, 6, 5])[0]()

    # --- Mutations ------------------------------------------------------------------------------------------------------

    def mutated(self, text, other):
        tokens = TOKENS.findall(text)
        for _ in range(self.one(1, 1, 2)):
            at = self.random.randrange(len(tokens))
            kind = self.random.randrange(6)
            if kind == 0 and len(tokens) > 1:
                del tokens[at]
            elif kind == 1:
                tokens.insert(at, tokens[at])
            elif kind == 2:
                tokens.insert(at, self.random.choice(NOISE))
            elif kind == 3:
                tokens[at] = self.random.choice(TOKENS.findall(other))
            elif kind == 4 and at + 1 < len(tokens):
                tokens[at], tokens[at + 1] = tokens[at + 1], tokens[at]
            elif at > 0:
                del tokens[at:]
        return " ".join(tokens)

    def batch(self, count):
        """`count` statements, every second one a mutation."""
        statements = []
        while len(statements) < count:
            text = self.valid()
            statements += [text, self.mutated(self.valid(), text)]
        return statements[:count]
