#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/reference/markdown.h"
#include "cli/reference/reference_pages.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "coordinator/planner/job_settings.h"

namespace millrace {
namespace {

// A setting and who reads it.
struct RoleSetting {
  Setting setting;
  std::string roles;
};

std::string SectionOf(const Setting& setting) {
  return setting.key.substr(0, setting.key.find('.'));
}

// Of both roles, those that both read once; by section, in the order of the first of each.
std::vector<RoleSetting> AllSettings() {
  CoordinatorConfig coordinator;
  WorkerConfig worker;
  std::vector<RoleSetting> all;
  for (const Setting& setting : CoordinatorSettings(coordinator)) {
    all.push_back({setting, "coordinator"});
  }
  for (const Setting& setting : WorkerSettings(worker)) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const RoleSetting& other) {
      return other.setting.key == setting.key;
    });
    if (same == all.end()) {
      all.push_back({setting, "worker"});
    } else {
      same->roles = "both";
    }
  }
  std::vector<std::string> sections;
  for (const RoleSetting& each : all) {
    const std::string section = SectionOf(each.setting);
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
      sections.push_back(section);
    }
  }
  const auto rank = [&sections](const RoleSetting& each) {
    return std::find(sections.begin(), sections.end(), SectionOf(each.setting));
  };
  std::stable_sort(all.begin(), all.end(), [&rank](const RoleSetting& a, const RoleSetting& b) {
    return rank(a) < rank(b);
  });
  return all;
}

std::string RoleTables() {
  std::string text;
  std::string section;
  std::vector<std::vector<std::string>> rows;
  const auto end_section = [&] {
    if (rows.empty()) return;
    absl::StrAppend(
        &text, "### ", section, "\n\n",
        MarkdownTable({"key", "type", "default", "environment", "read by", "meaning"}, rows), "\n");
    rows.clear();
  };
  for (const RoleSetting& each : AllSettings()) {
    const Setting& setting = each.setting;
    if (SectionOf(setting) != section) end_section();
    section = SectionOf(setting);
    rows.push_back({Code(setting.key), setting.type, Code(setting.default_value),
                    Code(EnvironmentName(setting.key)), each.roles, setting.help});
  }
  end_section();
  return text;
}

std::string JobTables() {
  std::vector<std::vector<std::string>> known;
  for (const JobSettingSpec& setting : JobSettings()) {
    known.push_back({Code(setting.key), setting.type, Code(setting.default_value), setting.help});
  }
  std::vector<std::vector<std::string>> ignored;
  for (const IgnoredSettings& setting : IgnoredJobSettings()) {
    ignored.push_back({Code(absl::StrCat(setting.prefix, "*")), setting.why});
  }
  return absl::StrCat(
      MarkdownTable({"key", "type", "default", "meaning"}, known),
      "\nDurations are written as in Flink: `1 s`, `500 ms`, `2 min`; a bare number is "
      "milliseconds.\n\n"
      "Settings of Flink that scripts carry and that change nothing here are accepted, with a note "
      "at the submission. Of several lines that fit a key, the first counts:\n\n",
      MarkdownTable({"key", "because"}, ignored));
}

}  // namespace

std::string ExampleConfiguration() {
  std::string text;
  std::string section;
  for (const RoleSetting& each : AllSettings()) {
    const Setting& setting = each.setting;
    if (SectionOf(setting) != section) {
      absl::StrAppend(&text, section.empty() ? "" : "\n", SectionOf(setting), ":\n");
    }
    section = SectionOf(setting);
    const std::string name = setting.key.substr(section.size() + 1);
    absl::StrAppend(&text, "  # ", setting.help, "\n");
    // An empty default means more than an empty text would.
    if (setting.default_value.empty()) {
      absl::StrAppend(&text, "  # ", name, ":\n");
    } else {
      absl::StrAppend(&text, "  ", name, ": ", setting.default_value, "\n");
    }
  }
  return text;
}

std::string ConfigurationPage() {
  return absl::StrCat(
      GeneratedHead("Configuration", "configuration"),
      "## Settings of coordinator and worker\n\n"
      "`millrace coordinator`, `worker` and `standalone` read their settings from, the later one "
      "winning:\n\n"
      "1. the YAML file given with `--config`; one file may serve both roles, each passes over the "
      "other's sections;\n"
      "2. environment variables `MILLRACE_SECTION_KEY`;\n"
      "3. `--set section.key=value`, as often as needed; `--insecure` stands for "
      "`--set cluster.insecure=true`.\n\n"
      "A key that is unknown, in any of them, is an error that names its place and the nearest "
      "known key: exit status 2. Settings are read once, at the start. Relative paths count from "
      "the folder that the process was started in.\n\n",
      RoleTables(),
      "Sizes are written `512MiB`, `2GiB` or as bytes; durations `500ms`, `2s`, `1m`.\n\n"
      "## All of it as a file\n\n"
      "Every setting with its default; leave out what you do not change.\n\n```yaml\n",
      ExampleConfiguration(),
      "```\n\n"
      "## Settings of a job\n\n"
      "In the script, `SET 'key' = 'value';` before its last INSERT or SELECT, or "
      "`--set key=value` of `millrace job submit`, `run` and `explain`; the script wins.\n\n",
      JobTables());
}

}  // namespace millrace
