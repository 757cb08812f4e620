// The clock of a time zone: instants to local times and back, as java.time does it.
//
// Instants count from 1970-01-01T00:00:00Z, local times from 1970-01-01 00:00:00 on the zone's
// clock, both in milliseconds or seconds. Where a clock is put back a local time comes twice, and
// means the earlier instant; where it is put forward some times never come, and are moved on by
// what was skipped. The rules are those of the machine's tz database. A copy is cheap. Not
// thread-safe: it remembers the stretch of constant offset that it looked up last.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace millrace {

class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // "UTC", a region of the tz database ("Asia/Shanghai"), "Z", or an offset: "+08:00", "GMT-8",
  // "UTC+05:30". kInvalidArgument for anything else, kFailedPrecondition without a tz database.
  static absl::StatusOr<TimeZone> Load(std::string_view name);

  const std::string& name() const { return name_; }
  // Its clock is that of UTC for ever.
  bool is_utc() const { return utc_; }

  // What the clock is ahead of UTC at an instant, in seconds.
  int32_t OffsetAt(int64_t epoch_second) const {
    if (epoch_second < from_ || epoch_second >= until_) LookUp(epoch_second);
    return offset_;
  }
  // "EST", or "GMT+03:00" where people have no short name for it.
  std::string AbbreviationAt(int64_t epoch_second) const;

  int64_t LocalMillis(int64_t epoch_ms) const;
  int64_t EpochMillis(int64_t local_ms) const;
  int64_t EpochSecondOfLocal(int64_t local_second) const;

  // How far local time is complete when instants are up to `epoch_ms`: the last local time such
  // that no later instant shows it, or an earlier one. An hour that comes twice is complete when
  // its second pass is. Never goes back as instants go on; the ends of time stay what they are.
  int64_t CompleteLocalMillis(int64_t epoch_ms) const;

 private:
  void LookUp(int64_t epoch_second) const;

  absl::TimeZone zone_ = absl::UTCTimeZone();
  std::string name_ = "UTC";
  bool utc_ = true;

  // The offset from `from_` up to `until_`.
  mutable int64_t from_ = std::numeric_limits<int64_t>::min();
  mutable int64_t until_ = std::numeric_limits<int64_t>::max();
  mutable int32_t offset_ = 0;
};

}  // namespace millrace
