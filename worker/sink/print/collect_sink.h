// `collect`: the rows of a bare SELECT, for the one who asked. Option 'collect.format':
//
//   table      columns under a header; widths follow the types, a longer value pushes its row out
//   json       one object per row, by the JSON encoder
//   csv        RFC 4180, with a header
//   changelog  one line per change: +I[1, abc], -U[1, abc]
//   cells      the same for programs: kind and cells with tabs between them; in a cell a tab,
//              a line feed and a backslash are \t, \n and \\, and NULL is \N
//
// The first three show rows and cannot show that a row was taken back.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/sink.h"
#include "worker/sink/print/text_output.h"

namespace millrace {

// `json` encodes the table's rows; null unless that is the format. kInvalidArgument for an unknown
// format.
absl::StatusOr<std::unique_ptr<Sink>> NewCollectSink(const SinkSpec& spec,
                                                     std::unique_ptr<Encoder> json,
                                                     TextOutput output);

}  // namespace millrace
