#include "coordinator/catalog/table_options.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/plan/duration_text.h"

namespace millrace {
namespace {

constexpr const char* kConnector = "connector";
constexpr const char* kOnError = "on-error";
constexpr const char* kDeadLetterTopic = "dead-letter.topic";

std::string Text(std::string_view text) { return std::string(text); }

std::optional<std::string> Find(const TableOptions& options, std::string_view key) {
  const auto found = options.find(Text(key));
  if (found == options.end()) return std::nullopt;
  return found->second;
}

// The format of the records, under either of its names.
std::optional<std::string> FormatOf(const TableOptions& options) {
  const std::optional<std::string> format = Find(options, "format");
  return format.has_value() ? format : Find(options, "value.format");
}

template <typename Spec>
std::vector<std::string> BuiltNames(const std::vector<Spec>& specs) {
  std::vector<std::string> names;
  for (const Spec& spec : specs) {
    // 'collect' is how a bare SELECT comes back, not something to write.
    if (spec.built && spec.name != "collect") names.push_back(Text(spec.name));
  }
  return names;
}

template <typename Spec>
std::vector<std::string> AllNames(const std::vector<Spec>& specs) {
  std::vector<std::string> names;
  for (const Spec& spec : specs) names.push_back(Text(spec.name));
  return names;
}

bool MatchesKey(std::string_view pattern, std::string_view key,
                const std::vector<std::string>& columns) {
  if (pattern.ends_with('*')) return key.starts_with(pattern.substr(0, pattern.size() - 1));
  if (pattern.find('#') == std::string_view::npos) return pattern == key;
  return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
    return absl::StrReplaceAll(AbslView(pattern), {{"#", column}}) == Text(key);
  });
}

// Why `value` is none of the type; empty if it is one.
std::string WrongType(const OptionSpec& spec, const std::string& value) {
  int64_t integer = 0;
  double number = 0;
  switch (spec.type) {
    case OptionType::kText:
      return value.empty() ? "it is empty" : "";
    case OptionType::kAnyText:
      break;
    case OptionType::kInteger:
      return absl::SimpleAtoi(value, &integer) && integer >= 0 ? "" : "it must be a whole number";
    case OptionType::kNumber:
      return absl::SimpleAtod(value, &number) ? "" : "it must be a number";
    case OptionType::kBoolean: {
      const std::string lower = absl::AsciiStrToLower(value);
      return lower == "true" || lower == "false" ? "" : "it must be 'true' or 'false'";
    }
    case OptionType::kDuration:
      return ParseDurationMs(value).ok() ? "" : "it must be a duration like '1 s' or '500 ms'";
    case OptionType::kSize: {
      const size_t digits = value.find_first_not_of("0123456789");
      return digits != 0 && !value.empty() ? "" : "it must be a size like '200b' or '128 MB'";
    }
    case OptionType::kChoice:
      break;
  }
  return "";
}

class OptionChecker {
 public:
  OptionChecker(const TableOptions& options, const std::vector<std::string>& columns)
      : options_(options), columns_(columns) {}

  std::vector<OptionProblem> Check() && {
    const std::optional<std::string> name = Find(options_, kConnector);
    if (!name.has_value()) return {};
    const ConnectorSpec* connector = FindConnector(*name);
    if (!CheckName(kConnector, *name, connector, Connectors())) return std::move(problems_);
    connector_ = connector;
    for (const auto& [key, value] : options_) {
      if (key != kConnector) CheckOption(key, value);
    }
    return std::move(problems_);
  }

 private:
  // Whether `spec` is one that exists and is built.
  template <typename Spec>
  bool CheckName(const std::string& key, const std::string& name, const Spec* spec,
                 const std::vector<Spec>& specs) {
    const std::string built = absl::StrJoin(BuiltNames(specs), ", ");
    if (spec == nullptr) {
      const std::string similar = DidYouMean(name, AllNames(specs));
      problems_.push_back({.key = key,
                           .in_value = true,
                           .message = absl::StrCat("there is no ", key, " '", name, "'"),
                           .hint = similar.empty() ? absl::StrCat("use one of ", built) : similar});
    } else if (!spec->built) {
      problems_.push_back(
          {.key = key,
           .in_value = true,
           .not_built = true,
           .message = absl::StrCat("'", key, "' = '", name, "' is valid in Flink, not built yet"),
           .hint = absl::StrCat("built are ", built)});
    }
    return spec != nullptr && spec->built;
  }

