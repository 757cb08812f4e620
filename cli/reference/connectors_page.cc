#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/reference/markdown.h"
#include "cli/reference/reference_pages.h"
#include "common/base/absl_view.h"
#include "coordinator/catalog/option_spec.h"

namespace millrace {
namespace {

std::string Joined(const std::vector<std::string_view>& words) {
  return absl::StrJoin(words, ", ", [](std::string* out, std::string_view word) {
    absl::StrAppend(out, Code(word));
  });
}

std::string ChoicesText(std::string_view choices) {
  return absl::StrCat("`", absl::StrReplaceAll(AbslView(choices), {{"|", "`, `"}}), "`");
}

std::string TypeText(const OptionSpec& option) {
  switch (option.type) {
    case OptionType::kText:
    case OptionType::kAnyText:
      return "text";
    case OptionType::kInteger:
      return "integer";
    case OptionType::kNumber:
      return "number";
    case OptionType::kBoolean:
      return "boolean";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kSize:
      return "size";
    case OptionType::kChoice:
      return ChoicesText(option.choices);
  }
  return "";
}

std::string UseText(OptionUse use) {
  switch (use) {
    case OptionUse::kAlways:
      return "";
    case OptionUse::kSource:
      return "source";
    case OptionUse::kSink:
      return "sink";
  }
  return "";
}

std::string NotesText(const OptionSpec& option) {
  std::vector<std::string> notes;
  if (option.required) notes.push_back("required");
  if (!option.help.empty()) notes.emplace_back(option.help);
  if (!option.unbuilt_choices.empty()) {
    notes.push_back(absl::StrCat("not built yet: ", ChoicesText(option.unbuilt_choices)));
  }
  return absl::StrJoin(notes, "; ");
}

// The options that are built as a table, the others by name below it.
std::string OptionsText(const std::vector<OptionSpec>& options) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string_view> unbuilt;
  for (const OptionSpec& option : options) {
    if (option.built) {
      rows.push_back({Code(option.key), UseText(option.use), TypeText(option), NotesText(option)});
    } else {
      unbuilt.push_back(option.key);
    }
  }
  std::string text;
  if (!rows.empty()) {
    absl::StrAppend(&text, MarkdownTable({"option", "only for", "value", "notes"}, rows), "\n");
  }
  if (!unbuilt.empty()) {
    absl::StrAppend(&text, "Valid in Flink, not built yet: ", Joined(unbuilt), ".\n\n");
  }
  return text;
}

const char* ChangesText(const ConnectorSpec& connector) {
  if (!connector.is_sink) return "";
  return connector.changes == SinkChanges::kNone ? " As a sink it takes new rows only."
                                                 : " It takes new rows, updates and deletes.";
}

std::string ConnectorText(const ConnectorSpec& connector) {
  const bool is_source = connector.is_source && connector.source_built;
  const char* const role = is_source && connector.is_sink ? "Source and sink"
                           : is_source                    ? "Source"
                                                          : "Sink";
  std::string needs;
  if (connector.has_format)
    needs = absl::StrCat("; needs a `", AbslView(connector.format_key), "`");
  if (connector.needs_primary_key) needs += " and a `PRIMARY KEY`";
  std::string text = absl::StrCat("### ", AbslView(connector.name), "\n\n", role, needs, ".",
                                  ChangesText(connector), "\n\n", OptionsText(connector.options));
  std::vector<std::string_view> metadata;
  for (const MetadataSpec& spec : connector.metadata) {
    if (spec.built) metadata.push_back(spec.key);
  }
  if (!metadata.empty()) {
    absl::StrAppend(&text, "Columns `METADATA FROM`: ", Joined(metadata), ".\n\n");
  }
  return text;
}

std::string AllConnectorsText() {
  std::string text;
  std::vector<std::string_view> unbuilt;
  for (const ConnectorSpec& connector : Connectors()) {
    if (connector.built) {
      absl::StrAppend(&text, ConnectorText(connector));
    } else {
      unbuilt.push_back(connector.name);
    }
  }
  if (unbuilt.empty()) return text;
  return absl::StrCat(text, "Connectors of Flink that are not built yet: ", Joined(unbuilt),
                      ".\n\n");
}

std::string AllFormatsText() {
  std::string text;
  std::vector<std::string_view> unbuilt;
  for (const FormatSpec& format : Formats()) {
    if (!format.built) {
      unbuilt.push_back(format.name);
      continue;
    }
    std::vector<std::string> keys;
    std::vector<OptionSpec> options = format.options;
    keys.reserve(options.size());  // The options' views stay valid.
    for (OptionSpec& option : options) {
      option.key =
          keys.emplace_back(absl::StrCat(AbslView(format.name), ".", AbslView(option.key)));
    }
    absl::StrAppend(&text, "### ", AbslView(format.name), "\n\n", OptionsText(options));
  }
  if (unbuilt.empty()) return text;
  return absl::StrCat(text, "Formats of Flink that are not built yet: ", Joined(unbuilt), ".\n");
}

}  // namespace

std::string ConnectorsPage() {
  return absl::StrCat(
      GeneratedHead("Connectors and formats", "connectors"),
      "What `CREATE TABLE ... WITH ('connector' = '...', 'format' = '...', ...)` may hold. Names, "
      "types and defaults are those of Apache Flink 2.2; own additions say so. An unknown option "
      "is "
      "an error with the nearest known name, and an option that Flink has and that is not built "
      "yet "
      "is refused by name: no script runs differently from what it says.\n\n"
      "In names, `#` stands for a column and a last `*` for anything. Durations are written `1 s`, "
      "`500 ms`, `2 min`; sizes `200b`, `128 MB`.\n\n"
      "## Connectors\n\n",
      AllConnectorsText(), "## Options of every table\n\n### Sources\n\n",
      OptionsText(SourceOptions()), "### Sinks\n\n", OptionsText(SinkOptions()), "## Formats\n\n",
      AllFormatsText());
}

}  // namespace millrace
