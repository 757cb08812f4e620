#include "common/base/seeded_bug.h"

#if defined(MILLRACE_SEEDED_BUGS)

#include <cstdio>
#include <cstdlib>
#include <string>

namespace millrace {

bool SeededBug(std::string_view name) {
  static const auto* const chosen = [] {
    const char* const value = std::getenv("MILLRACE_SEEDED_BUG");
    return new std::string(value == nullptr ? "" : value);
  }();
  if (name != *chosen) return false;
  [[maybe_unused]] static const int told =
      std::fprintf(stderr, "seeded bug %s is active\n", chosen->c_str());
  return true;
}

}  // namespace millrace

#endif  // MILLRACE_SEEDED_BUGS
