// Problems with options, at the places where the options are written.
#pragma once

#include <string>
#include <vector>

#include "coordinator/catalog/table_options.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/query_ast.h"

namespace millrace {

struct OptionPlace {
  std::string table;  // Its name.
  SourceSpan span;    // Where to point if an option is not among `entries`.
  const std::vector<OptionEntry>* entries = nullptr;  // As written; may be null.
};

// Whether there were none.
bool ReportOptionProblems(const std::vector<OptionProblem>& problems, const OptionPlace& place,
                          DiagnosticLog& log);

}  // namespace millrace
