// Arrow takes its buffers from the C library: its own allocator (mimalloc) reuses memory where the
// sanitizers do not see it.
#include <cstdlib>

namespace {

// Before main: Arrow looks at its first allocation.
__attribute__((constructor)) void UseTheSystemsAllocator() {
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", /*overwrite=*/0);
}

}  // namespace
