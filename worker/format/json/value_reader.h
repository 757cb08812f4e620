// Reads JSON values into column buffers: the inner loop of the decoder.
//
// Values are found with simdjson's on-demand iterator, which never throws here: every call returns
// an error code. Frequent shapes (integers, strings, timestamps in their usual form) are read in
// place; the rest goes through scalar_text.h. Recursion is as deep as the schema, however deep the
// JSON is. Not thread-safe.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/columnar/schema.h"
#include "worker/format/column/column_buffer.h"
#include "worker/format/column/timestamp_scan.h"
#include "worker/format/json/field_order.h"
#include "worker/format/json/json_options.h"

namespace millrace {

enum class ReadOutcome : uint8_t {
  kOk,
  kMismatch,   // The value does not fit its column; the iterator can go on behind it.
  kMalformed,  // This is no JSON; nothing more can be read from the record.
};

struct RowPlan;

// How a column is read.
struct ValuePlan {
  ColumnBuffer* column = nullptr;
  bool nullable = true;
  std::unique_ptr<RowPlan> row;     // ROW
  std::vector<ValuePlan> elements;  // ARRAY: the element; MAP: key and value.
  TimestampScan timestamps;         // TIMESTAMP, TIMESTAMP_LTZ
};

// How an object is read into the fields of a row.
struct RowPlan {
  RowPlan(std::vector<std::string> names, std::vector<ValuePlan> fields);

  std::vector<std::string> names;
  std::vector<ValuePlan> fields;
  FieldOrder order;
  std::vector<int> required;       // Fields that are NOT NULL.
  std::vector<int64_t> last_seen;  // By field, the number of the last object that had it.
  int64_t objects = 0;
};

class ValueReader {
 public:
  // `columns` were made from the types of `schema`; both outlive the reader.
  ValueReader(const Schema& schema, const JsonOptions& options, ColumnGroup& columns,
              simdjson::ondemand::parser& parser);

  // Reads `object` into the open slot of the columns. After kMismatch or kMalformed the slot holds
  // anything; problem() says why.
  ReadOutcome ReadRecord(simdjson::ondemand::object& object);

  // "field 'bid.price': expected BIGINT, found an array"
  std::string problem() const;

 private:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;

  ReadOutcome ReadFields(Object& object, RowPlan& plan, int64_t slot);
  ReadOutcome CheckFields(const RowPlan& plan, int64_t slot);
  int FindField(FieldOrder& order, simdjson::ondemand::raw_json_string key);

  // A value that does not fit is NULL if the options say so.
  ReadOutcome ReadValue(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadValueOrFail(Value& value, ValuePlan& plan, int64_t slot);
  template <typename T>
  ReadOutcome ReadInteger(Value& value, ValuePlan& plan, int64_t slot);
  template <typename T>
  ReadOutcome ReadReal(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadTimestamp(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadString(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadNestedText(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadRow(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadArray(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadMap(Value& value, ValuePlan& plan, int64_t slot);
  ReadOutcome ReadElement(Value& value, ValuePlan& plan, ColumnGroup& group);

  // What the fast paths do not know: NULL, other spellings, errors.
  ReadOutcome ReadUnusual(Value& value, ValuePlan& plan, int64_t slot);
  bool SetFromText(ValuePlan& plan, int64_t slot, std::string_view text, bool quoted);
  bool Unescape(simdjson::ondemand::raw_json_string raw, int64_t size_max, std::string& out);

  ReadOutcome Mismatch(const ValuePlan& plan, std::string_view found);
  ReadOutcome Malformed(simdjson::error_code error);
  void PrependToPath(std::string_view step);

  const JsonOptions& options_;
  ColumnGroup& columns_;
  simdjson::ondemand::parser& parser_;
  std::unique_ptr<RowPlan> record_;
  std::string scratch_;
  std::string bytes_;
  std::string path_;    // Of the field that reason_ is about.
  std::string reason_;  // Set by the outcomes that are not kOk.
};

}  // namespace millrace
