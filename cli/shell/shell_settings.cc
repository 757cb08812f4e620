#include "cli/shell/shell_settings.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr const char* kMode = "sql-client.execution.result-mode";
constexpr const char* kMaxRows = "sql-client.execution.max-table-result.rows";
constexpr const char* kOldWidth = "sql-client.display.max-column-width";
constexpr const char* kWidth = "table.display.max-column-width";
constexpr const char* kSync = "table.dml-sync";

// A column of text is filled up to its width.
constexpr int64_t kColumnWidthMax = 100'000;

absl::Status Wrong(const std::string& key, const std::string& value, const char* expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", key, "' = '", value, "': must be ", expected));
}

absl::StatusOr<int64_t> CountOf(const std::string& key, const std::string& value) {
  int64_t count = 0;
  if (absl::SimpleAtoi(value, &count) && count > 0) return count;
  return Wrong(key, value, "a whole number above 0");
}

absl::Status Apply(const std::string& key, const std::string& value, ShellSettings& settings) {
  const std::string lower = absl::AsciiStrToLower(value);
  if (key == kMode) {
    if (lower == "table") {
      settings.mode = ResultMode::kTable;
    } else if (lower == "changelog") {
      settings.mode = ResultMode::kChangelog;
    } else if (lower == "tableau") {
      settings.mode = ResultMode::kTableau;
    } else {
      return Wrong(key, value, "table, changelog or tableau");
    }
  } else if (key == kMaxRows) {
    ASSIGN_OR_RETURN(settings.max_rows, CountOf(key, value));
  } else if (key == kWidth || key == kOldWidth) {
    ASSIGN_OR_RETURN(settings.max_column_width, CountOf(key, value));
    if (settings.max_column_width > kColumnWidthMax) {
      return Wrong(key, value, "at most 100000, for shorter text is filled up to it");
    }
  } else if (key == kSync) {
    if (lower != "true" && lower != "false") return Wrong(key, value, "true or false");
    settings.waits_for_inserts = lower == "true";
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> ShellSettingKeys() { return {kOldWidth, kMaxRows, kMode, kWidth, kSync}; }

absl::StatusOr<ShellSettings> ShellSettingsOf(const Settings& settings) {
  ShellSettings of;
  for (const auto& [key, value] : settings) RETURN_IF_ERROR(Apply(key, value, of));
  return of;
}

}  // namespace millrace
