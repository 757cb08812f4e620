// The named, typed columns of a batch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/columnar/data_type.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace millrace {

struct Field {
  std::string name;
  DataType type;

  friend bool operator==(const Field&, const Field&) = default;
};

// An immutable-by-habit value. Column names keep their case; SQL's look-up rules live in the
// binder.
class Schema {
 public:
  Schema() = default;
  Schema(std::initializer_list<Field> fields) : fields_(fields) {}
  explicit Schema(std::vector<Field> fields) : fields_(std::move(fields)) {}

  int size() const { return static_cast<int>(fields_.size()); }
  const Field& field(int index) const { return fields_[index]; }
  const std::vector<Field>& fields() const { return fields_; }

  // The index of the first column of that exact name.
  std::optional<int> Find(std::string_view name) const;

  std::shared_ptr<arrow::Schema> ToArrow() const;

  // "(a BIGINT, b STRING NOT NULL)"
  std::string ToString() const;

  friend bool operator==(const Schema&, const Schema&) = default;

 private:
  std::vector<Field> fields_;
};

}  // namespace millrace
