#include "worker/sink/kafka/upsert_key.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"

namespace millrace {
namespace {

constexpr const char* kPrefix = "key.fields-prefix";
constexpr const char* kInclude = "value.fields-include";

}  // namespace

absl::Status ReadIncludedFields(const TableDescription& table, KafkaSinkOptions& options) {
  const OptionReader reader(table);
  const std::string include = reader.Text(kInclude, "ALL");
  options.value_without_key = include == "EXCEPT_KEY";
  if (!options.value_without_key && include != "ALL") {
    return reader.Wrong(kInclude, "use ALL or EXCEPT_KEY");
  }
  options.key_prefix = reader.Text(kPrefix, "");
  if (!options.key_prefix.empty() && !options.value_without_key) {
    return reader.Wrong(kPrefix, absl::StrCat("a prefix of the key's columns goes with '", kInclude,
                                              "' = 'EXCEPT_KEY' only"));
  }
  return absl::OkStatus();
}

absl::Status ReadUpsertKey(const TableDescription& table, KafkaSinkOptions& options) {
  const OptionReader reader(table);
  if (reader.Find("key.fields").has_value()) {
    return reader.Wrong("key.fields",
                        "the key of an 'upsert-kafka' table is its PRIMARY KEY; leave it out");
  }
  options.key_format = reader.Text("key.format", "");
  if (options.key_format.empty()) return reader.Wrong("key.format", "is missing");
  if (table.primary_key.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", table.name,
        ": an 'upsert-kafka' table needs a PRIMARY KEY (...) NOT ENFORCED: its columns are the key "
        "of the records, by which rows are updated and deleted"));
  }
  RETURN_IF_ERROR(ReadIncludedFields(table, options));
  for (const std::string& name : table.primary_key) {
    const std::optional<int> index = table.schema.Find(name);
    if (!index.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("table ", table.name,
                                                     ": the PRIMARY KEY names '", name,
                                                     "', which is no column that is written"));
    }
    if (!absl::StartsWith(name, options.key_prefix) || name.size() == options.key_prefix.size()) {
      return reader.Wrong(kPrefix, absl::StrCat("the column '", name,
                                                "' of the PRIMARY KEY does not begin with it"));
    }
    options.key_columns.push_back(*index);
  }
  return absl::OkStatus();
}

}  // namespace millrace
