#include <algorithm>
#include <array>

#include "common/columnar/calendar.h"
#include "common/expr/cast_kernels.h"
#include "common/expr/row_kernel.h"
#include "common/expr/session_zone.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {
namespace {

// Microseconds of the last digit that a precision keeps.
int64_t MicrosOfDigit(int precision) {
  static constexpr std::array<int64_t, 7> kMicros = {1'000'000, 100'000, 10'000, 1000, 100, 10, 1};
  return kMicros[std::min(precision, 6)];
}

// A TIME has no date; as a timestamp it is that of 1970-01-01.
Moment Cut(Moment moment, int64_t digit) {
  moment.micros -= moment.micros % digit;
  return moment;
}

Kernel Chained(Kernel first, Kernel second) {
  return [first, second](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(const Vector between, first(arguments, rows));
    const Vector* const argument = &between;
    return second(Arguments(&argument, 1), rows);
  };
}

}  // namespace

Kernel TemporalCast(const DataType& from, const DataType& to, const TimeZone& zone) {
  const TypeKind from_kind = from.kind();
  const TypeKind to_kind = to.kind();
  const int from_precision = from.precision();
  const int to_precision = to.precision();
  const int64_t digit = MicrosOfDigit(to_kind == TypeKind::kDate ? 6 : to_precision);
  const bool from_instant = from_kind == TypeKind::kTimestampLtz;
  const bool to_instant = to_kind == TypeKind::kTimestampLtz;
  if (from_instant != to_instant && !zone.is_utc()) {
    // By way of the TIMESTAMP that is the local time.
    if (from_instant) {
      const DataType local = DataType::Timestamp(from_precision);
      return Chained(LiftKernel<int64_t(int64_t)>(local,
                                                  [zone, from_precision](int64_t value) {
                                                    return LocalOfEpoch(value, from_precision,
                                                                        zone);
                                                  }),
                     TemporalCast(local, to, TimeZone()));
    }
    const DataType local = DataType::Timestamp(to_precision);
    return Chained(TemporalCast(from, local, TimeZone()),
                   LiftKernel<int64_t(int64_t)>(to, [zone, to_precision](int64_t value) {
                     return EpochOfLocal(value, to_precision, zone);
                   }));
  }
  const auto convert = [=](int64_t value) {
    const Moment moment = Cut(MomentOf(value, from_kind, from_precision), digit);
    if (to_kind == TypeKind::kTime) return moment.micros / 1000;
    return ValueOfMoment(moment, to_kind, to_precision);
  };
  const bool narrow_from = !from.IsTimestamp();
  const bool narrow_to = !to.IsTimestamp();
  if (narrow_from && narrow_to) {
    return LiftKernel<int32_t(int32_t)>(
        to, [convert](int32_t value) { return static_cast<int32_t>(convert(value)); });
  }
  if (narrow_from) return LiftKernel<int64_t(int32_t)>(to, convert);
  if (narrow_to) {
    return LiftKernel<int32_t(int64_t)>(
        to, [convert](int64_t value) { return static_cast<int32_t>(convert(value)); });
  }
  return LiftKernel<int64_t(int64_t)>(to, convert);
}

}  // namespace millrace
