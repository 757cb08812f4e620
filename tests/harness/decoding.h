// Slabs as literals, and what a decoder makes of them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/contract/format.h"

namespace millrace {

inline Slab MakeSlab(const std::vector<std::string>& records) {
  auto arena = std::make_shared<std::string>();
  Slab slab;
  for (const std::string& record : records) {
    slab.offsets.push_back(static_cast<uint32_t>(arena->size()));
    slab.lengths.push_back(static_cast<uint32_t>(record.size()));
    arena->append(record);
  }
  arena->append(Slab::kPadding, '\0');
  slab.arena = std::move(arena);
  return slab;
}

// The rows as `print` shows them, then "! <index> <reason>" for each bad record.
inline std::vector<std::string> ShowDecoded(const Schema& schema, const DecodeResult& result) {
  EXPECT_TRUE(result.batch.columns()->ValidateFull().ok())
      << result.batch.columns()->ValidateFull().ToString();
  std::vector<std::string> lines = RowStrings(schema, result.batch);
  for (const BadRecord& bad : result.bad_records) {
    lines.push_back("! " + std::to_string(bad.index) + " " + bad.reason);
  }
  return lines;
}

inline std::vector<std::string> DecodeWith(Decoder& decoder, const Schema& schema,
                                           const std::vector<std::string>& records) {
  const absl::StatusOr<DecodeResult> result = decoder.Decode(MakeSlab(records));
  EXPECT_OK(result);
  return ShowDecoded(schema, *result);
}

}  // namespace millrace
