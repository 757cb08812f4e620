// Decodes records whose columns do not all come from their values (record_layout.h): the value, the
// key and the source's own columns become one batch.
//
// A key that cannot be read makes its record a bad one. A record without a key has NULL for the
// columns of the key.
#pragma once

#include <memory>

#include "common/columnar/schema.h"
#include "worker/contract/format.h"
#include "worker/format/record/record_layout.h"

namespace millrace {

struct RecordDecoders {
  std::unique_ptr<Decoder> value;
  std::unique_ptr<Decoder> key;  // Null without RecordLayout::key.
};

// `schema` is that of the whole table.
std::unique_ptr<Decoder> NewRecordDecoder(const Schema& schema, RecordLayout layout,
                                          RecordDecoders decoders);

}  // namespace millrace
