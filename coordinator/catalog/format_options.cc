#include <algorithm>

#include "coordinator/catalog/option_spec.h"

namespace millrace {
namespace {

using Type = OptionType;

FormatSpec Json() {
  return {
      .name = "json",
      .options = {
          {.key = "fail-on-missing-field", .type = Type::kBoolean},
          {.key = "ignore-parse-errors", .type = Type::kBoolean},
          {.key = "timestamp-format.standard", .type = Type::kChoice, .choices = "SQL|ISO-8601"},
          {.key = "map-null-key.mode", .type = Type::kChoice, .choices = "FAIL|DROP|LITERAL"},
          {.key = "map-null-key.literal"},
          {.key = "encode.decimal-as-plain-number", .type = Type::kBoolean},
          {.key = "encode.ignore-null-fields", .type = Type::kBoolean},
          // Which of Flink's two parsers runs: they give the same rows.
          {.key = "decode.json-parser.enabled", .type = Type::kBoolean},
      }};
}

FormatSpec Csv() {
  return {.name = "csv",
          .options = {
              {.key = "field-delimiter", .help = "one character; \\t and \\u0001 are understood"},
              {.key = "disable-quote-character", .type = Type::kBoolean},
              {.key = "quote-character"},
              {.key = "allow-comments", .type = Type::kBoolean},
              {.key = "ignore-parse-errors", .type = Type::kBoolean},
              {.key = "array-element-delimiter"},
              {.key = "escape-character"},
              {.key = "null-literal", .type = Type::kAnyText},
              {.key = "write-bigdecimal-in-scientific-notation", .type = Type::kBoolean},
          }};
}

FormatSpec Raw() {
  return {.name = "raw",
          .options = {
              {.key = "charset", .help = "of a column of characters"},
              {.key = "endianness", .type = Type::kChoice, .choices = "big-endian|little-endian"},
          }};
}

std::vector<FormatSpec> AllFormats() {
  std::vector<FormatSpec> all = {Json(), Csv(), Raw()};
  for (const char* name :
       {"avro", "avro-confluent", "debezium-avro-confluent", "protobuf", "parquet", "orc",
        "debezium-json", "canal-json", "maxwell-json", "ogg-json"}) {
    all.push_back({.name = name, .built = false});
  }
  return all;
}

}  // namespace

const std::vector<FormatSpec>& Formats() {
  static const auto& all = *new std::vector<FormatSpec>(AllFormats());
  return all;
}

const FormatSpec* FindFormat(std::string_view name) {
  const auto& all = Formats();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const FormatSpec& spec) { return spec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace
