// Decoding JSON with a fresh decoder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/decoding.h"
#include "tests/harness/status_matchers.h"
#include "worker/format/json/json_format.h"

namespace millrace {

inline TableDescription JsonTable(Schema schema, TableOptions options = {}) {
  return {.name = "t", .options = std::move(options), .schema = std::move(schema)};
}

inline std::unique_ptr<Decoder> MakeDecoder(Schema schema, TableOptions options = {}) {
  auto decoder = NewJsonDecoder(JsonTable(std::move(schema), std::move(options)));
  EXPECT_OK(decoder);
  return *std::move(decoder);
}

inline std::vector<std::string> Decode(const Schema& schema,
                                       const std::vector<std::string>& records,
                                       TableOptions options = {}) {
  return DecodeWith(*MakeDecoder(schema, std::move(options)), schema, records);
}

}  // namespace millrace
