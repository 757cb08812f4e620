#include "worker/task/registry.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/format/csv/csv_format.h"
#include "worker/format/json/json_format.h"
#include "worker/format/raw/raw_format.h"
#include "worker/format/record/record_decoder.h"
#include "worker/format/record/record_layout.h"
#include "worker/operator/calc/calc.h"
#include "worker/operator/expand/expand.h"
#include "worker/operator/group_aggregate/group_aggregate.h"
#include "worker/operator/window_aggregate/window_aggregate.h"
#include "worker/operator/window_join/window_join.h"
#include "worker/operator/window_rank/window_rank.h"
#include "worker/operator/window_tvf/window_tvf.h"
#include "worker/sink/blackhole/blackhole_sink.h"
#include "worker/sink/file/file_sink.h"
#include "worker/sink/kafka/dead_letter_sink.h"
#include "worker/sink/kafka/kafka_sink.h"
#include "worker/sink/kafka/kafka_sink_options.h"
#include "worker/sink/metered/metered_sink.h"
#include "worker/sink/not_null/not_null_sink.h"
#include "worker/sink/print/collect_sink.h"
#include "worker/sink/print/print_sink.h"
#include "worker/sink/throttle/throttled_sink.h"
#include "worker/source/file/file_source.h"
#include "worker/source/generator/datagen_source.h"
#include "worker/source/generator/nexmark_source.h"
#include "worker/source/kafka/kafka_source.h"

namespace millrace {
namespace {

using SourceResult = absl::StatusOr<std::unique_ptr<Source>>;
using SinkResult = absl::StatusOr<std::unique_ptr<Sink>>;
using EncoderResult = absl::StatusOr<std::unique_ptr<Encoder>>;

std::string ConnectorOf(const TableDescription& table) {
  return OptionReader(table).Text("connector", "");
}

std::string FormatOf(const TableDescription& table) {
  const OptionReader options(table);
  return options.Text("format", options.Text("value.format", ""));
}

// Formats.

struct Format {
  std::string_view name;
  absl::StatusOr<std::unique_ptr<Decoder>> (*new_decoder)(const TableDescription&);
  EncoderResult (*new_encoder)(const TableDescription&);
};

constexpr Format kFormats[] = {
    {"json", &NewJsonDecoder, &NewJsonEncoder},
    {"csv", &NewCsvDecoder, &NewCsvEncoder},
    {"raw", &NewRawDecoder, &NewRawEncoder},
};

absl::StatusOr<const Format*> FindFormat(const TableDescription& table, const std::string& name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return absl::UnimplementedError(
      absl::StrCat("table ", table.name, ": the format '", name, "' is not in this build"));
}

EncoderResult NewEncoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(const Format* format, FindFormat(table, FormatOf(table)));
  return format->new_encoder(table);
}

// The encoder of the columns that a Kafka sink writes as values.
EncoderResult NewValueEncoder(TableDescription table) {
  ASSIGN_OR_RETURN(const KafkaSinkOptions options, ParseKafkaSinkOptions(table));
  table.schema = ValueSchema(table.schema, options);
  return NewEncoder(table);
}

// The encoder of 'key.format', whose own options begin with "key."; null if the sink needs none.
EncoderResult NewKeyEncoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(const KafkaSinkOptions options, ParseKafkaSinkOptions(table));
  if (options.key_format.empty()) return nullptr;
  TableDescription key{.name = table.name, .schema = KeySchema(table.schema, options)};
  constexpr std::string_view kPrefix = "key.";
  for (const auto& [option, value] : table.options) {
    if (option.starts_with(kPrefix)) key.options[option.substr(kPrefix.size())] = value;
  }
  ASSIGN_OR_RETURN(const Format* format, FindFormat(table, options.key_format));
  return format->new_encoder(key);
}

// Sources.

struct SourceConnector {
  std::string_view name;
  bool delivers_batches;
  SourceResult (*make)(const SourceSpec&, const ConnectorEnvironment&);
};

constexpr SourceConnector kSources[] = {
    {"kafka", false,
     [](const SourceSpec& spec, const ConnectorEnvironment&) { return NewKafkaSource(spec); }},
    {"filesystem", false,
     [](const SourceSpec& spec, const ConnectorEnvironment& environment) -> SourceResult {
       if (FormatOf(spec.table) != "csv") return NewFileSource(spec, *environment.files);
       ASSIGN_OR_RETURN(const LineRules rules, CsvLineRules(spec.table));
       return NewFileSource(spec, *environment.files, rules);
     }},
    {"datagen", true,
     [](const SourceSpec& spec, const ConnectorEnvironment&) { return NewDatagenSource(spec); }},
    {"nexmark", true,
     [](const SourceSpec& spec, const ConnectorEnvironment&) { return NewNexmarkSource(spec); }},
};

// Sinks.

SinkResult MakeKafkaSink(const SinkSpec& spec, const ConnectorEnvironment& environment) {
  KafkaSinkEncoders encoders;
  ASSIGN_OR_RETURN(encoders.value, NewValueEncoder(spec.table));
  ASSIGN_OR_RETURN(encoders.key, NewKeyEncoder(spec.table));
  return NewKafkaSink(spec, std::move(encoders), *environment.files);
}

SinkResult MakeFileSink(const SinkSpec& spec, const ConnectorEnvironment& environment) {
  TableDescription lines = spec.table;
  lines.schema = FileLineSchema(spec.table);
  ASSIGN_OR_RETURN(std::unique_ptr<Encoder> encoder, NewEncoder(lines));
  return NewFileSink(spec, std::move(encoder), *environment.files);
}

