#include "coordinator/sql/parse/keywords.h"

#include <algorithm>
#include <iterator>

namespace millrace {
namespace {

// clang-format off
// Sorted: looked up by bisection.
constexpr std::string_view kReserved[] = {
    "ALL", "ALTER", "AND", "ANY", "ARRAY", "AS", "ASYMMETRIC", "BETWEEN", "BY", "CASE", "CAST",
    "CONSTRAINT", "CREATE", "CROSS", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATE",
    "DEFAULT", "DELETE", "DESCRIBE", "DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT",
    "EXECUTE", "EXISTS", "EXPLAIN", "FALSE", "FETCH", "FOR", "FROM", "FULL", "GROUP", "HAVING",
    "IN", "INNER", "INSERT", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN", "LATERAL", "LEFT",
    "LIKE", "LIMIT", "LOCALTIME", "LOCALTIMESTAMP", "MATCH_RECOGNIZE", "MERGE", "MINUS",
    "MULTISET", "NATURAL", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "OVER",
    "OVERLAPS", "PARTITION", "PRIMARY", "QUALIFY", "RANGE", "RIGHT", "ROWS", "SELECT", "SET",
    "SIMILAR", "SOME", "SYMMETRIC", "TABLE", "TABLESAMPLE", "THEN", "TIME", "TIMESTAMP", "TRUE",
    "UNION", "UNIQUE", "UNKNOWN", "UNNEST", "UPDATE", "USING", "VALUES", "WATERMARK", "WHEN",
    "WHERE", "WINDOW", "WITH",
};

// What Flink reserves beyond those; sorted.
constexpr std::string_view kReservedInFlinkOnly[] = {
    "ABS", "ALLOCATE", "ALLOW", "ARE", "ARRAY_MAX_CARDINALITY", "ASENSITIVE", "AT", "ATOMIC",
    "AUTHORIZATION", "AVG", "BEGIN", "BEGIN_FRAME", "BEGIN_PARTITION", "BIGINT", "BINARY", "BIT",
    "BLOB", "BOOLEAN", "BOTH", "BYTES", "CALL", "CALLED", "CARDINALITY", "CASCADED", "CATALOGS",
    "CEIL", "CEILING", "CHAR", "CHARACTER", "CHARACTER_LENGTH", "CHAR_LENGTH", "CHECK",
    "CLASSIFIER", "CLOB", "CLOSE", "COALESCE", "COLLATE", "COLLECT", "COLUMN", "COMMENT", "COMMIT",
    "CONDITION", "CONNECT", "CONTAINS", "CONTINUOUS", "CONVERT", "CORR", "CORRESPONDING", "COUNT",
    "COVAR_POP", "COVAR_SAMP", "CUBE", "CUME_DIST", "CURRENT", "CURRENT_CATALOG", "CURRENT_PATH",
    "CURRENT_ROLE", "CURRENT_ROW", "CURRENT_SCHEMA", "CURRENT_USER", "CURSOR", "CYCLE",
    "DATABASES", "DAY", "DEALLOCATE", "DEC", "DECIMAL", "DECLARE", "DEFINE", "DENSE_RANK", "DEREF",
    "DETERMINISTIC", "DISALLOW", "DISCONNECT", "DISTRIBUTED", "DISTRIBUTION", "DOUBLE", "DYNAMIC",
    "EACH", "ELEMENT", "EMPTY", "END_FRAME", "END_PARTITION", "EQUALS", "EVERY", "EXEC", "EXP",
    "EXTEND", "EXTENDED", "EXTERNAL", "EXTRACT", "FILTER", "FIRST_VALUE", "FLOAT", "FLOOR",
    "FOREIGN", "FRAME_ROW", "FREE", "FRESHNESS", "FUNCTION", "FUNCTIONS", "FUSION", "GET",
    "GLOBAL", "GRANT", "GROUPING", "GROUPS", "HASH", "HOLD", "HOUR", "IDENTITY", "IMPORT",
    "INDICATOR", "INITIAL", "INOUT", "INSENSITIVE", "INT", "INTEGER", "INTERSECTION", "JSON_ARRAY",
    "JSON_ARRAYAGG", "JSON_EXISTS", "JSON_OBJECT", "JSON_OBJECTAGG", "JSON_QUERY", "JSON_VALUE",
    "LAG", "LANGUAGE", "LARGE", "LAST_VALUE", "LEAD", "LEADING", "LIKE_REGEX", "LN", "LOCAL",
    "LOWER", "MATCH", "MATCHES", "MATCH_NUMBER", "MATERIALIZED", "MAX", "MEASURES", "MEMBER",
    "METHOD", "MIN", "MINUTE", "MOD", "MODIFIES", "MODIFY", "MODULE", "MODULES", "MONTH",
    "NATIONAL", "NCHAR", "NCLOB", "NEW", "NEXT", "NO", "NONE", "NORMALIZE", "NTH_VALUE", "NTILE",
    "NULLIF", "NUMERIC", "OCCURRENCES_REGEX", "OCTET_LENGTH", "OF", "OLD", "OMIT", "ONE", "ONLY",
    "OPEN", "OUT", "OVERLAY", "PARAMETER", "PATTERN", "PER", "PERCENT", "PERCENTILE_CONT",
    "PERCENTILE_DISC", "PERCENT_RANK", "PERIOD", "PERMUTE", "PORTION", "POSITION",
    "POSITION_REGEX", "POWER", "PRECEDES", "PRECISION", "PREPARE", "PREV", "PROCEDURE",
    "PROCEDURES", "RANK", "RAW", "READS", "REAL", "RECURSIVE", "REF", "REFERENCES", "REFERENCING",
    "REFRESH", "REGR_COUNT", "REGR_SXX", "REGR_SYY", "RELEASE", "RENAME", "RESET", "RESULT",
    "RESUME", "RETURN", "RETURNS", "REVOKE", "ROLLBACK", "ROLLUP", "ROW", "ROW_NUMBER", "RUNNING",
    "SAVEPOINT", "SCALA", "SCOPE", "SCROLL", "SEARCH", "SECOND", "SEEK", "SENSITIVE",
    "SESSION_USER", "SHOW", "SKIP", "SMALLINT", "SPECIFIC", "SPECIFICTYPE", "SQL", "SQLEXCEPTION",
    "SQLSTATE", "SQLWARNING", "SQRT", "START", "STATEMENT", "STATIC", "STDDEV_POP", "STDDEV_SAMP",
    "STREAM", "STRING", "STRUCTURED", "SUBMULTISET", "SUBSET", "SUBSTRING", "SUBSTRING_REGEX",
    "SUCCEEDS", "SUM", "SUSPEND", "SYSTEM", "SYSTEM_TIME", "SYSTEM_USER", "TABLES",
    "TIMESTAMP_LTZ", "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "TINYINT", "TO", "TRAILING", "TRANSLATE",
    "TRANSLATE_REGEX", "TRANSLATION", "TREAT", "TRIGGER", "TRIM", "TRIM_ARRAY", "TRUNCATE",
    "UESCAPE", "UPPER", "UPSERT", "USE", "USER", "VALUE", "VALUE_OF", "VARBINARY", "VARCHAR",
    "VARYING", "VAR_POP", "VAR_SAMP", "VERSIONING", "VIEWS", "WATERMARKS", "WHENEVER",
    "WIDTH_BUCKET", "WITHIN", "WITHOUT", "YEAR",
};
// clang-format on

static_assert(std::is_sorted(std::begin(kReserved), std::end(kReserved)));
static_assert(std::is_sorted(std::begin(kReservedInFlinkOnly), std::end(kReservedInFlinkOnly)));

}  // namespace

bool IsReservedWord(std::string_view upper) {
  return std::binary_search(std::begin(kReserved), std::end(kReserved), upper);
}

bool IsReservedInFlink(std::string_view upper) {
  return IsReservedWord(upper) || std::binary_search(std::begin(kReservedInFlinkOnly),
                                                     std::end(kReservedInFlinkOnly), upper);
}

bool IsCallableReservedWord(std::string_view upper) { return upper == "LEFT" || upper == "RIGHT"; }

const std::vector<std::string>& StatementWords() {
  static const std::vector<std::string> words = {
      "ALTER", "ANALYZE", "BEGIN",    "CALL",   "CREATE", "DELETE", "DESCRIBE", "DROP",
      "END",   "EXECUTE", "EXPLAIN",  "INSERT", "LOAD",   "RESET",  "SELECT",   "SET",
      "SHOW",  "STOP",    "TRUNCATE", "UNLOAD", "UPDATE", "USE",    "VALUES",   "WITH"};
  return words;
}

const std::vector<std::string>& ClauseWords() {
  static const std::vector<std::string> words = {
      "FROM",  "WHERE",  "GROUP", "HAVING",  "WINDOW",    "QUALIFY", "ORDER",
      "LIMIT", "OFFSET", "FETCH", "UNION",   "INTERSECT", "EXCEPT",  "JOIN",
      "INNER", "CROSS",  "USING", "LATERAL", "OVER",      "DISTINCT"};
  return words;
}

}  // namespace millrace
