#include "worker/format/record/record_layout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/contract/source_columns.h"

namespace millrace {
namespace {

constexpr const char* kKeyFormat = "key.format";
constexpr const char* kKeyFields = "key.fields";
constexpr const char* kPrefix = "key.fields-prefix";
constexpr const char* kInclude = "value.fields-include";

Schema Declared(const TableDescription& table) {
  if (table.declared.size() > 0) return table.declared;
  std::vector<Field> fields;
  for (const Field& field : table.schema.fields()) {
    if (!table.metadata.contains(field.name)) fields.push_back(field);
  }
  return Schema(std::move(fields));
}

// What the options say of keys.
struct KeyFields {
  std::vector<std::string> names;  // Of columns. Empty: keys are not read.
  std::string prefix;
  bool in_value = true;
};

class KeyOptions {
 public:
  explicit KeyOptions(const TableDescription& table)
      : table_(table), declared_(Declared(table)), reader_(table) {}

  absl::StatusOr<KeyFields> Read() const {
    KeyFields key;
    key.prefix = reader_.Text(kPrefix, "");
    const std::string include = reader_.Text(kInclude, "ALL");
    key.in_value = absl::EqualsIgnoreCase(include, "ALL");
    if (!key.in_value && !absl::EqualsIgnoreCase(include, "EXCEPT_KEY")) {
      return reader_.Wrong(kInclude, "use ALL or EXCEPT_KEY");
    }
    const bool has_format = reader_.Find(kKeyFormat).has_value();
    if (has_format != reader_.Find(kKeyFields).has_value()) {
      return reader_.Wrong(has_format ? kKeyFormat : kKeyFields,
                           "'key.format' and 'key.fields' are given both or not at all");
    }
    if (!has_format && !key.in_value) {
      return reader_.Wrong(kInclude, "there is no key: set 'key.format' and 'key.fields'");
    }
    if (!has_format) return key;
    if (!key.prefix.empty() && key.in_value) {
      return reader_.Wrong(kPrefix, absl::StrCat("a prefix of the key's columns goes with '",
                                                 kInclude, "' = 'EXCEPT_KEY' only"));
    }
    RETURN_IF_ERROR(ReadNames(key));
    return key;
  }

 private:
  absl::Status ReadNames(KeyFields& key) const {
    std::vector<std::string> known;
    for (const Field& field : declared_.fields()) known.push_back(field.name);
    const std::string fields = reader_.Text(kKeyFields, "");
    for (const absl::string_view part : absl::StrSplit(fields, ';', absl::SkipWhitespace())) {
      std::string name(absl::StripAsciiWhitespace(part));
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return reader_.Wrong(kKeyFields, absl::StrCat("there is no physical column '", name, "'; ",
                                                      DidYouMean(name, known)));
      }
      if (!name.starts_with(key.prefix) || name.size() == key.prefix.size()) {
        return reader_.Wrong(kPrefix,
                             absl::StrCat("the key column '", name, "' does not begin with it"));
      }
      key.names.push_back(std::move(name));
    }
    if (key.names.empty()) return reader_.Wrong(kKeyFields, "it names no column");
    return absl::OkStatus();
  }

  const TableDescription& table_;
  const Schema declared_;
  const OptionReader reader_;
};

RecordPart ValuePart(const TableDescription& table, const std::set<std::string>& elsewhere) {
  const OptionReader reader(table);
  RecordPart value{.table = {.name = table.name, .options = table.options},
                   .format = reader.Text("format", reader.Text("value.format", ""))};
  const Schema all = Declared(table);
  std::vector<Field> declared;
  for (const Field& field : all.fields()) {
    if (!elsewhere.contains(field.name)) declared.push_back(field);
  }
  value.table.declared = Schema(std::move(declared));
  std::vector<Field> wanted;
  for (int i = 0; i < table.schema.size(); ++i) {
    if (elsewhere.contains(table.schema.field(i).name)) continue;
    wanted.push_back(table.schema.field(i));
    value.columns.push_back(i);
  }
  value.table.schema = Schema(std::move(wanted));
  return value;
}

// Empty if no column of the key is wanted.
std::optional<RecordPart> KeyPart(const TableDescription& table, const KeyFields& key) {
  RecordPart part{.table = {.name = absl::StrCat(table.name, " (key)")}};
  const Schema columns = Declared(table);
  std::vector<Field> declared;
  std::vector<Field> wanted;
  for (const std::string& name : key.names) {
    const std::string in_key = name.substr(key.prefix.size());
    declared.push_back({in_key, columns.field(*columns.Find(name)).type});
    const std::optional<int> index = table.schema.Find(name);
    if (!index.has_value()) continue;
    wanted.push_back({in_key, table.schema.field(*index).type});
    part.columns.push_back(*index);
  }
  if (wanted.empty()) return std::nullopt;
  constexpr std::string_view kKey = "key.";
  for (const auto& [option, value] : table.options) {
    if (option.starts_with(kKey)) part.table.options[option.substr(kKey.size())] = value;
  }
  part.format = OptionReader(table).Text(kKeyFormat, "");
  part.table.declared = Schema(std::move(declared));
  part.table.schema = Schema(std::move(wanted));
  return part;
}

}  // namespace

absl::StatusOr<RecordLayout> LayOutRecord(const TableDescription& table) {
  ASSIGN_OR_RETURN(const KeyFields key, KeyOptions(table).Read());
  RecordLayout layout{.source_columns = SourceColumns(table)};
  std::set<std::string> elsewhere;
  for (const auto& [column, metadata] : table.metadata) elsewhere.insert(column);
  const Schema declared = Declared(table);
  for (const Field& field : declared.fields()) {
    if (IsSourceColumn(table, field.name)) elsewhere.insert(field.name);
  }
  if (!key.in_value) {
    elsewhere.insert(key.names.begin(), key.names.end());
    layout.key = KeyPart(table, key);
  }
  layout.value = ValuePart(table, elsewhere);
  return layout;
}

}  // namespace millrace
