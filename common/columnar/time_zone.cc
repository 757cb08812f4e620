#include "common/columnar/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int32_t kMaxOffset = 18 * 3600;  // As in Java.
// Beyond, all that is known of a zone is its last offset: 290 million years.
constexpr int64_t kFarthestSecond = int64_t{1} << 53;
// 2200-01-01. Rules that change the clock every year are listed for about four centuries only: if
// the last change is behind this, others follow it.
constexpr int64_t kLastSingleChange = 7'258'118'400;

absl::CivilSecond CivilOf(int64_t second) { return absl::CivilSecond(1970) + second; }
int64_t SecondOf(absl::CivilSecond civil) { return civil - absl::CivilSecond(1970); }

// Digits before `end`, at most two.
std::optional<int> TakeTwoDigits(absl::string_view& text) {
  size_t digits = 0;
  while (digits < std::min<size_t>(2, text.size()) && absl::ascii_isdigit(text[digits])) ++digits;
  int value = 0;
  if (digits == 0 || !absl::SimpleAtoi(text.substr(0, digits), &value)) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// "+08:00", "-8", "+0530", behind an optional UTC, GMT or UT.
std::optional<int32_t> ParseOffset(absl::string_view text) {
  for (const absl::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (text.substr(0, prefix.size()) == prefix) {
      text.remove_prefix(prefix.size());
      break;
    }
  }
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::optional<int> hours = TakeTwoDigits(text);
  int minutes = 0;
  if (hours.has_value() && !text.empty()) {
    if (text[0] == ':') text.remove_prefix(1);
    const std::optional<int> parsed = text.size() == 2 ? TakeTwoDigits(text) : std::nullopt;
    if (!parsed.has_value() || !text.empty()) return std::nullopt;
    minutes = *parsed;
  }
  if (!hours.has_value() || minutes > 59) return std::nullopt;
  const int32_t offset = sign * (*hours * 3600 + minutes * 60);
  if (std::abs(offset) > kMaxOffset) return std::nullopt;
  return offset;
}

}  // namespace

absl::StatusOr<TimeZone> TimeZone::Load(std::string_view name) {
  TimeZone zone;
  zone.name_ = std::string(name);
  if (name == "UTC" || name == "Z" || name == "GMT" || name == "UT") return zone;
  zone.utc_ = false;
  if (const std::optional<int32_t> offset = ParseOffset(AbslView(name))) {
    zone.zone_ = absl::FixedTimeZone(*offset);
    zone.offset_ = *offset;
    zone.utc_ = *offset == 0;
    return zone;
  }
  // The database is a folder of files: nothing that leads out of it is a name.
  const bool is_name = !name.empty() && name[0] != '/' && name.find("..") == std::string_view::npos;
  if (!is_name || !absl::LoadTimeZone(AbslView(name), &zone.zone_)) {
    absl::TimeZone known;
    if (!absl::LoadTimeZone("Asia/Tokyo", &known)) {
      return absl::FailedPreconditionError(
          "this machine has no tz database: install the package tzdata");
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "'", AbslView(name),
        "' is no time zone; write a name of the tz database, as 'America/Los_Angeles', "
        "or an offset, as 'GMT-08:00'"));
  }
  zone.LookUp(0);
  zone.utc_ = zone.from_ == std::numeric_limits<int64_t>::min() &&
              zone.until_ == std::numeric_limits<int64_t>::max() && zone.offset_ == 0;
  return zone;
}

void TimeZone::LookUp(int64_t epoch_second) const {
  const int64_t second = std::clamp(epoch_second, -kFarthestSecond, kFarthestSecond);
  const absl::Time time = absl::FromUnixSeconds(second);
  offset_ = zone_.At(time).offset;
  absl::TimeZone::CivilTransition transition;
  from_ = std::numeric_limits<int64_t>::min();
  until_ = std::numeric_limits<int64_t>::max();
  // Of what comes before or after, only the civil times are told; on this side the offset is known.
  if (zone_.NextTransition(time, &transition)) until_ = SecondOf(transition.from) - offset_;
  if (zone_.PrevTransition(time + absl::Seconds(1), &transition)) {
    from_ = SecondOf(transition.to) - offset_;
  }
  if (until_ == std::numeric_limits<int64_t>::max() && from_ > kLastSingleChange) {
    from_ = second;
    until_ = second + 1;
  }
}

std::string TimeZone::AbbreviationAt(int64_t epoch_second) const {
  const absl::TimeZone::CivilInfo info = zone_.At(absl::FromUnixSeconds(epoch_second));
  const std::string abbreviation = info.zone_abbr;
  if (!abbreviation.empty() && absl::ascii_isalpha(abbreviation[0])) return abbreviation;
  const int minutes = std::abs(info.offset) / 60;
  return absl::StrFormat("GMT%c%02d:%02d", info.offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

int64_t TimeZone::LocalMillis(int64_t epoch_ms) const {
  if (utc_) return epoch_ms;
  return epoch_ms + int64_t{OffsetAt(FloorDiv(epoch_ms, 1000))} * 1000;
}

int64_t TimeZone::EpochMillis(int64_t local_ms) const {
  if (utc_) return local_ms;
  const int64_t local_second = FloorDiv(local_ms, 1000);
  return EpochSecondOfLocal(local_second) * 1000 + (local_ms - local_second * 1000);
}

int64_t TimeZone::EpochSecondOfLocal(int64_t local_second) const {
  // Two days from the ends of a stretch of one offset, no other offset can be meant.
  const int64_t second = local_second - offset_;
  const bool inside =
      (from_ == std::numeric_limits<int64_t>::min() || second - from_ > 2 * kSecondsPerDay) &&
      (until_ == std::numeric_limits<int64_t>::max() || until_ - second > 2 * kSecondsPerDay);
  if (inside && second >= from_ && second < until_) return second;
  if (std::abs(local_second) > kFarthestSecond) return local_second - OffsetAt(local_second);
  // Of a time that comes twice or never, that of the offset before the change.
  const absl::Time epoch = zone_.At(CivilOf(local_second)).pre;
  const int64_t result = absl::ToUnixSeconds(epoch);
  LookUp(result);
  return result;
}

int64_t TimeZone::CompleteLocalMillis(int64_t epoch_ms) const {
  const bool is_end = epoch_ms == std::numeric_limits<int64_t>::min() ||
                      epoch_ms == std::numeric_limits<int64_t>::max();
  if (utc_ || is_end) return epoch_ms;
  const int64_t local = LocalMillis(epoch_ms);
  const int64_t until = until_;
  if (until == std::numeric_limits<int64_t>::max()) return local;
  if (until - FloorDiv(epoch_ms, 1000) > 2 * kSecondsPerDay) return local;
  // The clock may be put back soon, and show the last hours again.
  return std::min(local, LocalMillis(until * 1000) - 1);
}

}  // namespace millrace
