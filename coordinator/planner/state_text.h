// What an operator keeps from one batch to the next, for people: the "state per operator" of
// EXPLAIN. Pure.
#pragma once

#include <string>

#include "common/plan/operators.h"

namespace millrace {

// "COUNT(*) by page and slice of 10 s, until its windows end"; empty for an operator without state.
// `input` are the columns of its first input; of a source it is not looked at.
std::string StateText(const OperatorSpec& spec, const Schema& input);

}  // namespace millrace
