// The statements that Flink has and that are not read here, so that they get an answer of their
// own.
#include <algorithm>
#include <iterator>

#include "absl/strings/str_join.h"
#include "coordinator/sql/parse/statement_parser.h"

namespace millrace {
namespace {

using Words = std::initializer_list<std::string_view>;

// The words are what the message calls it. Connections are newer than Flink 2.2; the last ones are
// of Flink's client.
const Words kUnbuilt[] = {
    {"ALTER", "CONNECTION"},
    {"CREATE", "CONNECTION"},
    {"CREATE", "TEMPORARY", "CONNECTION"},
    {"DROP", "CONNECTION"},
    {"DROP", "TEMPORARY", "CONNECTION"},
    {"SHOW", "CREATE", "CONNECTION"},
    {"SHOW", "CONNECTIONS"},
    {"CREATE", "OR", "ALTER", "MATERIALIZED", "TABLE"},
    {"CLEAR"},
    {"EXIT"},
    {"HELP"},
    {"QUIT"},
};

const Words* FindUnbuilt(const TokenCursor& cursor) {
  const auto* found = std::find_if(std::begin(kUnbuilt), std::end(kUnbuilt),
                                   [&](const Words& words) { return cursor.AtWords(words); });
  return found == std::end(kUnbuilt) ? nullptr : found;
}

}  // namespace

bool AtUnbuiltStatement(const TokenCursor& cursor) { return FindUnbuilt(cursor) != nullptr; }

void RefuseUnbuiltStatement(TokenCursor& cursor) {
  const Words* found = FindUnbuilt(cursor);
  if (found == nullptr) return;
  const SourceSpan last = cursor.Peek(found->size() - 1).span;
  cursor.FailNotBuilt(SourceSpan::Cover(cursor.Peek().span, last),
                      absl::StrJoin(*found, " ", [](std::string* out, std::string_view word) {
                        out->append(word.data(), word.size());
                      }));
}

}  // namespace millrace
