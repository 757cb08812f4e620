#include "worker/sink/file/partition_time.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/temporal_parse.h"
#include "common/plan/option_reader.h"

namespace millrace {
namespace {

constexpr const char* kPattern = "partition.time-extractor.timestamp-pattern";
constexpr const char* kFormatter = "partition.time-extractor.timestamp-formatter";
constexpr const char* kZone = "sink.partition-commit.watermark-time-zone";

}  // namespace

absl::StatusOr<PartitionTime> PartitionTime::Create(const TableDescription& table) {
  const OptionReader options(table);
  if (options.Text("partition.time-extractor.kind", "default") != "default") {
    return options.NotBuilt("a 'partition.time-extractor.kind' other than 'default'");
  }
  PartitionTime time;
  time.table_ = table.name;
  time.pattern_ = options.Text(kPattern, "");
  const auto named = [&](const std::string& key) {
    return time.pattern_.find("$" + key) != std::string::npos;
  };
  if (!time.pattern_.empty() &&
      std::none_of(table.partition_keys.begin(), table.partition_keys.end(), named)) {
    return options.Wrong(kPattern, "it names no key of PARTITIONED BY, as '$dt 00:00:00' would");
  }
  if (const auto formatter = options.Find(kFormatter)) {
    absl::StatusOr<JavaDateFormat> compiled = JavaDateFormat::Compile(*formatter);
    if (!compiled.ok()) return options.Wrong(kFormatter, compiled.status().message());
    time.formatter_ = *std::move(compiled);
  }
  if (!absl::LoadTimeZone(options.Text(kZone, "UTC"), &time.zone_)) {
    return options.Wrong(kZone, "there is no such time zone");
  }
  return time;
}

absl::StatusOr<EventTime> PartitionTime::Of(
    const std::vector<std::pair<std::string, std::string>>& values) const {
  std::string text = pattern_.empty() && !values.empty() ? values.front().second : pattern_;
  std::vector<std::pair<std::string, std::string>> replacements;
  for (const auto& [key, value] : values) replacements.emplace_back("$" + key, value);
  if (!pattern_.empty()) text = absl::StrReplaceAll(text, replacements);
  std::optional<int64_t> local_ms;
  if (formatter_.has_value()) {
    if (const std::optional<Moment> moment = formatter_->Parse(text)) {
      local_ms = moment->days * int64_t{86'400'000} + moment->micros / 1000;
    }
  } else if (const std::optional<ParsedTimestamp> parsed = ParseTimestamp(text)) {
    local_ms = parsed->InUnitOf(3);
  } else if (const std::optional<int64_t> days = ParseDate(text)) {
    local_ms = *days * int64_t{86'400'000};
  }
  if (!local_ms.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("table ", table_, ": the partition's time '",
                                                   text, "' is no timestamp; set '", kPattern,
                                                   "' to what makes one of its values"));
  }
  const absl::CivilSecond local =
      absl::ToCivilSecond(absl::FromUnixMillis(*local_ms), absl::UTCTimeZone());
  return EventTime(absl::ToUnixMillis(absl::FromCivil(local, zone_)));
}

}  // namespace millrace
