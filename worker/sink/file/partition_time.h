// The time that a partition stands for, taken from its values: 'partition.time-extractor.*'. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/event_time.h"
#include "common/expr/java_date_format.h"
#include "common/expr/temporal_arithmetic.h"
#include "common/plan/table.h"

namespace millrace {

class PartitionTime {
 public:
  // kInvalidArgument, naming table and option, for a pattern that names no partition key and for a
  // formatter or a time zone that is none; kUnimplemented for a class of the user's.
  static absl::StatusOr<PartitionTime> Create(const TableDescription& table);

  // Of a partition's keys and values. kInvalidArgument, naming the table and the text, for what is
  // no time.
  absl::StatusOr<EventTime> Of(
      const std::vector<std::pair<std::string, std::string>>& values) const;

 private:
  PartitionTime() = default;

  std::string table_;
  std::string pattern_;  // "$dt $hm:00"; empty: the first key's value.
  std::optional<JavaDateFormat> formatter_;
  absl::TimeZone zone_;
};

}  // namespace millrace
