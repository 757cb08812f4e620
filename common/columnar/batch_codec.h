// Batch <-> bytes, for the exchange and for files. The columns are an Arrow IPC record batch
// without its schema, which both sides know; the kinds of rows follow it. The format is on the wire
// and in files: tests/compatibility holds golden bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/buffer.h"
#include "common/columnar/batch.h"

namespace millrace {

// The encoded form as slices, so that column buffers go to the carrier without being copied. The
// slices, put one after the other, are the encoding.
struct EncodedBatch {
  std::vector<std::shared_ptr<arrow::Buffer>> slices;
  int64_t bytes = 0;
};

absl::StatusOr<EncodedBatch> EncodeBatch(const Batch& batch);

// Reads what EncodeBatch wrote; the batch's columns point into `bytes` where alignment allows.
// Validates everything: kDataLoss for bytes that no EncodeBatch with this schema can have written,
// never a crash.
absl::StatusOr<Batch> DecodeBatch(const std::shared_ptr<arrow::Schema>& schema,
                                  std::shared_ptr<arrow::Buffer> bytes);

}  // namespace millrace
