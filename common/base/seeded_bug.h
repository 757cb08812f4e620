// Known bugs that are put back on purpose, to show that the tests find them (tests/chaos,
// seeded_bugs.py): a suite that stays green whatever the engine does proves nothing.
//
//   if (SeededBug("marker_skipped")) ...
//
// Built only with the CMake option MILLRACE_SEEDED_BUGS; without it, a constant false, and the
// branch is gone. With it, the bug of that name is there in processes that were started with it in
// the environment: MILLRACE_SEEDED_BUG=marker_skipped. Each stands at the place of the rule that it
// breaks. Thread-safe.
#pragma once

#include <string_view>

namespace millrace {

#if defined(MILLRACE_SEEDED_BUGS)
// The first time that it is true, standard error tells so.
bool SeededBug(std::string_view name);
#else
constexpr bool SeededBug(std::string_view) { return false; }
#endif

}  // namespace millrace