  void CheckOption(const std::string& key, const std::string& value) {
    if (connector_->has_format && (key == "value.format" || key == connector_->format_key)) {
      CheckName("format", value, FindFormat(value), Formats());
      return;
    }
    if (connector_->has_format && key == "key.format") {
      CheckName("key.format", value, FindFormat(value), Formats());
      return;
    }
    if (const OptionSpec* spec = FindSpec(key)) {
      CheckValue(*spec, key, value);
    } else if (!BelongsToAnUnbuiltFormat(key)) {
      const std::string similar = DidYouMean(key, KnownKeys());
      problems_.push_back({.key = key,
                           .message = absl::StrCat("connector '", Text(connector_->name),
                                                   "' has no option '", key, "'"),
                           .hint = similar});
    }
  }

  void CheckValue(const OptionSpec& spec, const std::string& key, const std::string& value) {
    if (!spec.built) {
      problems_.push_back(
          {.key = key,
           .not_built = true,
           .message = absl::StrCat("option '", key, "' is valid in Flink, not built yet")});
      return;
    }
    if (spec.type != OptionType::kChoice) {
      const std::string wrong = WrongType(spec, value);
      if (wrong.empty()) return;
      problems_.push_back({.key = key,
                           .in_value = true,
                           .message = absl::StrCat("'", key, "' = '", value, "': ", wrong)});
      return;
    }
    const auto is_one_of = [&](std::string_view choices) {
      const std::vector<std::string> all = absl::StrSplit(AbslView(choices), '|');
      return std::any_of(all.begin(), all.end(), [&](const std::string& choice) {
        return absl::EqualsIgnoreCase(choice, value);
      });
    };
    if (is_one_of(spec.choices)) return;
    const std::string choices = absl::StrReplaceAll(AbslView(spec.choices), {{"|", ", "}});
    const bool not_built = !spec.unbuilt_choices.empty() && is_one_of(spec.unbuilt_choices);
    problems_.push_back(
        {.key = key,
         .in_value = true,
         .not_built = not_built,
         .message = not_built ? absl::StrCat("'", key, "' = '", value,
                                             "' is valid in Flink, not built yet")
                              : absl::StrCat("'", key, "' = '", value, "': no such value"),
         .hint = absl::StrCat("use one of ", choices)});
  }

  const OptionSpec* FindSpec(const std::string& key) const {
    for (const auto& [prefix, specs] : Groups()) {
      if (!absl::StartsWith(key, prefix)) continue;
      const std::string_view rest = std::string_view(key).substr(prefix.size());
      for (const OptionSpec& spec : *specs) {
        if (MatchesKey(spec.key, rest, columns_)) return &spec;
      }
    }
    return nullptr;
  }

  // Every list of options that applies, with what their keys begin with.
  std::vector<std::pair<std::string, const std::vector<OptionSpec>*>> Groups() const {
    std::vector<std::pair<std::string, const std::vector<OptionSpec>*>> groups = {
        {"", &connector_->options}};
    if (connector_->is_source) groups.push_back({"", &SourceOptions()});
    if (connector_->is_sink) groups.push_back({"", &SinkOptions()});
    if (!connector_->has_format) return groups;
    for (const char* prefix : {"", "value.", "key."}) {
      const std::optional<std::string> name = Find(options_, absl::StrCat(prefix, "format"));
      const FormatSpec* format = name.has_value() ? FindFormat(*name) : nullptr;
      if (format != nullptr) {
        groups.push_back({absl::StrCat(prefix, Text(format->name), "."), &format->options});
      }
    }
    return groups;
  }

  // The format itself has been refused already.
  bool BelongsToAnUnbuiltFormat(const std::string& key) const {
    const std::optional<std::string> name = FormatOf(options_);
    const FormatSpec* format = name.has_value() ? FindFormat(*name) : nullptr;
    if (format == nullptr || format->built) return false;
    return absl::StartsWith(key, *name + ".") || absl::StartsWith(key, "value." + *name + ".");
  }

