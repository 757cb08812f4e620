// The version of this build. CMakeLists.txt is its source.
#pragma once

namespace millrace {


inline constexpr const char* kVersion = MILLRACE_VERSION;

}  // namespace millrace
