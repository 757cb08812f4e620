// The text that comes to the shell, line by line, cut into statements. Pure; not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct ShellStatement {
  std::string text;   // Without its ';', without blanks around it.
  size_t offset = 0;  // Of the text, in all the text that came.
};

// A statement ends with ';', but not with those in strings, names, comments and hints, nor with
// those between the INSERTs of a statement set.
class StatementBuffer {
 public:
  // `line` without its line feed.
  void AddLine(std::string_view line);

  // The next whole statement, in order; nothing if there is none yet.
  std::optional<ShellStatement> Next();

  // At the end of the text: the last statement may go without ';'.
  std::optional<ShellStatement> Rest();

  // Whether a statement has begun that is not whole. REQUIRES: Next gave nothing.
  bool is_within_statement() const;
  // What there is of that statement.
  std::string_view begun() const { return std::string_view(text_).substr(next_); }
  // Forgets it.
  void Drop() { next_ = text_.size(); }

  // All the text that came.
  const std::string& text() const { return text_; }

 private:
  ShellStatement Take(size_t begin, size_t end);

  std::string text_;
  size_t next_ = 0;  // Behind the last statement that was given out.
};

}  // namespace millrace
