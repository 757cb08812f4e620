#include "worker/source/kafka/kafka_options.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

// "5 min", "10 s", "500ms"; a bare number is milliseconds.
std::optional<absl::Duration> ParseInterval(absl::string_view text) {
  static constexpr std::pair<std::string_view, absl::Duration> kUnits[] = {
      {"", absl::Milliseconds(1)},  {"ms", absl::Milliseconds(1)}, {"s", absl::Seconds(1)},
      {"sec", absl::Seconds(1)},    {"min", absl::Minutes(1)},     {"m", absl::Minutes(1)},
      {"minute", absl::Minutes(1)}, {"h", absl::Hours(1)},         {"hour", absl::Hours(1)},
      {"second", absl::Seconds(1)}, {"d", absl::Hours(24)},        {"day", absl::Hours(24)},
  };
  text = absl::StripAsciiWhitespace(text);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  int64_t amount = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &amount)) return std::nullopt;
  std::string unit = absl::AsciiStrToLower(absl::StripLeadingAsciiWhitespace(text.substr(digits)));
  if (unit.size() > 2 && unit.back() == 's') unit.pop_back();
  for (const auto& [name, duration] : kUnits) {
    if (unit == name) return amount * duration;
  }
  return std::nullopt;
}

class OptionReader {
 public:
  explicit OptionReader(const TableDescription& table) : table_(table) {}

  std::string Get(const std::string& name, std::string otherwise = "") const {
    return OptionOf(table_, name, std::move(otherwise));
  }

  absl::Status Wrong(const std::string& name, absl::string_view why) const {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table_.name, ": '", name, "' = '", Get(name), "': ", why));
  }

  absl::StatusOr<int64_t> Millis(const std::string& name) const {
    int64_t millis = 0;
    if (Get(name).empty()) return Wrong(name, "is missing, the mode 'timestamp' needs it");
    if (!absl::SimpleAtoi(Get(name), &millis) || millis < 0) {
      return Wrong(name, "is not a number of milliseconds since 1970");
    }
    return millis;
  }

  // "partition:0,offset:42;partition:1,offset:300"
  absl::StatusOr<std::map<int32_t, int64_t>> Offsets(const std::string& name) const {
    std::map<int32_t, int64_t> offsets;
    const std::string text = Get(name);
    for (absl::string_view part : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
      const std::vector<absl::string_view> pair = absl::StrSplit(part, ',');
      int32_t partition = 0;
      int64_t offset = 0;
      absl::string_view first = absl::StripAsciiWhitespace(pair[0]);
      absl::string_view second = pair.size() == 2 ? absl::StripAsciiWhitespace(pair[1]) : "";
      const bool right = absl::ConsumePrefix(&first, "partition:") &&
                         absl::ConsumePrefix(&second, "offset:") &&
                         absl::SimpleAtoi(first, &partition) && partition >= 0 &&
                         absl::SimpleAtoi(second, &offset) && offset >= 0;
      if (!right) {
        return Wrong(name, "is not of the form 'partition:0,offset:42;partition:1,offset:7'");
      }
      if (!offsets.emplace(partition, offset).second) {
        return Wrong(name, absl::StrCat("names partition ", partition, " twice"));
      }
    }
    if (offsets.empty()) return Wrong(name, "is missing, the mode 'specific-offsets' needs it");
    return offsets;
  }

 private:
  const TableDescription& table_;
};

// `prefix` is "scan.startup" or "scan.bounded"; `mode` is not 'unbounded'.
absl::StatusOr<KafkaOffsets> ReadOffsets(const OptionReader& options, const std::string& prefix,
                                         const std::string& mode) {
  const bool startup = prefix == "scan.startup";
  KafkaOffsets offsets;
  if (mode == "earliest-offset" && startup) {
    offsets.mode = KafkaOffsetMode::kEarliest;
  } else if (mode == "latest-offset") {
    offsets.mode = KafkaOffsetMode::kLatest;
  } else if (mode == "group-offsets") {
    offsets.mode = KafkaOffsetMode::kGroupOffsets;
  } else if (mode == "timestamp") {
    offsets.mode = KafkaOffsetMode::kTimestamp;
    ASSIGN_OR_RETURN(offsets.timestamp_ms, options.Millis(prefix + ".timestamp-millis"));
  } else if (mode == "specific-offsets") {
    offsets.mode = KafkaOffsetMode::kSpecific;
    ASSIGN_OR_RETURN(offsets.specific, options.Offsets(prefix + ".specific-offsets"));
  } else {
    return options.Wrong(
        prefix + ".mode",
        absl::StrCat("is none of ", startup ? "earliest-offset" : "unbounded",
                     ", latest-offset, group-offsets, timestamp, specific-offsets"));
  }
  return offsets;
}

