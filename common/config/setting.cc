#include "common/config/setting.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"

extern char** environ;

namespace millrace {
namespace {

constexpr std::string_view kPrefix = "MILLRACE_";

absl::Status Unknown(const std::string& key, const std::string& where,
                     const std::vector<Setting>& settings) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings) keys.push_back(setting.key);
  const std::string suggestion = DidYouMean(key, keys);
  return absl::InvalidArgumentError(absl::StrCat(where, ": unknown setting '", key, "'",
                                                 suggestion.empty() ? "" : ", ", suggestion));
}

absl::Status Apply(const std::string& key, const std::string& value, const std::string& where,
                   const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    if (setting.key != key) continue;
    const absl::Status status = setting.set(value);
    if (status.ok()) return status;
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": ", key, ": ", std::string(status.message())));
  }
  return Unknown(key, where, settings);
}

bool IsOf(const std::vector<std::string>& sections, const std::string& key) {
  return std::any_of(sections.begin(), sections.end(), [&](const std::string& section) {
    return key == section || key.rfind(section + ".", 0) == 0;
  });
}

// A variable that looks like a setting of ours but is none was mistyped.
absl::Status CheckVariable(const std::string& name, const std::vector<Setting>& settings) {
  std::vector<std::string> known;
  bool ours = false;
  for (const Setting& setting : settings) {
    known.push_back(EnvironmentName(setting.key));
    if (known.back() == name) return absl::OkStatus();
    const std::string section = setting.key.substr(0, setting.key.find('.') + 1);
    ours = ours || name.rfind(EnvironmentName(section), 0) == 0;
  }
  if (!ours) return absl::OkStatus();
  const std::string suggestion = DidYouMean(name, known);
  return absl::InvalidArgumentError(absl::StrCat("unknown environment variable ", name,
                                                 suggestion.empty() ? "" : ", ", suggestion));
}

// One file being applied.
class YamlSettings {
 public:
  YamlSettings(const std::string& file, const std::vector<Setting>& settings,
               const std::vector<std::string>& known_elsewhere)
      : file_(file), settings_(settings), known_elsewhere_(known_elsewhere) {}

  absl::Status Apply() {
    YAML::Node root;
    try {
      root = YAML::LoadFile(file_);
    } catch (const YAML::BadFile&) {
      return absl::NotFoundError(absl::StrCat("cannot read the configuration file ", file_));
    } catch (const YAML::Exception& error) {
      return absl::InvalidArgumentError(absl::StrCat(Where(error.mark), ": ", error.msg));
    }
    if (!root.IsDefined() || root.IsNull()) return absl::OkStatus();
    if (!root.IsMap())
      return absl::InvalidArgumentError(
          absl::StrCat(Where(root.Mark()), ": expected sections, 'worker:' for example"));
    return Walk(root, "");
  }

 private:
  std::string Where(const YAML::Mark& mark) const {
    return absl::StrCat(file_, ":", mark.line + 1);
  }

  absl::Status Walk(const YAML::Node& node, const std::string& prefix) {
    for (const auto& entry : node) {
      const std::string key = absl::StrCat(prefix, entry.first.Scalar());
      const std::string where = Where(entry.first.Mark());
      if (entry.second.IsMap()) {
        RETURN_IF_ERROR(Walk(entry.second, key + "."));
      } else if (entry.second.IsScalar()) {
        if (IsOf(known_elsewhere_, key)) continue;
        RETURN_IF_ERROR(millrace::Apply(key, entry.second.Scalar(), where, settings_));
      } else {
        return absl::InvalidArgumentError(absl::StrCat(where, ": ", key, ": expected one value"));
      }
    }
    return absl::OkStatus();
  }

  const std::string& file_;
  const std::vector<Setting>& settings_;
  const std::vector<std::string>& known_elsewhere_;
};

}  // namespace

Setting TextSetting(std::string key, std::string* field, std::string help) {
  return {std::move(key), "text", *field, std::move(help), [field](std::string_view value) {
            *field = std::string(value);
            return absl::OkStatus();
          }};
}

Setting IntegerSetting(std::string key, int64_t* field, int64_t min, int64_t max,
                       std::string help) {
  return {std::move(key), "integer", absl::StrCat(*field), std::move(help),
          [=](std::string_view value) -> absl::Status {
            int64_t number = 0;
            if (!absl::SimpleAtoi(AbslView(value), &number) || number < min || number > max) {
              return absl::InvalidArgumentError(absl::StrCat(
                  "'", AbslView(value), "' is not a whole number from ", min, " to ", max));
            }
            *field = number;
            return absl::OkStatus();
          }};
}

