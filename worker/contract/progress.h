// How far a step of a task came. Tasks are cooperative: instead of waiting they return, and are run
// again when the wait is over.
#pragma once

#include <cstdint>

namespace millrace {

enum class Progress : uint8_t {
  kDone,           // The whole input of the call was handled.
  kYield,          // More to do right now; call Resume() after others had their turn.
  kBlockedOutput,  // Output::full(): call Resume() when there is room.
  kBlockedIo,  // State or an external system: call Resume() once the operator's waker was called.
};

}  // namespace millrace
