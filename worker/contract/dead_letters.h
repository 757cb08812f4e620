// Records that cannot be read, as rows: what a source hands to the sink of its dead letters.
//
// The sink is a Sink like any other, so that a bad record is as safe as a good one: staged with the
// checkpoint and published once. It takes all that one poll of the source has brought, even after
// kBlockedIo: that is read already. Which columns there are is settled here, for both sides.
#pragma once

#include "common/columnar/schema.h"

namespace millrace {

// Columns of a batch of dead letters.
enum DeadLetterColumn : int {
  kLetterValue,      // The record's bytes, as they were read.
  kLetterSplit,      // The name of the split.
  kLetterPosition,   // In the split; Kafka: the offset.
  kLetterTimestamp,  // Of the record, milliseconds since 1970; NULL: the source does not know it.
  kLetterError,      // Why it cannot be read.
};

inline Schema DeadLetterSchema() {
  return {{"value", DataType::Bytes()},
          {"split", DataType::String()},
          {"position", DataType::BigInt()},
          {"timestamp", DataType::BigInt()},
          {"error", DataType::String()}};
}

}  // namespace millrace
