#include "cli/datagen/card_text.h"

#include "absl/strings/str_format.h"
#include "common/columnar/calendar.h"

namespace millrace {

void AppendCents(int64_t cents, std::string& out) {
  absl::StrAppendFormat(&out, "%d.%02d", cents / 100, cents % 100);
}

void AppendTime(int64_t unix_ms, bool millis, std::string& out) {
  AppendDate(FloorDiv(unix_ms, kMillisPerDay), out);
  out += ' ';
  AppendTimeOfDay(FloorMod(unix_ms, kMillisPerDay) * 1000, millis ? 3 : 0, out);
}

}  // namespace millrace
