// Lines of csv through a fresh decoder.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/decoding.h"
#include "worker/format/csv/csv_format.h"

namespace millrace {

inline std::vector<std::string> Decode(const Schema& schema, const std::vector<std::string>& lines,
                                       TableOptions options = {}) {
  auto decoder = NewCsvDecoder({.name = "t", .options = std::move(options), .schema = schema});
  EXPECT_OK(decoder);
  return DecodeWith(**decoder, schema, lines);
}

}  // namespace millrace
