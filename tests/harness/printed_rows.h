// An encoder that needs no format: a record is what `print` shows of the row.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "tests/harness/rows.h"
#include "worker/contract/format.h"

namespace millrace {

class PrintedRows final : public Encoder {
 public:
  explicit PrintedRows(Schema schema) : schema_(std::move(schema)) {}

  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records.bytes.clear();
    records.offsets = {0};
    for (const std::string& row : RowStrings(schema_, batch)) {
      records.bytes += row;
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    }
    return absl::OkStatus();
  }

 private:
  const Schema schema_;
};

}  // namespace millrace
