#include "worker/sink/print/text_output.h"

#include <cstdio>

namespace millrace {
namespace {

// One fwrite holds the stream's lock from the first byte to the last.
void Write(std::string_view lines, std::FILE* stream) {
  std::fwrite(lines.data(), 1, lines.size(), stream);
  std::fflush(stream);
}

}  // namespace

TextOutput StandardOutput() {
  return [](std::string_view lines) { Write(lines, stdout); };
}

TextOutput StandardError() {
  return [](std::string_view lines) { Write(lines, stderr); };
}

}  // namespace millrace
