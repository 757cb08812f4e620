// The statements that Flink has and Millrace has not, so that they get an answer of their own.
#include <algorithm>
#include <iterator>

#include "absl/strings/str_join.h"
#include "coordinator/sql/parse/statement_parser.h"

namespace millrace {
namespace {

using Words = std::initializer_list<std::string_view>;

// Several ways to begin one statement stand in several lines. The rest of the line is what the
// message calls it; a longer beginning stands before a shorter one.
const Words kUnbuilt[] = {
    {"ALTER", "CATALOG"},
    {"ALTER", "CONNECTION"},
    {"ALTER", "DATABASE"},
    {"ALTER", "FUNCTION"},
    {"ALTER", "MATERIALIZED", "TABLE"},
    {"ALTER", "MODEL"},
    {"ALTER", "TABLE"},
    {"ALTER", "VIEW"},
    {"ADD", "JAR"},
    {"ANALYZE", "TABLE"},
    {"CALL"},
    {"CLEAR"},
    {"COMPILE", "AND", "EXECUTE", "PLAN"},
    {"COMPILE", "PLAN"},
    {"CREATE", "CATALOG"},
    {"CREATE", "CONNECTION"},
    {"CREATE", "DATABASE"},
    {"CREATE", "FUNCTION"},
    {"CREATE", "MATERIALIZED", "TABLE"},
    {"CREATE", "MODEL"},
    {"CREATE", "OR", "ALTER", "MATERIALIZED", "TABLE"},
    {"CREATE", "OR", "REPLACE", "TABLE"},
    {"CREATE", "TEMPORARY", "FUNCTION"},
    {"CREATE", "TEMPORARY", "CONNECTION"},
    {"CREATE", "TEMPORARY", "MODEL"},
    {"CREATE", "TEMPORARY", "SYSTEM", "FUNCTION"},
    {"DELETE", "FROM"},
    {"DESCRIBE", "CATALOG"},
    {"DESCRIBE", "CONNECTION"},
    {"DESCRIBE", "DATABASE"},
    {"DESCRIBE", "FUNCTION"},
    {"DESCRIBE", "JOB"},
    {"DESCRIBE", "MODEL"},
    {"DROP", "CATALOG"},
    {"DROP", "CONNECTION"},
    {"DROP", "DATABASE"},
    {"DROP", "FUNCTION"},
    {"DROP", "MATERIALIZED", "TABLE"},
    {"DROP", "MODEL"},
    {"DROP", "TEMPORARY", "CONNECTION"},
    {"DROP", "TEMPORARY", "FUNCTION"},
    {"DROP", "TEMPORARY", "MODEL"},
    {"DROP", "TEMPORARY", "SYSTEM", "FUNCTION"},
    {"EXECUTE", "PLAN"},
    {"EXIT"},
    {"HELP"},
    {"LOAD", "MODULE"},
    {"QUIT"},
    {"REMOVE", "JAR"},
    {"REPLACE", "TABLE"},
    {"SHOW", "CREATE", "CATALOG"},
    {"SHOW", "CREATE", "CONNECTION"},
    {"SHOW", "CREATE", "MATERIALIZED", "TABLE"},
    {"SHOW", "CREATE", "MODEL"},
    {"SHOW", "CONNECTIONS"},
    {"SHOW", "FULL", "MODULES"},
    {"SHOW", "JARS"},
    {"SHOW", "JOBS"},
    {"SHOW", "MATERIALIZED", "TABLES"},
    {"SHOW", "MODELS"},
    {"SHOW", "MODULES"},
    {"SHOW", "PARTITIONS"},
    {"SHOW", "PROCEDURES"},
    {"STOP", "JOB"},
    {"TRUNCATE", "TABLE"},
    {"UNLOAD", "MODULE"},
    {"UPDATE"},
    {"USE", "MODULES"},
};

}  // namespace

void RefuseUnbuiltStatement(TokenCursor& cursor) {
  const auto* found = std::find_if(std::begin(kUnbuilt), std::end(kUnbuilt),
                                   [&](const Words& words) { return cursor.AtWords(words); });
  if (found == std::end(kUnbuilt)) return;
  const SourceSpan last = cursor.Peek(found->size() - 1).span;
  cursor.FailNotBuilt(SourceSpan::Cover(cursor.Peek().span, last),
                      absl::StrJoin(*found, " ", [](std::string* out, std::string_view word) {
                        out->append(word.data(), word.size());
                      }));
}

}  // namespace millrace
