#include "worker/source/file/line_chunk.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

constexpr size_t kNotWhole = std::string::npos;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Finds where the record that begins at `begin` ends: at a line feed, or at the end of the bytes if
// that is the end of the file.
class RecordEnd {
 public:
  RecordEnd(std::string_view bytes, const ChunkBounds& bounds) : bytes_(bytes), bounds_(bounds) {}

  // kNotWhole: more bytes are needed.
  size_t Find(size_t begin) {
    if (!bounds_.rules.quote.has_value() || IsComment(begin)) return LineEnd(begin);
    begin_ = begin;
    first_line_end_ = kNotWhole;
    bool field_begins = true;
    for (size_t at = begin; at < bytes_.size();) {
      const char c = bytes_[at];
      if (c == '\n') return at;
      if (field_begins && c == *bounds_.rules.quote) {
        at = BehindQuote(at + 1);
        if (at == kNotWhole) return GiveUp();
        if (!EndsField(at)) return first_line_end_ != kNotWhole ? first_line_end_ : LineEnd(at);
        field_begins = false;
        continue;
      }
      field_begins = c == bounds_.rules.delimiter;
      at += c == bounds_.rules.escape && at + 1 < bytes_.size() && bytes_[at + 1] != '\n' ? 2 : 1;
    }
    return bounds_.at_end_of_file ? bytes_.size() : kNotWhole;
  }

 private:
  size_t LineEnd(size_t begin) const {
    const size_t found = bytes_.find('\n', begin);
    if (found == std::string_view::npos && bounds_.at_end_of_file) return bytes_.size();
    return found;
  }

  bool IsComment(size_t at) const {
    if (!bounds_.rules.comments) return false;
    while (at < bytes_.size() && IsBlank(bytes_[at])) ++at;
    return at < bytes_.size() && bytes_[at] == '#';
  }

  // Behind the quote that closes a field whose text begins at `at`.
  size_t BehindQuote(size_t at) {
    const char quote = *bounds_.rules.quote;
    while (at < bytes_.size()) {
      const char c = bytes_[at];
      const bool doubled = c == quote && at + 1 < bytes_.size() && bytes_[at + 1] == quote;
      if (c == quote && !doubled) return at + 1;
      if (c == '\n' && first_line_end_ == kNotWhole) first_line_end_ = at;
      at += doubled || c == bounds_.rules.escape ? 2 : 1;
    }
    return kNotWhole;
  }

  bool EndsField(size_t at) const {
    const char delimiter = bounds_.rules.delimiter;  // Which may be a blank.
    while (at < bytes_.size() && IsBlank(bytes_[at]) && bytes_[at] != delimiter) ++at;
    if (at == bytes_.size()) return true;  // It is not known yet, or it is the end.
    const char c = bytes_[at];
    return c == delimiter || c == '\n' || c == '\r';
  }

  // The quote is not closed in these bytes.
  size_t GiveUp() const {
    const bool too_far = bytes_.size() - begin_ > LineChunk::kQuotedBytesMax;
    if (!bounds_.at_end_of_file && !(too_far && first_line_end_ != kNotWhole)) return kNotWhole;
    return first_line_end_ != kNotWhole ? first_line_end_ : bytes_.size();
  }

  const std::string_view bytes_;
  const ChunkBounds& bounds_;
  size_t begin_ = 0;
  size_t first_line_end_ = kNotWhole;  // Within quotes.
};

}  // namespace

LineChunk::LineChunk(std::string bytes, const ChunkBounds& bounds)
    : file_position_(bounds.file_position), end_position_(bounds.file_position) {
  const size_t size = bytes.size();
  RecordEnd record_end(bytes, bounds);
  size_t begin = 0;
  while (begin < size && file_position_ + static_cast<int64_t>(begin) < bounds.lines_end) {
    const size_t end = record_end.Find(begin);
    if (end == kNotWhole) break;
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
