// Lines from a terminal, with editing, history and completion: libedit behind a small face.
//
// One at a time: it owns the terminal's modes while it reads. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/shell/completion.h"

namespace millrace {

class LineEditor {
 public:
  enum class Outcome : uint8_t {
    kLine,
    kInterrupted,  // Ctrl-C: what was typed is gone.
    kEnd,          // Ctrl-D on an empty line, or the terminal has gone.
  };

  virtual ~LineEditor() = default;

  // `complete` is given the line up to the cursor. History is read from `history_file`, and written
  // to it at every Remember; empty: it is not kept. A file that cannot be read is an empty one.
  static std::unique_ptr<LineEditor> Open(const std::string& history_file,
                                          std::function<Completion(std::string_view)> complete);

  // The next line, without its line feed.
  virtual Outcome Read(const std::string& prompt, std::string& line) = 0;

  // Adds a statement to the history.
  virtual void Remember(const std::string& statement) = 0;
};

}  // namespace millrace
