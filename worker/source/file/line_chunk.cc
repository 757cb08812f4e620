#include "worker/source/file/line_chunk.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace {

LineChunk::LineChunk(std::string bytes, const ChunkBounds& bounds)
    : file_position_(bounds.file_position), end_position_(bounds.file_position) {
  const size_t size = bytes.size();
  size_t begin = 0;
  while (begin < size && file_position_ + static_cast<int64_t>(begin) < bounds.lines_end) {
    const auto* found =
        static_cast<const char*>(std::memchr(bytes.data() + begin, '\n', size - begin));
    if (found == nullptr && !bounds.at_end_of_file) break;
    const size_t end = found == nullptr ? size : static_cast<size_t>(found - bytes.data());
    size_t length = end - begin;
    if (length > 0 && bytes[end - 1] == '\r') --length;
    if (length > 0) {
      offsets_.push_back(static_cast<uint32_t>(begin));
      lengths_.push_back(static_cast<uint32_t>(length));
    }
    begin = std::min(end + 1, size);
    end_position_ = file_position_ + static_cast<int64_t>(begin);
  }
  bytes.append(Slab::kPadding, '\0');
  arena_ = std::make_shared<const std::string>(std::move(bytes));
}

Slab LineChunk::Take(int64_t max_lines) {
  const size_t end = std::min(offsets_.size(), next_ + static_cast<size_t>(max_lines));
  Slab slab{.arena = arena_,
            .offsets = {offsets_.begin() + next_, offsets_.begin() + end},
            .lengths = {lengths_.begin() + next_, lengths_.begin() + end}};
  slab.positions.reserve(end - next_);
  for (; next_ < end; ++next_) slab.positions.push_back(starts_at(next_));
  return slab;
}

}  // namespace millrace
