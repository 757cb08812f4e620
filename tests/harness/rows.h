// Batches as literals and as text, for tests.
//
//   Schema clicks{{"at", DataType::Timestamp(3)}, {"page", DataType::String()}};
//   Batch batch = MakeBatch(clicks, {{"2024-01-01 00:00:05", "/home"}, {nullptr, "/help"}});
//   EXPECT_THAT(RowStrings(clicks, batch),
//               ElementsAre("+I[2024-01-01T00:00:05, /home]", "+I[null, /help]"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arrow/array.h"
#include "common/columnar/batch.h"
#include "common/columnar/data_type.h"
#include "common/columnar/schema.h"

namespace millrace {

// One value of any SQL type:
//   nullptr                NULL
//   bool, integer, double  BOOLEAN and numbers; an integer also for DECIMAL, DATE (days), TIME and
//                          TIMESTAMP (milliseconds, whatever the precision) and intervals
//   text                   strings, bytes, DECIMAL, DATE, TIME, TIMESTAMP
//   {a, b, ...}            ARRAY: the elements; ROW: the fields; MAP: its {key, value} pairs
class Value {
 public:
  Value(std::nullptr_t) {}                                         // NOLINT: literals
  Value(bool value) : value_(value) {}                             // NOLINT
  Value(int value) : value_(int64_t{value}) {}                     // NOLINT
  Value(int64_t value) : value_(value) {}                          // NOLINT
  Value(double value) : value_(value) {}                           // NOLINT
  Value(const char* value) : value_(std::string(value)) {}         // NOLINT
  Value(std::string value) : value_(std::move(value)) {}           // NOLINT
  Value(std::vector<Value> values) : value_(std::move(values)) {}  // NOLINT
  Value(std::initializer_list<Value> values) : value_(std::vector<Value>(values)) {}  // NOLINT

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  template <typename T>
  const T* get() const {
    return std::get_if<T>(&value_);
  }

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<Value>> value_;
};

using RowValues = std::vector<Value>;

// Stops the test for a value that does not fit its column. `kinds`: empty, or one for each row.
Batch MakeBatch(const Schema& schema, const std::vector<RowValues>& rows,
                std::vector<RowKind> kinds = {});

// One column.
std::shared_ptr<arrow::Array> MakeColumn(const DataType& type, const std::vector<Value>& values);

// One "+I[1, abc]" per row, as `print` shows it.
std::vector<std::string> RowStrings(const Schema& schema, const Batch& batch);

// One text per row of a column, as `print` shows it.
std::vector<std::string> ValueStrings(const DataType& type, const arrow::Array& column);

}  // namespace millrace
