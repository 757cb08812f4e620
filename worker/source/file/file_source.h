// `filesystem` as a source: files of lines, read to their end.
//
// What lay there when the job first started is read, once; files that come later are not. The table
// is bounded. Reading runs ahead on the io executor by one piece. Splits (parts of files) are read
// in turn, so that the watermark, which is the least of theirs, moves through all of them.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/io/file_system.h"
#include "common/plan/operators.h"
#include "worker/contract/line_rules.h"
#include "worker/contract/source.h"

namespace millrace {

// kInvalidArgument, naming the table, for a 'path' that is missing or not absolute, and for a
// pattern or columns that are wrong. `rules` are those of the table's format. `files` must outlive
// the source.
absl::StatusOr<std::unique_ptr<Source>> NewFileSource(const SourceSpec& spec, FileSystem& files,
                                                      LineRules rules = {});

}  // namespace millrace
