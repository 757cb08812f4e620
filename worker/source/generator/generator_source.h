// What datagen and nexmark share: splits, pace, positions. What rows a split has is a RowSequence.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "worker/contract/source.h"
#include "worker/source/generator/generator_split.h"

namespace millrace {

// The rows of one split, in order. Not thread-safe.
class RowSequence {
 public:
  virtual ~RowSequence() = default;

  // The split's rows [split.next, split.next + count). Sets split.random_state, if it uses one, to
  // where it stands behind them. REQUIRES: `split` is as this left it or as it was restored.
  virtual absl::StatusOr<Batch> Rows(GeneratorSplit& split, int64_t count) = 0;
};

struct GeneratorOptions {
  std::string table;
  int64_t rows = GeneratorSplit::kUnbounded;  // Of the whole table.
  double rows_per_second = 0;                 // Of the whole table; 0: as fast as they are taken.
  std::function<absl::StatusOr<std::unique_ptr<RowSequence>>(const TaskContext&)> new_sequence;
};

std::unique_ptr<Source> NewGeneratorSource(GeneratorOptions options);

}  // namespace millrace
