#include "worker/format/raw/raw_options.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/format/raw/charset.h"

namespace millrace {
namespace {

bool IsRawType(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<RawOptions> ReadRawOptions(const TableDescription& table) {
  const OptionReader reader(table);
  const auto key_of = [&](const std::string& name) {
    const std::string value_key = absl::StrCat("value.raw.", name);
    return reader.Find(value_key).has_value() ? value_key : absl::StrCat("raw.", name);
  };
  RawOptions options;
  options.charset = reader.Text(key_of("charset"), "UTF-8");
  if (!Charset::IsKnown(options.charset)) {
    return reader.Wrong(key_of("charset"), "there is no such charset");
  }
  const std::string endianness = reader.Text(key_of("endianness"), "big-endian");
  if (endianness != "big-endian" && endianness != "little-endian") {
    return reader.Wrong(key_of("endianness"), "it must be big-endian or little-endian");
  }
  options.little_endian = endianness == "little-endian";
  return options;
}

absl::StatusOr<Field> RawColumn(const TableDescription& table) {
  const Schema& declared = table.declared.size() > 0 ? table.declared : table.schema;
  if (declared.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("table ", table.name,
                                                   ": the format 'raw' takes a single column, not ",
                                                   declared.ToString()));
  }
  const Field& field = declared.field(0);
  if (!IsRawType(field.type.kind())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", table.name, ": column '", field.name, "' is a ",
        field.type.WithNullable(true).ToString(),
        ": the format 'raw' takes numbers of a fixed size, BOOLEAN, characters and bytes"));
  }
  return field;
}

}  // namespace millrace
