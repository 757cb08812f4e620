#include "worker/format/csv/csv_options.h"

#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/format/column/text_value.h"

namespace millrace {
namespace {

class CsvOptionReader {
 public:
  explicit CsvOptionReader(const TableDescription& table) : reader_(table) {}

  std::string KeyOf(std::string_view name) const {
    const std::string key = absl::StrCat("csv.", AbslView(name));
    const std::string value_key = absl::StrCat("value.", key);
    return reader_.Find(value_key).has_value() ? value_key : key;
  }
  std::optional<std::string> Find(std::string_view name) const { return reader_.Find(KeyOf(name)); }
  absl::StatusOr<bool> Boolean(std::string_view name, bool otherwise) const {
    return reader_.Boolean(KeyOf(name), otherwise);
  }
  absl::Status Wrong(std::string_view name, absl::string_view why) const {
    return reader_.Wrong(KeyOf(name), why);
  }

  // One character; a delimiter may be written as Java does: \t, \u0001.
  absl::StatusOr<std::optional<char>> Character(std::string_view name, bool escapes) const {
    std::optional<std::string> text = Find(name);
    if (!text.has_value()) return std::nullopt;
    if (escapes && text->size() > 1 && (*text)[0] == '\\') *text = Unescaped(*text);
    if (text->size() == 1 && static_cast<unsigned char>((*text)[0]) < 0x80) {
      if ((*text)[0] == '\n' || (*text)[0] == '\r') return Wrong(name, "it would end the line");
      return (*text)[0];
    }
    if (!text->empty() && static_cast<unsigned char>((*text)[0]) >= 0x80) {
      return reader_.NotBuilt(
          absl::StrCat("'", KeyOf(name), "' = '", *Find(name), "', a character beyond ASCII,"));
    }
    return Wrong(name, "it must be a single character");
  }

 private:
  static std::string Unescaped(const std::string& text) {
    static constexpr std::string_view kFrom = "tbnrf\\'\"";
    static constexpr std::string_view kTo = "\t\b\n\r\f\\'\"";
    if (text.size() == 2) {
      const size_t which = kFrom.find(text[1]);
      return which == std::string_view::npos ? text : std::string(1, kTo[which]);
    }
    uint32_t code = 0;
    if (text.size() == 6 && text[1] == 'u' && absl::SimpleHexAtoi(text.substr(2), &code)) {
      return code < 0x80 ? std::string(1, static_cast<char>(code)) : std::string("\x80");
    }
    return text;
  }

  const OptionReader reader_;
};

absl::Status CheckType(const std::string& place, const DataType& type) {
  const auto plain = [](const DataType& child) { return TextValues::Takes(child); };
  if (plain(type)) return absl::OkStatus();
  bool right = type.kind() == TypeKind::kArray || type.kind() == TypeKind::kRow;
  for (const DataType& child : type.children()) right = right && plain(child);
  if (right) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      place, " is a ", type.WithNullable(true).ToString(),
      ": a line of csv holds plain values, and ARRAYs and ROWs of these; use the format 'json'"));
}

}  // namespace

absl::StatusOr<CsvOptions> ReadCsvOptions(const TableDescription& table) {
  const CsvOptionReader reader(table);
  CsvOptions options;
  ASSIGN_OR_RETURN(const std::optional<char> delimiter, reader.Character("field-delimiter", true));
  options.delimiter = delimiter.value_or(',');
  ASSIGN_OR_RETURN(const bool no_quotes, reader.Boolean("disable-quote-character", false));
  ASSIGN_OR_RETURN(const std::optional<char> quote, reader.Character("quote-character", false));
  if (no_quotes && quote.has_value()) {
    return reader.Wrong("quote-character",
                        "'csv.disable-quote-character' says that there is none; set one of them");
  }
  options.quote = no_quotes ? std::nullopt : std::optional<char>(quote.value_or('"'));
  ASSIGN_OR_RETURN(options.escape, reader.Character("escape-character", false));
  if (options.quote == options.delimiter || options.escape == options.delimiter) {
    return reader.Wrong("field-delimiter", "fields, quotes and escapes need different characters");
  }
  ASSIGN_OR_RETURN(options.allow_comments, reader.Boolean("allow-comments", false));
  ASSIGN_OR_RETURN(options.ignore_parse_errors, reader.Boolean("ignore-parse-errors", false));
  ASSIGN_OR_RETURN(options.scientific_decimals,
                   reader.Boolean("write-bigdecimal-in-scientific-notation", true));
  options.array_delimiter = reader.Find("array-element-delimiter").value_or(";");
  if (options.array_delimiter.empty()) {
    return reader.Wrong("array-element-delimiter", "it must not be empty");
  }
  options.null_literal = reader.Find("null-literal");
  return options;
}

absl::Status CheckCsvTypes(const TableDescription& table) {
  for (const Field& field : table.schema.fields()) {
    RETURN_IF_ERROR(
        CheckType(absl::StrCat("table ", table.name, ": column '", field.name, "'"), field.type));
  }
  return absl::OkStatus();
}

}  // namespace millrace
