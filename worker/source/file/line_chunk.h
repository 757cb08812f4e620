// A piece of a file cut into lines. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/contract/line_rules.h"
#include "worker/contract/source.h"

namespace millrace {

struct ChunkBounds {
  int64_t file_position = 0;  // Of the first byte, which begins a line.
  int64_t lines_end = 0;      // Lines that begin here or behind it are left out.
  bool at_end_of_file = false;
  LineRules rules = {};
};

class LineChunk {
 public:
  LineChunk() = default;

  // How far the end of a quoted field is looked for behind its line.
  static constexpr size_t kQuotedBytesMax = 16 * 1024 * 1024;

  // Cuts `bytes`. A line whose quote is closed nowhere, or closed wrongly, is a record of its own:
  // it cannot be read, but those behind it can. A carriage return at the end of a line is not part
  // of it, empty lines are no records, and a last line without a line feed is whole only at the end
  // of the file.
  LineChunk(std::string bytes, const ChunkBounds& bounds);

  // In the file, behind the last line that is whole: equal to where the chunk begins if none is.
  int64_t end_position() const { return end_position_; }

  bool empty() const { return next_ == offsets_.size(); }

  // The next at most `max_lines` lines, without copying them. REQUIRES: not empty().
  Slab Take(int64_t max_lines);

  // In the file, behind the lines that were taken.
  int64_t taken_position() const { return empty() ? end_position_ : starts_at(next_); }

 private:
  int64_t starts_at(size_t line) const { return file_position_ + offsets_[line]; }

  std::shared_ptr<const std::string> arena_;
  std::vector<uint32_t> offsets_;
  std::vector<uint32_t> lengths_;
  size_t next_ = 0;
  int64_t file_position_ = 0;
  int64_t end_position_ = 0;
};

}  // namespace millrace
