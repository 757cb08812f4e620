#include "worker/task/on_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "common/plan/option_reader.h"

namespace millrace {

absl::StatusOr<OnError> ReadOnError(const TableDescription& table, const Decoder* decoder) {
  const OptionReader options(table);
  const bool format_skips = decoder != nullptr && decoder->skips_bad_records();
  const std::string text =
      absl::AsciiStrToLower(options.Text("on-error", format_skips ? "skip" : "fail"));
  if (text == "skip") return OnError::kSkip;
  if (text != "fail" && text != "dead-letter") {
    return options.Wrong("on-error", "it must be fail, skip or dead-letter");
  }
  if (format_skips) {
    return options.Wrong("on-error", "the format ignores parse errors; set one of the two");
  }
  return text == "fail" ? OnError::kFail : OnError::kDeadLetter;
}

}  // namespace millrace
