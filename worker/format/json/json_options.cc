#include "worker/format/json/json_options.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"

namespace millrace {
namespace {

// The key under which `table` sets the format's option `name`.
std::string KeyOf(const OptionReader& reader, std::string_view name) {
  const std::string key = absl::StrCat("json.", AbslView(name));
  const std::string value_key = absl::StrCat("value.", key);
  return reader.Find(value_key).has_value() ? value_key : key;
}

absl::Status CheckType(const std::string& place, const DataType& type) {
  if (type.kind() == TypeKind::kMap && !type.children()[0].IsCharacter()) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, " is a ", type.ToString(),
                     ": the keys of a JSON object are strings; declare the key as STRING"));
  }
  for (const DataType& child : type.children()) RETURN_IF_ERROR(CheckType(place, child));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JsonOptions> ReadJsonOptions(const TableDescription& table) {
  const OptionReader reader(table);
  const auto boolean = [&](std::string_view name) {
    return reader.Boolean(KeyOf(reader, name), false);
  };
  JsonOptions options;
  ASSIGN_OR_RETURN(options.fail_on_missing_field, boolean("fail-on-missing-field"));
  ASSIGN_OR_RETURN(options.ignore_parse_errors, boolean("ignore-parse-errors"));
  ASSIGN_OR_RETURN(options.decimal_as_plain_number, boolean("encode.decimal-as-plain-number"));
  ASSIGN_OR_RETURN(options.ignore_null_fields, boolean("encode.ignore-null-fields"));
  if (options.fail_on_missing_field && options.ignore_parse_errors) {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table.name,
                     ": 'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be "
                     "true; set one of them"));
  }
  const std::string standard_key = KeyOf(reader, "timestamp-format.standard");
  const std::string standard = reader.Text(standard_key, "SQL");
  if (standard != "SQL" && standard != "ISO-8601") {
    return reader.Wrong(standard_key, "it must be SQL or ISO-8601");
  }
  options.iso_timestamps = standard == "ISO-8601";
  return options;
}

absl::Status CheckJsonTypes(const TableDescription& table) {
  for (const Field& field : table.schema.fields()) {
    RETURN_IF_ERROR(
        CheckType(absl::StrCat("table ", table.name, ": column '", field.name, "'"), field.type));
  }
  return absl::OkStatus();
}

}  // namespace millrace
