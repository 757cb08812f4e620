// What a source does with records that it cannot read: the table's 'on-error'. Pure.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "worker/contract/format.h"

namespace millrace {

enum class OnError : uint8_t {
  kFail,        // The job; the default.
  kSkip,        // The record; it is counted. Also what 'json.ignore-parse-errors' says.
  kDeadLetter,  // The record goes to 'dead-letter.topic'.
};

// `decoder` may be null. kInvalidArgument, naming table and option, for a value that is none, or
// that contradicts what the format's options say.
absl::StatusOr<OnError> ReadOnError(const TableDescription& table, const Decoder* decoder);

}  // namespace millrace
