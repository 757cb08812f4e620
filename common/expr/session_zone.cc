#include "common/expr/session_zone.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/columnar/calendar.h"
#include "common/expr/kernel.h"
#include "common/expr/temporal_text.h"

namespace millrace {
namespace {

bool IsInstant(const DataType& type) { return type.kind() == TypeKind::kTimestampLtz; }

// Units per second of a timestamp column.
int64_t PerSecond(int precision) { return precision <= 3 ? 1000 : 1'000'000; }

bool HoldsInstant(const DataType& type) {
  return IsInstant(type) ||
         std::any_of(type.children().begin(), type.children().end(), HoldsInstant);
}

// Functions that read fields of local time off argument number `instant`, a TIMESTAMP_LTZ.
struct LocalFunction {
  std::string_view name;
  size_t instant;
};
constexpr std::array kLocalFunctions = {
    LocalFunction{"extract", 1},
    LocalFunction{"date_format", 0},
};

// Functions that take the zone as one more argument, if they have this many before it.
struct ZonedFunction {
  std::string_view name;
  size_t arguments;
};
constexpr std::array kZonedFunctions = {
    ZonedFunction{"from_unixtime", 2},
    ZonedFunction{"unix_timestamp", 2},
};

class Localizer {
 public:
  explicit Localizer(const TimeZone& zone) : zone_(Expression::String(zone.name())) {}

  ExpressionPtr Rewrite(const ExpressionPtr& expression) const {
    if (expression->arguments().empty()) return expression;
    std::vector<ExpressionPtr> arguments;
    for (const ExpressionPtr& argument : expression->arguments()) {
      arguments.push_back(Rewrite(argument));
    }
    if (expression->kind() == ExpressionKind::kField) {
      return Expression::Field(std::move(arguments.front()), expression->index());
    }
    return RewriteCall(*expression, std::move(arguments));
  }

 private:
  ExpressionPtr RewriteCall(const Expression& call, std::vector<ExpressionPtr> arguments) const {
    const std::string& name = call.function();
    if (name == "cast" || name == "try_cast") {
      if (arguments.size() == 1 && CastDependsOnZone(arguments[0]->type(), call.type())) {
        arguments.push_back(zone_);
      }
      return Expression::Call(name, std::move(arguments), call.type());
    }
    for (const LocalFunction& function : kLocalFunctions) {
      if (function.name != name || function.instant >= arguments.size()) continue;
      ExpressionPtr& instant = arguments[function.instant];
      if (!IsInstant(instant->type())) break;
      const DataType local = DataType::Timestamp(instant->type().precision());
      instant = Expression::Call("cast", {instant, zone_},
                                 local.WithNullable(instant->type().nullable()));
    }
    const bool rounds = (name == "floor" || name == "ceil") && arguments.size() == 2;
    if (rounds && IsInstant(arguments[0]->type())) arguments.push_back(zone_);
    for (const ZonedFunction& function : kZonedFunctions) {
      if (function.name != name || IsInstant(arguments[0]->type())) continue;
      if (arguments.size() == 1) arguments.push_back(Expression::String(kDefaultTimestampPattern));
      if (arguments.size() == function.arguments) arguments.push_back(zone_);
    }
    return Expression::Call(name, std::move(arguments), call.type());
  }

  const ExpressionPtr zone_;
};

}  // namespace

ExpressionPtr InTimeZone(const ExpressionPtr& expression, const TimeZone& zone) {
  return zone.is_utc() ? expression : Localizer(zone).Rewrite(expression);
}

bool CastDependsOnZone(const DataType& from, const DataType& to) {
  if (from.kind() != to.kind()) {
    if (to.IsCharacter()) return HoldsInstant(from);
    return IsInstant(from) != IsInstant(to) && from.kind() != TypeKind::kNull;
  }
  if (from.children().size() != to.children().size()) return false;
  for (size_t i = 0; i < from.children().size(); ++i) {
    if (CastDependsOnZone(from.children()[i], to.children()[i])) return true;
  }
  return false;
}

absl::StatusOr<TimeZone> LiteralZone(const Expression& expression) {
  const auto name = LiteralText(expression);
  if (!name) return absl::InvalidArgumentError("a time zone must be a literal");
  return TimeZone::Load(*name);
}

int64_t LocalOfEpoch(int64_t value, int precision, const TimeZone& zone) {
  const int64_t per_second = PerSecond(precision);
  const int64_t ahead = int64_t{zone.OffsetAt(FloorDiv(value, per_second))} * per_second;
  return static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(ahead));
}

int64_t EpochOfLocal(int64_t value, int precision, const TimeZone& zone) {
  const int64_t per_second = PerSecond(precision);
  const int64_t second = FloorDiv(value, per_second);
  const auto epoch = static_cast<uint64_t>(zone.EpochSecondOfLocal(second));
  return static_cast<int64_t>(epoch * static_cast<uint64_t>(per_second) +
                              static_cast<uint64_t>(FloorMod(value, per_second)));
}

}  // namespace millrace
