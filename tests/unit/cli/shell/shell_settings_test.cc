#include "cli/shell/shell_settings.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(ShellSettingsTest, BothNamesOfTheColumnWidthAreKnown) {
  for (const char* key :
       {"sql-client.display.max-column-width", "table.display.max-column-width"}) {
    const absl::StatusOr<ShellSettings> settings = ShellSettingsOf({{key, "80"}});
    ASSERT_OK(settings);
    EXPECT_EQ(settings->max_column_width, 80);
  }
}

TEST(ShellSettingsTest, AColumnIsNotWiderThanMemory) {
  const char* key = "table.display.max-column-width";
  EXPECT_OK(ShellSettingsOf({{key, "100000"}}));
  EXPECT_THAT(ShellSettingsOf({{key, "2147483647"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 100000")));
  EXPECT_THAT(ShellSettingsOf({{key, "0"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(key)));
}

}  // namespace
}  // namespace millrace
