// Which words are not names. Keywords are compared in upper case; everything here takes them so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// The words that the grammar needs: as a name they must stand in back-quotes. All of them are
// reserved in Flink too.
bool IsReservedWord(std::string_view upper);

// All words that Flink reserves. Names that are such words are written in back-quotes, so that the
// text which Millrace shows can be run on Flink; in what Millrace reads, back-quotes are needed for
// reserved words (above) only.
bool IsReservedInFlink(std::string_view upper);

// A reserved word that is also the name of a function, LEFT(s, 2): before a parenthesis it calls.
bool IsCallableReservedWord(std::string_view upper);

// All that IsReservedWord accepts, sorted.
std::vector<std::string> ReservedWords();

// For "did you mean".
const std::vector<std::string>& StatementWords();  // The first words of statements.
const std::vector<std::string>& ClauseWords();     // The words that begin a clause of a query.

}  // namespace millrace
