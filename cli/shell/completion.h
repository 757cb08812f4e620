// What may stand where the cursor is: keywords, tables, columns, functions, settings. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/planner/script_compiler.h"

namespace millrace {

struct Completion {
  size_t length = 0;  // So many bytes before the cursor are what the candidates begin with.
  std::vector<std::string> candidates;  // Sorted.
};

// `text` is the statement up to the cursor. Keywords are given in the case in which they were
// begun; columns are those of tables that the statement names.
Completion Complete(std::string_view text, const SqlSession& session);

// The longest beginning that all have, whatever its case; empty for none.
std::string CommonPrefix(const std::vector<std::string>& candidates);

}  // namespace millrace
