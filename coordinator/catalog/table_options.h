// Checks the options of a table against the specs (option_spec.h), as far as that needs no look at
// the outside world. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/plan/table.h"
#include "coordinator/catalog/option_spec.h"

namespace millrace {

struct OptionProblem {
  std::string key;         // Empty: about the options as a whole.
  bool in_value = false;   // The value is at fault, not the key.
  bool not_built = false;  // Right for Flink.
  std::string message;
  std::string hint;  // May be empty.
};

// What is wrong whoever uses the table: an unknown connector, format or key, a value of the wrong
// type. Options without a 'connector' (the base of a LIKE) have no problem here. `columns` are the
// names that "fields.#..." may hold. In the order of keys.
std::vector<OptionProblem> CheckOptions(const TableOptions& options,
                                        const std::vector<std::string>& columns);

// What is wrong with using the table as a source or as a sink: it cannot be one, or a required
// option is missing. REQUIRES: `use` is not kAlways.
std::vector<OptionProblem> CheckUse(const TableOptions& options, OptionUse use);

}  // namespace millrace