  std::vector<std::string> KnownKeys() const {
    std::vector<std::string> keys;
    if (connector_->has_format) keys = {Text(connector_->format_key), "value.format"};
    for (const auto& [prefix, specs] : Groups()) {
      for (const OptionSpec& spec : *specs) {
        if (spec.key.ends_with('*')) continue;
        if (spec.key.find('#') == std::string_view::npos) {
          keys.push_back(absl::StrCat(prefix, Text(spec.key)));
          continue;
        }
        for (const std::string& column : columns_) {
          keys.push_back(absl::StrReplaceAll(AbslView(spec.key), {{"#", column}}));
        }
      }
    }
    return keys;
  }

  const TableOptions& options_;
  const std::vector<std::string>& columns_;
  const ConnectorSpec* connector_ = nullptr;
  std::vector<OptionProblem> problems_;
};

// A value of one option that makes another one necessary.
struct Need {
  const char* key;
  const char* value;
  bool is_default;
  const char* needs;
};
constexpr Need kKafkaSourceNeeds[] = {
    {"scan.startup.mode", "group-offsets", true, "properties.group.id"},
    {"scan.startup.mode", "timestamp", false, "scan.startup.timestamp-millis"},
    {"scan.startup.mode", "specific-offsets", false, "scan.startup.specific-offsets"},
    {"scan.bounded.mode", "timestamp", false, "scan.bounded.timestamp-millis"},
    {"scan.bounded.mode", "specific-offsets", false, "scan.bounded.specific-offsets"},
};

void CheckKafkaSource(const TableOptions& options, std::vector<OptionProblem>& problems) {
  for (const Need& need : kKafkaSourceNeeds) {
    const std::optional<std::string> value = Find(options, need.key);
    const bool applies = value.has_value() ? *value == need.value : need.is_default;
    if (!applies || options.contains(need.needs)) continue;
    OptionProblem problem{.key = value.has_value() ? need.key : "", .in_value = value.has_value()};
    problem.message = absl::StrCat("'", need.key, "' = '", need.value, "'",
                                   value.has_value() ? "" : ", the default,", " needs the option '",
                                   need.needs, "'");
    if (need.is_default) {
      problem.hint =
          absl::StrCat("add it, or set '", need.key, "' to 'earliest-offset' or 'latest-offset'");
    }
    problems.push_back(std::move(problem));
  }
}

// A source has 'topic' or 'topic-pattern', a sink has 'topic'.
void CheckTopic(const TableOptions& options, OptionUse use, std::vector<OptionProblem>& problems) {
  const bool has_topic = options.contains("topic");
  const bool has_pattern = options.contains("topic-pattern");
  if (use == OptionUse::kSource && has_topic && has_pattern) {
    problems.push_back({.key = "topic-pattern",
                        .message = "'topic' and 'topic-pattern' are both given",
                        .hint = "leave one of them out"});
  }
  if (has_topic || (has_pattern && use == OptionUse::kSource)) return;
  problems.push_back({.message = "the option 'topic' of connector 'kafka' is missing"});
}

bool IsTrue(const TableOptions& options, const std::string& key) {
  return absl::EqualsIgnoreCase(Find(options, key).value_or("false"), "true");
}

// Whether the table reads `topic` itself.
bool ReadsTopic(const TableOptions& options, const std::string& topic) {
  const std::string topics = Find(options, "topic").value_or("");
  for (const absl::string_view read : absl::StrSplit(topics, ';')) {
    if (absl::StripAsciiWhitespace(read) == topic) return true;
  }
  return false;
}