absl::Status ReadStart(const OptionReader& options, KafkaSourceOptions& parsed) {
  const std::string reset = options.Get("properties.auto.offset.reset", "none");
  if (reset == "earliest") {
    parsed.offset_reset = KafkaOffsetReset::kEarliest;
  } else if (reset == "latest") {
    parsed.offset_reset = KafkaOffsetReset::kLatest;
  } else if (reset != "none") {
    return options.Wrong("properties.auto.offset.reset", "is none of earliest, latest, none");
  }
  ASSIGN_OR_RETURN(parsed.startup, ReadOffsets(options, "scan.startup",
                                               options.Get("scan.startup.mode", "group-offsets")));
  if (parsed.startup.mode == KafkaOffsetMode::kGroupOffsets && parsed.group_id.empty()) {
    return options.Wrong("scan.startup.mode",
                         "starting at the offsets of a group (the default) needs "
                         "'properties.group.id'; add it, or set 'scan.startup.mode' = "
                         "'earliest-offset' or 'latest-offset'");
  }
  return absl::OkStatus();
}

absl::Status ReadBound(const OptionReader& options, KafkaSourceOptions& parsed) {
  const std::string mode = options.Get("scan.bounded.mode", "unbounded");
  if (mode == "unbounded") return absl::OkStatus();
  parsed.bounded = true;
  ASSIGN_OR_RETURN(parsed.bound, ReadOffsets(options, "scan.bounded", mode));
  if (parsed.bound.mode == KafkaOffsetMode::kGroupOffsets && parsed.group_id.empty()) {
    return options.Wrong("scan.bounded.mode", "needs 'properties.group.id'");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KafkaSourceOptions> ParseKafkaSourceOptions(const TableDescription& table) {
  const OptionReader options(table);
  KafkaSourceOptions parsed;
  const std::string topics = options.Get("topic");
  parsed.topic_pattern = options.Get("topic-pattern");
  parsed.needs_keys =
      !options.Get("key.format").empty() &&
      absl::EqualsIgnoreCase(options.Get("value.fields-include", "ALL"), "EXCEPT_KEY");
  for (absl::string_view topic : absl::StrSplit(topics, ';', absl::SkipWhitespace())) {
    parsed.topics.emplace_back(absl::StripAsciiWhitespace(topic));
  }
  if (parsed.topics.empty() && parsed.topic_pattern.empty()) {
    return options.Wrong("topic", "names no topic; give that or 'topic-pattern'");
  }
  if (!parsed.topics.empty() && !parsed.topic_pattern.empty()) {
    return options.Wrong("topic-pattern", "'topic' is given too; give one of them");
  }
  ASSIGN_OR_RETURN(parsed.properties, ClientProperties(table));
  parsed.group_id = options.Get("properties.group.id");
  RETURN_IF_ERROR(ReadStart(options, parsed));
  RETURN_IF_ERROR(ReadBound(options, parsed));
  const bool specific = parsed.startup.mode == KafkaOffsetMode::kSpecific ||
                        parsed.bound.mode == KafkaOffsetMode::kSpecific;
  if (specific && parsed.topics.size() != 1) {
    return options.Wrong(parsed.topics.empty() ? "topic-pattern" : "topic",
                         "'specific-offsets' need a single topic");
  }
  const std::string discovery = "scan.topic-partition-discovery.interval";
  if (!options.Get(discovery).empty()) {
    const std::optional<absl::Duration> interval = ParseInterval(options.Get(discovery));
    if (!interval.has_value()) return options.Wrong(discovery, "is no duration such as '5 min'");
    parsed.discovery_interval = *interval;
  }
  return parsed;
}

}  // namespace millrace
