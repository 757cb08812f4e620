#include "common/columnar/schema.h"

#include "arrow/type.h"

namespace millrace {

std::optional<int> Schema::Find(std::string_view name) const {
  for (int i = 0; i < size(); ++i) {
    if (fields_[i].name == name) return i;
  }
  return std::nullopt;
}

std::shared_ptr<arrow::Schema> Schema::ToArrow() const {
  arrow::FieldVector fields;
  fields.reserve(fields_.size());
  for (const Field& field : fields_) {
    fields.push_back(arrow::field(field.name, field.type.ToArrow()));
  }
  return arrow::schema(std::move(fields));
}

std::string Schema::ToString() const {
  std::string out = "(";
  for (const Field& field : fields_) {
    if (out.size() > 1) out += ", ";
    out += field.name;
    out += ' ';
    out += field.type.ToString();
  }
  out += ')';
  return out;
}

}  // namespace millrace
