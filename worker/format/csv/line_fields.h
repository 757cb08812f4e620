// Cuts a record of csv into fields. Pure; not thread-safe: it keeps a buffer.
//
// A field in quotes may hold delimiters and line ends; two quotes are one. A quote inside of an
// unquoted field is a character like any other, and so are blanks; behind a closing quote blanks
// are left out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "worker/format/csv/csv_options.h"

namespace millrace {

class LineFields {
 public:
  explicit LineFields(const CsvOptions& options);

  // Begins with `record`, which must stay where it is. Lines of comments in front are left out;
  // false: there is nothing else.
  bool Start(std::string_view record);

  enum class Outcome : uint8_t {
    kField,      // There is one: text().
    kEnd,        // The line has no more.
    kMalformed,  // problem() says why.
  };
  Outcome Next();

  // Valid until the next call.
  std::string_view text() const { return text_; }
  const char* problem() const { return problem_; }

  // After kEnd: whether another line follows that is more than white space and comments.
  bool IsFollowed();

 private:
  Outcome NextQuoted();
  Outcome NextUnquoted();
  // Behind a field: what ends it, and whether it was the last one.
  void EndField();
  // The character after an escape, appended to scratch_. False at the end of the record.
  bool AppendEscaped();
  void SkipLineEnd();
  void SkipComments();
  char At(size_t i) const { return record_[i]; }

  const CsvOptions options_;
  std::array<bool, 256> ends_unquoted_{};  // What an unquoted field is looked through for.

  std::string_view record_;
  size_t at_ = 0;
  bool more_ = false;  // A field follows, maybe an empty one.
  std::string_view text_;
  std::string scratch_;
  const char* problem_ = "";
};

}  // namespace millrace
