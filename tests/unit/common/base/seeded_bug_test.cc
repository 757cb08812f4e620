#include "common/base/seeded_bug.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

#if !defined(MILLRACE_SEEDED_BUGS)
// A constant: the compiler has seen that no bug is left in.
static_assert(!SeededBug("marker_skipped"));

TEST(SeededBugTest, AnOrdinaryBuildHasNoneWhateverTheEnvironmentSays) {
  ASSERT_EQ(setenv("MILLRACE_SEEDED_BUG", "marker_skipped", /*overwrite=*/1), 0);
  EXPECT_FALSE(SeededBug("marker_skipped"));
  unsetenv("MILLRACE_SEEDED_BUG");
}
#endif

}  // namespace
}  // namespace millrace
