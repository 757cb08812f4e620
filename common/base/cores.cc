#include "common/base/cores.h"

#include <algorithm>
#include <thread>

namespace millrace {

int CoreCount() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace millrace
