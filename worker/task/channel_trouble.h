// What an error of a channel means to the task at its end.
#pragma once

#include "absl/status/status.h"

namespace millrace {

// Whatever it is, it is the peer's or the network's: another attempt may do without it. So it never
// has a code that ends the job.
inline absl::Status ChannelTrouble(const absl::Status& status) {
  return status.ok() ? status : absl::UnavailableError(status.message());
}

}  // namespace millrace
