// What flows along an edge and through a chain, in order.
#pragma once

#include <cstdint>
#include <variant>

#include "common/base/event_time.h"
#include "common/base/ids.h"
#include "common/columnar/batch.h"

namespace millrace {

// No further element will have an event time <= `time`. EventTime::Max(): the input has ended.
struct Watermark {
  EventTime time;
};

// The channel sends nothing for now and must not hold the watermark back (`idle`), or takes part
// again.
struct IdleStatus {
  bool idle = false;
};

// Separates epoch `epoch` from the next one. Needs no credit.
struct Barrier {
  Epoch epoch;
  // The last epoch of a job that is being stopped or has read all of its input: nothing follows but
  // the end.
  bool final = false;
};

// The checkpoint of `epoch` was given up; a task that waits for its barriers stops waiting.
struct CancelBarrier {
  Epoch epoch;
};

// Nothing follows on this channel. Needs no credit.
struct EndOfInput {};

using Element = std::variant<Batch, Watermark, IdleStatus, Barrier, CancelBarrier, EndOfInput>;

}  // namespace millrace
