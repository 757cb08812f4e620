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
    "UNION", "UNIQUE", "UNKNOWN", "UNNEST", "UPDATE", "USING", "VALUES", "WHEN", "WHERE",
    "WINDOW", "WITH",
};

// What Flink reserves beyond those; sorted.
constexpr std::string_view kReservedInFlinkOnly[] = {
    "ABS", "ALLOCATE", "ALLOW", "ARE", "ARRAY_CONCAT_AGG", "ARRAY_MAX_CARDINALITY", "ASENSITIVE",
    "AT", "ATOMIC", "AUTHORIZATION", "AVG", "BEGIN", "BEGIN_FRAME", "BEGIN_PARTITION", "BIGINT",
    "BINARY", "BIT", "BLOB", "BOOLEAN", "BOTH", "BUCKETS", "BYTES", "CALL", "CALLED",
    "CARDINALITY", "CASCADED", "CATALOGS", "CEIL", "CEILING", "CHAR", "CHARACTER",
    "CHARACTER_LENGTH", "CHAR_LENGTH", "CHECK", "CLASSIFIER", "CLOB", "CLOSE", "COALESCE",
    "COLLATE", "COLLECT", "COLUMN", "COMMENT", "COMMIT", "CONDITION", "CONNECT", "CONTAINS",
    "CONTAINS_SUBSTR", "CONTINUOUS", "CONVERT", "CORR", "CORRESPONDING", "COUNT", "COVAR_POP",
    "COVAR_SAMP", "CUBE", "CUME_DIST", "CURRENT", "CURRENT_CATALOG",
    "CURRENT_DEFAULT_TRANSFORM_GROUP", "CURRENT_PATH", "CURRENT_ROLE", "CURRENT_ROW",
    "CURRENT_SCHEMA", "CURRENT_TRANSFORM_GROUP_FOR_TYPE", "CURRENT_USER", "CURSOR", "CYCLE",
    "DATABASES", "DATETIME", "DATETIME_TRUNC", "DATE_TRUNC", "DAY", "DEALLOCATE", "DEC",
    "DECIMAL", "DECLARE", "DEFINE", "DENSE_RANK", "DEREF", "DETERMINISTIC", "DISALLOW",
    "DISCONNECT", "DISTRIBUTED", "DISTRIBUTION", "DOUBLE", "DYNAMIC", "EACH", "ELEMENT", "EMPTY",
    "END_FRAME", "END_PARTITION", "EQUALS", "EVERY", "EXEC", "EXP", "EXTEND", "EXTENDED",
    "EXTERNAL", "EXTRACT", "FILTER", "FIRST_VALUE", "FLOAT", "FLOOR", "FOREIGN", "FRAME_ROW",
    "FREE", "FRESHNESS", "FRIDAY", "FUNCTION", "FUNCTIONS", "FUSION", "GET", "GLOBAL", "GRANT",
    "GROUPING", "GROUPS", "GROUP_CONCAT", "HASH", "HOLD", "HOUR", "IDENTITY", "ILIKE", "IMPORT",
    "INCLUDE", "INDICATOR", "INITIAL", "INOUT", "INSENSITIVE", "INT", "INTEGER", "INTERSECTION",
    "JSON_ARRAY", "JSON_ARRAYAGG", "JSON_EXISTS", "JSON_OBJECT", "JSON_OBJECTAGG", "JSON_QUERY",
    "JSON_SCOPE", "JSON_VALUE", "LAG", "LANGUAGE", "LARGE", "LAST_VALUE", "LEAD", "LEADING",
    "LIKE_REGEX", "LN", "LOCAL", "LOWER", "MATCH", "MATCHES", "MATCH_NUMBER", "MATERIALIZED",
    "MAX", "MEASURES", "MEMBER", "METHOD", "MIN", "MINUTE", "MOD", "MODELS", "MODIFIES", "MODIFY",
    "MODULE", "MODULES", "MONDAY", "MONTH", "NATIONAL", "NCHAR", "NCLOB", "NEW", "NEXT", "NO",
    "NONE", "NORMALIZE", "NTH_VALUE", "NTILE", "NULLIF", "NUMERIC", "OCCURRENCES_REGEX",
    "OCTET_LENGTH", "OF", "OLD", "OMIT", "ONE", "ONLY", "OPEN", "ORDINAL", "OUT", "OVERLAY",
    "PARAMETER", "PATTERN", "PER", "PERCENT", "PERCENTILE_CONT", "PERCENTILE_DISC",
    "PERCENT_RANK", "PERIOD", "PERMUTE", "PIVOT", "PORTION", "POSITION", "POSITION_REGEX",
    "POWER", "PRECEDES", "PRECISION", "PREPARE", "PREV", "PROCEDURE", "PROCEDURES", "QUARTERS",
    "RANK", "RAW", "READS", "REAL", "RECURSIVE", "REF", "REFERENCES", "REFERENCING", "REFRESH",
    "REFRESH_MODE", "REGR_AVGX", "REGR_AVGY", "REGR_COUNT", "REGR_INTERCEPT", "REGR_R2",
    "REGR_SLOPE", "REGR_SXX", "REGR_SXY", "REGR_SYY", "RELEASE", "RENAME", "RESET", "RESULT",
    "RESUME", "RETURN", "RETURNS", "REVOKE", "RLIKE", "ROLLBACK", "ROLLUP", "ROW", "ROW_NUMBER",
    "RUNNING", "SAFE_CAST", "SAFE_OFFSET", "SAFE_ORDINAL", "SATURDAY", "SAVEPOINT", "SCALA",
    "SCOPE", "SCROLL", "SEARCH", "SECOND", "SEEK", "SENSITIVE", "SEPARATOR", "SESSION_USER",
    "SHOW", "SKIP", "SMALLINT", "SPECIFIC", "SPECIFICTYPE", "SQL", "SQLEXCEPTION", "SQLSTATE",
    "SQLWARNING", "SQRT", "START", "STATEMENT", "STATIC", "STDDEV_POP", "STDDEV_SAMP", "STREAM",
    "STRING", "STRING_AGG", "STRUCTURED", "SUBMULTISET", "SUBSET", "SUBSTRING", "SUBSTRING_REGEX",
    "SUCCEEDS", "SUM", "SUNDAY", "SUSPEND", "SYSTEM", "SYSTEM_TIME", "SYSTEM_USER", "TABLES",
    "THURSDAY", "TIMESTAMP_DIFF", "TIMESTAMP_LTZ", "TIMESTAMP_TRUNC", "TIMEZONE_HOUR",
    "TIMEZONE_MINUTE", "TIME_DIFF", "TIME_TRUNC", "TINYINT", "TO", "TRAILING", "TRANSLATE",
    "TRANSLATE_REGEX", "TRANSLATION", "TREAT", "TRIGGER", "TRIM", "TRIM_ARRAY", "TRUNCATE",
    "TRY_CAST", "TUESDAY", "UESCAPE", "UNPIVOT", "UPPER", "UPSERT", "USE", "USER", "VALUE",
    "VALUE_OF", "VARBINARY", "VARCHAR", "VARIANT", "VARYING", "VAR_POP", "VAR_SAMP", "VERSIONING",
    "VIEWS", "WEDNESDAY", "WEEKS", "WHENEVER", "WIDTH_BUCKET", "WITHIN", "WITHOUT", "YEAR",
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

std::vector<std::string> ReservedWords() {
  return {std::begin(kReserved), std::end(kReserved)};
}

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
