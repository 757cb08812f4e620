#include "worker/source/kafka/kafka_options.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

class OptionReader {
 public:
  explicit OptionReader(const TableDescription& table) : table_(table) {}

  std::string Get(const std::string& name, std::string otherwise = "") const {
    const auto found = table_.options.find(name);
    return found == table_.options.end() ? otherwise : found->second;
  }

  absl::Status Wrong(absl::string_view name, absl::string_view why) const {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table_.name, ": '", name, "' = '", Get(std::string(name)), "': ", why));
  }

  absl::Status NotBuilt(absl::string_view what, absl::string_view instead) const {
    return absl::UnimplementedError(
        absl::StrCat("table ", table_.name, ": ", what, " is not built yet; ", instead));
  }

  absl::StatusOr<int64_t> Millis(const std::string& name) const {
    int64_t millis = 0;
    if (Get(name).empty()) return Wrong(name, "is missing, the mode 'timestamp' needs it");
    if (!absl::SimpleAtoi(Get(name), &millis)) return Wrong(name, "is not a number of milliseconds");
    return millis;
  }

  // "partition:0,offset:42;partition:1,offset:300"
  absl::StatusOr<std::map<int32_t, int64_t>> Offsets(const std::string& name) const {
    std::map<int32_t, int64_t> offsets;
    for (absl::string_view part : absl::StrSplit(Get(name), ';', absl::SkipWhitespace())) {
      const std::vector<absl::string_view> pair = absl::StrSplit(part, ',');
      int32_t partition = 0;
      int64_t offset = 0;
      absl::string_view first = pair[0];
      absl::string_view second = pair.size() == 2 ? pair[1] : "";
      const bool right = absl::ConsumePrefix(&first, "partition:") &&
                         absl::ConsumePrefix(&second, "offset:") &&
                         absl::SimpleAtoi(first, &partition) && absl::SimpleAtoi(second, &offset) &&
                         offset >= 0;
      if (!right) return Wrong(name, "is not of the form partition:0,offset:42;partition:1,offset:7");
      offsets[partition] = offset;
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
  KafkaOffsets offsets;
  if (mode == "earliest-offset" && prefix == "scan.startup") {
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
    return options.Wrong(prefix + ".mode", "is none of its values");
  }
  return offsets;
}

}  // namespace

absl::StatusOr<KafkaSourceOptions> ParseKafkaSourceOptions(const TableDescription& table) {
  const OptionReader options(table);
  KafkaSourceOptions parsed;
  if (!options.Get("topic-pattern").empty()) {
    return options.NotBuilt("'topic-pattern'", "name the topics in 'topic', separated by ';'");
  }
  parsed.topics = absl::StrSplit(options.Get("topic"), ';', absl::SkipWhitespace());
  if (parsed.topics.empty()) return options.Wrong("topic", "names no topic");
  if (options.Get("properties.bootstrap.servers").empty()) {
    return options.Wrong("properties.bootstrap.servers", "is missing");
  }
  parsed.group_id = options.Get("properties.group.id");
  parsed.offset_reset = options.Get("properties.auto.offset.reset");
  const std::string& reset = parsed.offset_reset;
  if (!reset.empty() && reset != "earliest" && reset != "latest" && reset != "none") {
    return options.Wrong("properties.auto.offset.reset", "is none of earliest, latest, none");
  }

  ASSIGN_OR_RETURN(parsed.startup, ReadOffsets(options, "scan.startup",
                                               options.Get("scan.startup.mode", "group-offsets")));
  if (parsed.startup.mode == KafkaOffsetMode::kGroupOffsets && parsed.group_id.empty()) {
    return options.Wrong(
        "scan.startup.mode",
        "starting at the offsets of a group (the default) needs 'properties.group.id'; add it, or set "
        "'scan.startup.mode' = 'earliest-offset' or 'latest-offset'");
  }
  const std::string bounded = options.Get("scan.bounded.mode", "unbounded");
  if (bounded == "unbounded") return parsed;
  parsed.bounded = true;
  ASSIGN_OR_RETURN(parsed.bound, ReadOffsets(options, "scan.bounded", bounded));
  if (parsed.bound.mode == KafkaOffsetMode::kGroupOffsets) {
    return options.NotBuilt("'scan.bounded.mode' = 'group-offsets'",
                            "use latest-offset, timestamp or specific-offsets");
  }
  return parsed;
}

}  // namespace millrace
