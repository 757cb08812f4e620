// Where a record of a format ends in a file of lines, for sources of files.
#pragma once

#include <optional>

namespace millrace {

// Without a quote every line is a record.
struct LineRules {
  std::optional<char> quote;   // A field that begins with it may hold line ends.
  std::optional<char> escape;  // Takes its meaning from the character behind it.
  char delimiter = ',';
  bool comments = false;  // A line that begins with '#' is one, whatever is in it.
};

}  // namespace millrace
