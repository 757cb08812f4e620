// How many cores this process may use.
#pragma once

namespace millrace {

// At least 1. Honours the process's CPU affinity.
int CoreCount();

}  // namespace millrace
