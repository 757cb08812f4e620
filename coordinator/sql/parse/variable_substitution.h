// ${NAME} in a script is replaced before it is parsed, also within quotes: the values of a
// deployment stay out of the file. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

struct SubstitutedScript {
  std::string text;                        // Without diagnostics only.
  std::vector<SqlDiagnostic> diagnostics;  // Spans are offsets into the text before.
};

// A name is letters, digits, '_', '.' and '-'. An undefined one is reported with its place and the
// nearest defined name. Values are not looked into again. `$${` stands for a plain `${`.
SubstitutedScript SubstituteVariables(std::string_view text,
                                      const std::map<std::string, std::string>& variables);

}  // namespace millrace
