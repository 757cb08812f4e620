// The options that CREATE TABLE ... WITH (...) may hold, as data: one table of connectors and one
// of formats.
//
// The binder checks scripts against it, and the reference page lists it. Names, types and defaults
// are Flink's; what Flink does not have is marked as an own addition in `help`. An option, or one
// of its values, that Flink knows and this engine does not yet carry out is listed too, as not
// built: a script that uses it is refused by name instead of running differently.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

enum class OptionType : uint8_t {
  kText,      // Not empty.
  kAnyText,
  kInteger,   // Not negative, 64 bits.
  kNumber,    // A decimal number.
  kBoolean,   // true | false
  kDuration,  // "1 s" (common/plan/duration_text.h)
  kSize,      // "200b", "128 MB"
  kChoice,    // One of `choices` or of `unbuilt_choices`.
};

// Who reads an option.
enum class OptionUse : uint8_t { kAlways, kSource, kSink };

struct OptionSpec {
  // Exact, except that '#' stands for a column's name ("fields.#.kind") and a last '*' for anything
  // ("properties.*").
  std::string_view key;
  OptionType type = OptionType::kText;
  OptionUse use = OptionUse::kAlways;
  bool required = false;             // For `use`.
  std::string_view choices;          // "a|b|c"
  std::string_view unbuilt_choices;  // Valid in Flink, not built yet.
  bool built = true;
  std::string_view help;
};

// What a sink takes beside new rows.
enum class SinkChanges : uint8_t {
  kNone,
  kUpserts,   // Updates and deletes of rows that their primary key names.
  kRetracts,  // The same, and with an update it wants the row before (-U).
};

// What a METADATA column may be made FROM.
struct MetadataSpec {
  std::string_view key;
  std::string_view type;  // Of the connector, as SQL writes it; a column is cast from and to it.
  bool writable = false;  // By an INSERT; a column of any other must be VIRTUAL to be left out.
  bool built = true;
};

struct ConnectorSpec {
  std::string_view name;
  bool is_source = false;
  bool is_sink = false;
  bool has_format = false;
  std::string_view format_key = "format";  // What it is called; 'value.format' is another name.
  bool built = true;
  bool source_built = true;        // False: Flink reads from it, this does not yet.
  bool needs_primary_key = false;  // Rows are written by it.
  bool takes_partitions = false;   // A sink: PARTITIONED BY.
  SinkChanges changes = SinkChanges::kNone;
  std::vector<OptionSpec> options;
  std::vector<MetadataSpec> metadata;
};

struct FormatSpec {
  std::string_view name;
  bool built = true;
  std::vector<OptionSpec> options;  // Keys without the format's name: "ignore-parse-errors".
};

// All that Flink users may name, those not built included.
const std::vector<ConnectorSpec>& Connectors();
const std::vector<FormatSpec>& Formats();

// Options that every table of a kind may have, whatever its connector.
const std::vector<OptionSpec>& SourceOptions();
const std::vector<OptionSpec>& SinkOptions();

// Null if there is none of that name.
const MetadataSpec* FindMetadata(const ConnectorSpec& connector, std::string_view key);
const ConnectorSpec* FindConnector(std::string_view name);
const FormatSpec* FindFormat(std::string_view name);

}  // namespace millrace
