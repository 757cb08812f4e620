// ${NAME} in a script is replaced before it is parsed, also within quotes: the values of a
// deployment stay out of the file. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

// A variable and its value, as places in the text before and after.
struct Replacement {
  SourceSpan before;
  SourceSpan after;
};

struct SubstitutedScript {
  std::string text;                        // Without diagnostics only.
  std::vector<SqlDiagnostic> diagnostics;  // Spans are offsets into the text before.
  std::vector<Replacement> replacements;   // In the order of the text.
};

// A name is letters, digits, '_', '.' and '-'. An undefined one is reported with its place and the
// nearest defined name. Values are not looked into again. `$${` stands for a plain `${`.
SubstitutedScript SubstituteVariables(std::string_view text,
                                      const std::map<std::string, std::string>& variables);

// The place in the text before of `span`, a place in the text after. What lies in a value is the
// whole variable.
SourceSpan PlaceBefore(SourceSpan span, const std::vector<Replacement>& replacements);

}  // namespace millrace
