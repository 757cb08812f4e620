// The file that makes a set of published table files openable (proto/CHECKPOINT.md, "Table list").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

struct TableList {
  std::vector<int64_t> numbers;  // That the spill store knows the tables by, in manifest order.
  std::string catalog;           // The store's own.
};

std::string EncodeTableList(const TableList& list);

// kDataLoss or kFailedPrecondition if `bytes` are no table list that this build reads.
absl::StatusOr<TableList> DecodeTableList(std::string_view bytes);

}  // namespace millrace
