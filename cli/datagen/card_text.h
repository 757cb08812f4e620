// How the card lines and their truth write times and amounts. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

// "12.34"
void AppendCents(int64_t cents, std::string& out);

// "2026-01-01 00:00:05" and, if `millis`, ".123" in any case.
void AppendTime(int64_t unix_ms, bool millis, std::string& out);

}  // namespace millrace