// 'on-error' and what goes with it.
void CheckBadRecords(const TableOptions& options, std::vector<OptionProblem>& problems) {
  const std::optional<std::string> on_error = Find(options, kOnError);
  const std::string policy = absl::AsciiStrToLower(on_error.value_or("fail"));
  const auto problem = [&](const char* key, bool in_value, std::string message, std::string hint) {
    problems.push_back(
        {.key = key, .in_value = in_value, .message = std::move(message), .hint = std::move(hint)});
  };
  if (on_error.has_value() && policy != "skip") {
    for (const char* key : {"json.ignore-parse-errors", "value.json.ignore-parse-errors",
                            "csv.ignore-parse-errors", "value.csv.ignore-parse-errors"}) {
      if (!IsTrue(options, key)) continue;
      problem(kOnError, true,
              absl::StrCat("'on-error' = '", *on_error, "' and '", key,
                           "' = 'true', which skips bad records, contradict each other"),
              "set one of them");
    }
  }
  const std::optional<std::string> topic = Find(options, kDeadLetterTopic);
  if (policy != "dead-letter") {
    if (topic.has_value()) {
      problem(kDeadLetterTopic, false,
              "'dead-letter.topic' has no use without 'on-error' = 'dead-letter'",
              "add that, or leave the topic out");
    }
    return;
  }
  if (Find(options, kConnector) != "kafka") {
    problem(kOnError, true, "'on-error' = 'dead-letter' needs the connector 'kafka'",
            "use 'fail' or 'skip'");
  } else if (!topic.has_value()) {
    problem(kOnError, true, "'on-error' = 'dead-letter' needs the option 'dead-letter.topic'", "");
  } else if (ReadsTopic(options, *topic)) {
    problem(kDeadLetterTopic, true,
            absl::StrCat("'dead-letter.topic' = '", *topic,
                         "': the table reads this topic, so what it cannot read would come back "
                         "for ever"),
            "name another topic");
  }
}

// Bad records arise where a table is read.
void RefuseBadRecordOptions(const TableOptions& options, std::vector<OptionProblem>& problems) {
  for (const char* key : {kDeadLetterTopic, kOnError}) {
    if (!options.contains(key)) continue;
    problems.push_back(
        {.key = key,
         .message = absl::StrCat("'", key, "' is about reading, but the table is written to"),
         .hint = "leave it out; a table that is read as well needs a second CREATE TABLE"});
  }
}

}  // namespace

std::vector<OptionProblem> CheckOptions(const TableOptions& options,
                                        const std::vector<std::string>& columns) {
  return OptionChecker(options, columns).Check();
}

std::vector<OptionProblem> CheckUse(const TableOptions& options, OptionUse use) {
  const bool reads = use == OptionUse::kSource;
  const std::optional<std::string> name = Find(options, kConnector);
  if (!name.has_value()) {
    return {{.message = "the option 'connector' is missing",
             .hint = absl::StrCat("use one of ", absl::StrJoin(BuiltNames(Connectors()), ", "))}};
  }
  const ConnectorSpec* connector = FindConnector(*name);
  if (connector == nullptr || !connector->built) return {};  // CheckOptions has spoken.
  if (!(reads ? connector->is_source : connector->is_sink)) {
    return {{.key = kConnector,
             .in_value = true,
             .message = absl::StrCat("the connector '", *name, "' can only be ",
                                     reads ? "written to" : "read from")}};
  }
  if (reads && !connector->source_built) {
    return {{.key = kConnector,
             .in_value = true,
             .not_built = true,
             .message = absl::StrCat("reading from the connector '", *name,
                                     "' is valid in Flink, not built yet")}};
  }
  std::vector<OptionProblem> problems;
  const auto missing = [&](std::string_view key) {
    problems.push_back({.message = absl::StrCat("the option '", Text(key), "' of connector '",
                                                *name, "' is missing")});
  };
  if (*name == "kafka") CheckTopic(options, use, problems);
  for (const OptionSpec& spec : connector->options) {
    if (!spec.required || (spec.use != OptionUse::kAlways && spec.use != use)) continue;
    if (!options.contains(Text(spec.key))) missing(spec.key);
  }
  if (connector->has_format && !FormatOf(options).has_value()) missing(connector->format_key);
  if (reads && *name == "kafka") CheckKafkaSource(options, problems);
  if (reads) {
    CheckBadRecords(options, problems);
  } else {
    RefuseBadRecordOptions(options, problems);
  }
  return problems;
}

}  // namespace millrace
