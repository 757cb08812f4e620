// The end of a librdkafka client, which may not come.
//
// Destroying a client waits for its threads, and those wait for every reference to a broker or a
// partition; one that the library itself lost is waited for for ever (its issues 4724, 4362, 5434:
// topics deleted under a reader). A task that ends must not hang with it.
#pragma once

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace millrace {

constexpr absl::Duration kClientEndLimit = absl::Seconds(10);

// Calls `destroy`, which destroys a client, on a thread of its own and waits for it, at most
// `limit`. True if it is done. False: the thread, the client and `used`, what the client's threads
// go on using, stay for as long as the process. Thread-safe.
bool EndClient(absl::AnyInvocable<void()> destroy, std::shared_ptr<void> used,
               absl::Duration limit = kClientEndLimit);

}  // namespace millrace