SinkResult MakePrintSink(const SinkSpec& spec, const ConnectorEnvironment& environment) {
  ASSIGN_OR_RETURN(const bool to_error, OptionReader(spec.table).Boolean("standard-error", false));
  const bool to_output = environment.print_to_stdout && !to_error;
  return NewPrintSink(spec, to_output ? StandardOutput() : StandardError());
}

SinkResult MakeCollectSink(const SinkSpec& spec, const ConnectorEnvironment& environment) {
  std::unique_ptr<Encoder> json;  // It refuses types that the other formats show.
  if (OptionReader(spec.table).Text("collect.format", "table") == "json") {
    ASSIGN_OR_RETURN(json, NewJsonEncoder(spec.table));
  }
  const TextOutput printed = environment.print_to_stdout ? StandardOutput() : StandardError();
  return NewCollectSink(spec, std::move(json),
                        environment.collected ? environment.collected : printed);
}

struct SinkConnector {
  std::string_view name;
  bool counts_rows;  // Itself, once it knows what became of them.
  SinkResult (*make)(const SinkSpec&, const ConnectorEnvironment&);
};

constexpr SinkConnector kSinks[] = {
    {"kafka", true, &MakeKafkaSink},
    {"upsert-kafka", true, &MakeKafkaSink},
    {"filesystem", false, &MakeFileSink},
    {"print", false, &MakePrintSink},
    {"collect", false, &MakeCollectSink},
    {"blackhole", false,
     [](const SinkSpec& spec, const ConnectorEnvironment&) { return NewBlackholeSink(spec); }},
};

absl::Status NoSuchConnector(const TableDescription& table, const char* role) {
  return absl::UnimplementedError(absl::StrCat("table ", table.name, ": the connector '",
                                               ConnectorOf(table), "' is not in this build as a ",
                                               role));
}

}  // namespace

SourceResult NewSource(const SourceSpec& spec, const ConnectorEnvironment& environment) {
  const std::string name = ConnectorOf(spec.table);
  for (const SourceConnector& connector : kSources) {
    if (connector.name == name) return connector.make(spec, environment);
  }
  return NoSuchConnector(spec.table, "source");
}

SinkResult NewSink(const SinkSpec& spec, const ConnectorEnvironment& environment) {
  const std::string name = ConnectorOf(spec.table);
  for (const SinkConnector& connector : kSinks) {
    if (connector.name != name) continue;
    ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, connector.make(spec, environment));
    if (!connector.counts_rows) sink = Metered(spec, std::move(sink));
    return Throttled(spec, NotNullEnforced(spec, std::move(sink)));
  }
  return NoSuchConnector(spec.table, "sink");
}

SinkResult NewDeadLetterSink(const TableDescription& table,
                             const ConnectorEnvironment& environment) {
  if (ConnectorOf(table) == "kafka") return NewKafkaDeadLetterSink(table, *environment.files);
  return OptionReader(table).Wrong(
      "on-error", "only a table with the connector 'kafka' has a dead-letter topic");
}

absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const TableDescription& table) {
  const std::string name = ConnectorOf(table);
  for (const SourceConnector& connector : kSources) {
    if (connector.name == name && connector.delivers_batches) return nullptr;
  }
  ASSIGN_OR_RETURN(RecordLayout layout, LayOutRecord(table));
  const auto decoder_of = [&](const RecordPart& part) -> absl::StatusOr<std::unique_ptr<Decoder>> {
    ASSIGN_OR_RETURN(const Format* format, FindFormat(table, part.format));
    return format->new_decoder(part.table);
  };
  RecordDecoders decoders;
  ASSIGN_OR_RETURN(decoders.value, decoder_of(layout.value));
  if (layout.is_plain()) return std::move(decoders.value);
  if (layout.key.has_value()) {
    ASSIGN_OR_RETURN(decoders.key, decoder_of(*layout.key));
  }
  return NewRecordDecoder(table.schema, std::move(layout), std::move(decoders));
}

// Operators. The compiler names this place when a plan gets a new one.

absl::StatusOr<std::unique_ptr<Operator>> NewOperator(const OperatorNode& node,
                                                      const std::vector<Schema>& inputs) {
  struct Factory {
    using Result = absl::StatusOr<std::unique_ptr<Operator>>;
    const OperatorNode& node;
    const std::vector<Schema>& inputs;
    const Schema& input;  // The first one.

    Result operator()(const CalcSpec&) const { return NewCalc(node, input); }
    Result operator()(const WindowAggregateSpec&) const { return NewWindowAggregate(node, input); }
    Result operator()(const GroupAggregateSpec&) const { return NewGroupAggregate(node, input); }
    Result operator()(const ExpandSpec&) const { return NewExpand(node, input); }
    Result operator()(const WindowTvfSpec&) const { return NewWindowTvf(node, input); }
    Result operator()(const WindowRankSpec&) const { return NewWindowRank(node, input); }
    Result operator()(const WindowJoinSpec&) const { return NewWindowJoin(node, inputs); }
    Result operator()(const SourceSpec&) const { return NotAnOperator(); }
    Result operator()(const SinkSpec&) const { return NotAnOperator(); }
    absl::Status NotAnOperator() const {
      return absl::InternalError(absl::StrCat(node.name, " is not an operator between others"));
    }
  };
  return std::visit(Factory{node, inputs, inputs.front()}, node.spec);
}

}  // namespace millrace
