// Where printed rows go: the standard output or the standard error of this process.
#pragma once

#include <functional>
#include <string_view>

namespace millrace {

// Takes whole lines, with their line feeds. Thread-safe: lines of several tasks never mix. A reader
// that does not read holds the task up, which is what backpressure is.
using TextOutput = std::function<void(std::string_view lines)>;

TextOutput StandardOutput();
TextOutput StandardError();

}  // namespace millrace