Setting SizeSetting(std::string key, int64_t* field, std::string help) {
  return {std::move(key), "size", FormatSize(*field), std::move(help),
          [field](std::string_view value) -> absl::Status {
            ASSIGN_OR_RETURN(*field, ParseSize(value));
            return absl::OkStatus();
          }};
}

Setting DurationSetting(std::string key, absl::Duration* field, std::string help) {
  return {
      std::move(key), "duration", absl::FormatDuration(*field), std::move(help),
      [field](std::string_view value) -> absl::Status {
        absl::Duration duration;
        if (!absl::ParseDuration(AbslView(value), &duration) || duration < absl::ZeroDuration()) {
          return absl::InvalidArgumentError(
              absl::StrCat("'", AbslView(value), "' is not a duration such as 500ms, 2s or 1m"));
        }
        *field = duration;
        return absl::OkStatus();
      }};
}

Setting BooleanSetting(std::string key, bool* field, std::string help) {
  return {std::move(key), "boolean", *field ? "true" : "false", std::move(help),
          [field](std::string_view value) -> absl::Status {
            if (value != "true" && value != "false") {
              return absl::InvalidArgumentError(
                  absl::StrCat("'", AbslView(value), "' is neither true nor false"));
            }
            *field = value == "true";
            return absl::OkStatus();
          }};
}

Setting ChoiceSetting(std::string key, std::string* field, std::vector<std::string> choices,
                      std::string help) {
  return {std::move(key), absl::StrJoin(choices, "|"), *field, std::move(help),
          [field, choices](std::string_view value) -> absl::Status {
            if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
              return absl::InvalidArgumentError(absl::StrCat("'", AbslView(value), "' is none of ",
                                                             absl::StrJoin(choices, ", ")));
            }
            *field = std::string(value);
            return absl::OkStatus();
          }};
}

absl::Status ApplySettings(const SettingSources& sources, const std::vector<Setting>& settings,
                           const std::vector<std::string>& known_elsewhere) {
  if (!sources.file.empty())
    RETURN_IF_ERROR(YamlSettings(sources.file, settings, known_elsewhere).Apply());
  for (const auto& [name, value] : sources.environment) {
    RETURN_IF_ERROR(CheckVariable(name, settings));
  }
  for (const Setting& setting : settings) {
    const std::string name = EnvironmentName(setting.key);
    const auto value = sources.environment.find(name);
    if (value == sources.environment.end()) continue;
    RETURN_IF_ERROR(
        Apply(setting.key, value->second, absl::StrCat("environment variable ", name), settings));
  }
  for (const auto& [key, value] : sources.flags) {
    if (IsOf(known_elsewhere, key)) continue;
    RETURN_IF_ERROR(Apply(key, value, "--set", settings));
  }
  return absl::OkStatus();
}

std::string EnvironmentName(const std::string& key) {
  std::string name(kPrefix);
  for (const char c : key) {
    name +=
        c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

absl::StatusOr<int64_t> ParseSize(std::string_view text) {
  const size_t unit_at = text.find_first_not_of("0123456789.");
  const std::string_view digits = text.substr(0, unit_at);
  std::string unit(unit_at == std::string_view::npos ? "" : text.substr(unit_at));
  unit = absl::AsciiStrToLower(std::string(absl::StripAsciiWhitespace(unit)));
  static const std::map<std::string, int64_t> kUnits = {
      {"", 1},          {"b", 1},        {"k", 1 << 10},  {"kb", 1 << 10},
      {"kib", 1 << 10}, {"m", 1 << 20},  {"mb", 1 << 20}, {"mib", 1 << 20},
      {"g", 1 << 30},   {"gb", 1 << 30}, {"gib", 1 << 30}};
  const auto scale = kUnits.find(unit);
  double number = 0;
  if (digits.empty() || scale == kUnits.end() || !absl::SimpleAtod(AbslView(digits), &number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", AbslView(text), "' is not a size such as 512MiB or 2GiB"));
  }
  return static_cast<int64_t>(std::llround(number * static_cast<double>(scale->second)));
}

std::string FormatSize(int64_t bytes) {
  for (const auto& [unit, scale] :
       {std::pair("GiB", int64_t{1} << 30), std::pair("MiB", int64_t{1} << 20),
        std::pair("KiB", int64_t{1} << 10)}) {
    if (bytes >= scale && bytes % scale == 0) return absl::StrCat(bytes / scale, unit);
  }
  return absl::StrCat(bytes);
}

}  // namespace millrace
