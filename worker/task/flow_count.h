// How much has passed a place: rows, batches and bytes, counted per batch.
#pragma once

#include <cstdint>

#include "common/columnar/batch.h"

namespace millrace {

struct FlowCount {
  int64_t records = 0;
  int64_t batches = 0;
  int64_t bytes = 0;

  void Add(const Batch& batch) {
    records += batch.num_rows();
    ++batches;
    bytes += batch.bytes();
  }
};

}  // namespace millrace
