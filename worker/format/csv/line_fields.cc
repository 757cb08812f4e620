#include "worker/format/csv/line_fields.h"

#include <algorithm>

namespace millrace {
namespace {

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

LineFields::LineFields(const CsvOptions& options) : options_(options) {
  const auto mark = [this](char c) { ends_unquoted_[static_cast<unsigned char>(c)] = true; };
  mark(options_.delimiter);
  mark('\n');
  mark('\r');
  if (options_.escape.has_value()) mark(*options_.escape);
}

bool LineFields::Start(std::string_view record) {
  record_ = record;
  at_ = 0;
  if (options_.allow_comments) SkipComments();
  more_ = at_ < record_.size();
  return more_;
}

void LineFields::SkipComments() {
  while (true) {
    size_t first = at_;
    while (first < record_.size() && IsBlank(At(first))) ++first;
    if (first < record_.size() && At(first) != '#' && !IsLineEnd(At(first))) return;
    while (first < record_.size() && !IsLineEnd(At(first))) ++first;
    at_ = first;
    if (at_ == record_.size()) return;
    SkipLineEnd();
  }
}

void LineFields::SkipLineEnd() {
  const bool carriage_return = At(at_) == '\r';
  ++at_;
  if (carriage_return && at_ < record_.size() && At(at_) == '\n') ++at_;
}

LineFields::Outcome LineFields::Next() {
  if (!more_) return Outcome::kEnd;
  const bool quoted =
      options_.quote.has_value() && at_ < record_.size() && At(at_) == *options_.quote;
  return quoted ? NextQuoted() : NextUnquoted();
}

LineFields::Outcome LineFields::NextUnquoted() {
  const size_t begin = at_;
  const auto stops = [this](char c) { return ends_unquoted_[static_cast<unsigned char>(c)]; };
  while (at_ < record_.size() && !stops(At(at_))) ++at_;
  text_ = record_.substr(begin, at_ - begin);
  if (at_ < record_.size() && options_.escape.has_value() && At(at_) == *options_.escape) {
    scratch_ = text_;
    while (at_ < record_.size()) {
      if (At(at_) == *options_.escape) {
        if (!AppendEscaped()) return Outcome::kMalformed;
      } else if (stops(At(at_))) {
        break;
      } else {
        scratch_ += At(at_++);
      }
    }
    text_ = scratch_;
  }
  EndField();
  return Outcome::kField;
}

LineFields::Outcome LineFields::NextQuoted() {
  const char quote = *options_.quote;
  ++at_;
  scratch_.clear();
  bool copied = false;  // The text is in scratch_, else it is still in the record.
  size_t begin = at_;
  while (true) {
    if (at_ == record_.size()) {
      problem_ = "a quote is not closed";
      return Outcome::kMalformed;
    }
    const char c = At(at_);
    const bool escaped = options_.escape.has_value() && c == *options_.escape && c != quote;
    const bool doubled = c == quote && at_ + 1 < record_.size() && At(at_ + 1) == quote;
    if (c == quote && !doubled) break;
    if (!escaped && !doubled) {
      ++at_;
      continue;
    }
    scratch_.append(record_, begin, at_ - begin);
    copied = true;
    if (escaped) {
      if (!AppendEscaped()) return Outcome::kMalformed;
    } else {
      scratch_ += quote;
      at_ += 2;
    }
    begin = at_;
  }
  if (copied) scratch_.append(record_, begin, at_ - begin);
  text_ = copied ? std::string_view(scratch_) : record_.substr(begin, at_ - begin);
  ++at_;
  while (at_ < record_.size() && IsBlank(At(at_)) && At(at_) != options_.delimiter) ++at_;
  if (at_ < record_.size() && At(at_) != options_.delimiter && !IsLineEnd(At(at_))) {
    problem_ = "something follows a closing quote";
    return Outcome::kMalformed;
  }
  EndField();
  return Outcome::kField;
}

void LineFields::EndField() {
  more_ = at_ < record_.size() && At(at_) == options_.delimiter;
  if (more_) ++at_;
}

bool LineFields::AppendEscaped() {
  if (++at_ == record_.size()) {
    problem_ = "nothing follows an escape character";
    return false;
  }
  const char c = At(at_++);
  switch (c) {
    case 'n':
      scratch_ += '\n';
      break;
    case 't':
      scratch_ += '\t';
      break;
    case 'r':
      scratch_ += '\r';
      break;
    case '0':
      scratch_ += '\0';
      break;
    default:
      scratch_ += c;
  }
  return true;
}

bool LineFields::IsFollowed() {
  while (at_ < record_.size()) {
    if (IsBlank(At(at_)) || IsLineEnd(At(at_))) {
      ++at_;
    } else if (options_.allow_comments && At(at_) == '#') {
      while (at_ < record_.size() && !IsLineEnd(At(at_))) ++at_;
    } else {
      return true;
    }
  }
  return false;
}

}  // namespace millrace
