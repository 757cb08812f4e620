#include <algorithm>

#include "coordinator/catalog/option_spec.h"

namespace millrace {
namespace {

using Type = OptionType;
using Use = OptionUse;

ConnectorSpec Kafka() {
  return {
      .name = "kafka",
      .is_source = true,
      .is_sink = true,
      .has_format = true,
      .options =
          {
              {.key = "topic", .required = true, .help = "several for a source, separated by ';'"},
              {.key = "topic-pattern", .use = Use::kSource, .built = false},
              {.key = "properties.bootstrap.servers", .required = true, .help = "host:port,..."},
              {.key = "properties.group.id", .use = Use::kSource},
              {.key = "properties.*", .help = "handed to the Kafka client"},
              {.key = "scan.startup.mode",
               .type = Type::kChoice,
               .use = Use::kSource,
               .choices = "earliest-offset|latest-offset|group-offsets|timestamp|specific-offsets"},
              {.key = "scan.startup.specific-offsets", .use = Use::kSource},
              {.key = "scan.startup.timestamp-millis", .type = Type::kInteger, .use = Use::kSource},
              {.key = "scan.bounded.mode",
               .type = Type::kChoice,
               .use = Use::kSource,
               .choices = "unbounded|latest-offset|group-offsets|timestamp|specific-offsets"},
              {.key = "scan.bounded.specific-offsets", .use = Use::kSource},
              {.key = "scan.bounded.timestamp-millis", .type = Type::kInteger, .use = Use::kSource},
              {.key = "scan.topic-partition-discovery.interval",
               .type = Type::kDuration,
               .use = Use::kSource},
              {.key = "sink.partitioner",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "default|fixed|round-robin"},
              {.key = "sink.delivery-guarantee",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "exactly-once|at-least-once|none"},
              {.key = "sink.transactional-id-prefix", .use = Use::kSink},
              {.key = "sink.transaction-naming-strategy", .use = Use::kSink, .built = false},
              {.key = "key.format",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "json|raw",
               .unbuilt_choices = "csv|avro|avro-confluent|protobuf"},
              {.key = "key.fields", .use = Use::kSink, .help = "columns separated by ';'"},
              {.key = "key.fields-prefix", .built = false},
              {.key = "value.fields-include",
               .type = Type::kChoice,
               .choices = "ALL",
               .unbuilt_choices = "EXCEPT_KEY"},
          },
      .metadata_keys = {"topic", "partition", "headers", "leader-epoch", "offset", "timestamp",
                        "timestamp-type"}};
}

ConnectorSpec UpsertKafka() {
  return {.name = "upsert-kafka",
          .is_source = true,
          .is_sink = true,
          .has_format = true,
          .format_key = "value.format",
          .source_built = false,
          .needs_primary_key = true,
          .changes = SinkChanges::kUpserts,
          .options = {
              {.key = "topic", .required = true},
              {.key = "properties.bootstrap.servers", .required = true, .help = "host:port,..."},
              {.key = "properties.*", .help = "handed to the Kafka client"},
              {.key = "key.format",
               .type = Type::kChoice,
               .required = true,
               .choices = "json|raw",
               .unbuilt_choices = "csv|avro|avro-confluent|protobuf",
               .help = "of the columns of the PRIMARY KEY, which are the record's key"},
              {.key = "key.fields-prefix",
               .help = "in the names of the key's columns, not in its records; needs EXCEPT_KEY"},
              {.key = "value.fields-include", .type = Type::kChoice, .choices = "ALL|EXCEPT_KEY"},
              {.key = "sink.delivery-guarantee",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "exactly-once|at-least-once|none"},
              {.key = "sink.transactional-id-prefix", .use = Use::kSink},
              {.key = "sink.transaction-naming-strategy", .use = Use::kSink, .built = false},
              {.key = "sink.buffer-flush.max-rows", .use = Use::kSink, .built = false},
              {.key = "sink.buffer-flush.interval", .use = Use::kSink, .built = false},
              {.key = "scan.bounded.*", .use = Use::kSource, .built = false},
          }};
}

ConnectorSpec Filesystem() {
  return {.name = "filesystem",
          .is_source = true,
          .is_sink = true,
          .has_format = true,
          .options =
              {
                  {.key = "path", .required = true},
                  {.key = "partition.default-name", .built = false},
                  {.key = "source.monitor-interval", .use = Use::kSource, .built = false},
                  {.key = "source.path.regex-pattern", .use = Use::kSource, .built = false},
                  {.key = "source.report-statistics", .use = Use::kSource, .built = false},
                  {.key = "sink.rolling-policy.*", .use = Use::kSink, .built = false},
                  {.key = "sink.partition-commit.*", .use = Use::kSink, .built = false},
                  {.key = "sink.shuffle-by-partition.enable", .use = Use::kSink, .built = false},
                  {.key = "partition.time-extractor.*", .use = Use::kSink, .built = false},
                  {.key = "auto-compaction", .use = Use::kSink, .built = false},
                  {.key = "compaction.*", .use = Use::kSink, .built = false},
              },
          .metadata_keys = {"file.path", "file.name", "file.size", "file.modification-time"}};
}

ConnectorSpec Datagen() {
  return {.name = "datagen",
          .is_source = true,
          .options = {
              {.key = "rows-per-second", .type = Type::kInteger},
              {.key = "number-of-rows", .type = Type::kInteger},
              {.key = "fields.#.kind", .type = Type::kChoice, .choices = "random|sequence"},
              {.key = "fields.#.min"},
              {.key = "fields.#.max"},
              {.key = "fields.#.max-past", .type = Type::kDuration},
              {.key = "fields.#.length", .type = Type::kInteger},
              {.key = "fields.#.var-len", .type = Type::kBoolean},
              {.key = "fields.#.start"},
              {.key = "fields.#.end"},
              {.key = "fields.#.null-rate", .type = Type::kNumber},
              {.key = "seed",
               .type = Type::kInteger,
               .help = "own addition: other seeds give other values"},
          }};
}

ConnectorSpec Nexmark() {
  return {.name = "nexmark",
          .is_source = true,
          .options = {
              {.key = "events.num", .type = Type::kInteger},
              {.key = "rate.shape",
               .type = Type::kChoice,
               .choices = "SQUARE",
               .unbuilt_choices = "SINE"},
              {.key = "rate.period", .type = Type::kDuration, .built = false},
              {.key = "rate.limited", .type = Type::kBoolean},
              {.key = "first-event.rate", .type = Type::kInteger},
              {.key = "next-event.rate", .type = Type::kInteger},
              {.key = "person.avg-size", .type = Type::kSize},
              {.key = "auction.avg-size", .type = Type::kSize},
              {.key = "bid.avg-size", .type = Type::kSize},
              {.key = "person.proportion", .type = Type::kInteger},
              {.key = "auction.proportion", .type = Type::kInteger},
              {.key = "bid.proportion", .type = Type::kInteger},
              {.key = "bid.hot-ratio.auctions", .type = Type::kInteger},
              {.key = "bid.hot-ratio.bidders", .type = Type::kInteger},
              {.key = "auction.hot-ratio.sellers", .type = Type::kInteger},
              {.key = "keep-alive", .type = Type::kBoolean, .built = false},
              {.key = "stop-at", .type = Type::kInteger, .built = false},
              {.key = "max-emit-speed", .type = Type::kBoolean, .built = false},
              {.key = "seed",
               .type = Type::kInteger,
               .help = "own addition: other seeds give other events"},
          }};
}

ConnectorSpec Print() {
  return {.name = "print",
          .is_sink = true,
          .changes = SinkChanges::kRetracts,
          .options = {
              {.key = "print-identifier"},
              {.key = "standard-error", .type = Type::kBoolean},
          }};
}

ConnectorSpec Blackhole() {
  return {.name = "blackhole",
          .is_sink = true,
          .changes = SinkChanges::kUpserts,
          .options = {
              {.key = "checksum",
               .type = Type::kBoolean,
               .help = "own addition: log the number of rows and a checksum of them at the end"},
          }};
}

// Rows of a bare SELECT, on their way to who asked.
ConnectorSpec Collect() {
  return {
      .name = "collect",
      .is_sink = true,
      .changes = SinkChanges::kRetracts,
      .options = {
          {.key = "collect.format", .type = Type::kChoice, .choices = "table|json|csv|changelog"},
      }};
}

std::vector<ConnectorSpec> AllConnectors() {
  std::vector<ConnectorSpec> all = {Kafka(),   UpsertKafka(), Filesystem(), Datagen(),
                                    Nexmark(), Print(),       Blackhole(),  Collect()};
  for (const char* name : {"jdbc",
                           "elasticsearch-6",
                           "elasticsearch-7",
                           "opensearch",
                           "opensearch-2",
                           "hbase-1.4",
                           "hbase-2.2",
                           "mongodb",
                           "kinesis",
                           "kinesis-legacy",
                           "firehose",
                           "dynamodb",
                           "pulsar",
                           "upsert-pulsar",
                           "rabbitmq",
                           "gcp-pubsub",
                           "hive",
                           "hudi",
                           "iceberg",
                           "paimon",
                           "mysql-cdc",
                           "postgres-cdc",
                           "sqlserver-cdc",
                           "oracle-cdc",
                           "mongodb-cdc",
                           "prometheus"}) {
    all.push_back({.name = name, .is_source = true, .is_sink = true, .built = false});
  }
  return all;
}

}  // namespace

const std::vector<ConnectorSpec>& Connectors() {
  static const auto& all = *new std::vector<ConnectorSpec>(AllConnectors());
  return all;
}

const std::vector<OptionSpec>& SourceOptions() {
  static const auto& all = *new std::vector<OptionSpec>{
      {.key = "scan.watermark.idle-timeout", .type = Type::kDuration, .use = Use::kSource},
      // A watermark travels with every batch, which is as early as either strategy gives it.
      {.key = "scan.watermark.emit.strategy",
       .type = Type::kChoice,
       .use = Use::kSource,
       .choices = "on-periodic|on-event"},
      {.key = "scan.watermark.emit.on-event.gap", .use = Use::kSource, .built = false},
      {.key = "scan.watermark.alignment.group", .use = Use::kSource, .built = false},
      {.key = "scan.watermark.alignment.max-drift", .use = Use::kSource, .built = false},
      {.key = "scan.watermark.alignment.update-interval", .use = Use::kSource, .built = false},
      {.key = "scan.parallelism", .use = Use::kSource, .built = false},
      {.key = "on-error",
       .type = Type::kChoice,
       .use = Use::kSource,
       .choices = "fail|skip|dead-letter",
       .help = "own addition: what a record that cannot be decoded does: it fails the job (the "
               "default), is counted and skipped, or goes to a topic"},
      {.key = "dead-letter.topic",
       .use = Use::kSource,
       .help =
           "own addition, kafka only: where 'on-error' = 'dead-letter' puts such records, on the "
           "same brokers, exactly once"},
      {.key = "dead-letter.transactional-id-prefix",
       .use = Use::kSource,
       .help = "own addition: as 'sink.transactional-id-prefix', for that topic"},
  };
  return all;
}

const std::vector<OptionSpec>& SinkOptions() {
  static const auto& all = *new std::vector<OptionSpec>{
      {.key = "sink.parallelism", .use = Use::kSink, .built = false},
      {.key = "sink.rate-limit.rows-per-second",
       .type = Type::kInteger,
       .use = Use::kSink,
       .help = "own addition: each task takes no more, to try out backpressure"},
      {.key = "sink.rate-limit.duration",
       .type = Type::kDuration,
       .use = Use::kSink,
       .help = "own addition: the rate limit ends after this time"},
  };
  return all;
}

const ConnectorSpec* FindConnector(std::string_view name) {
  const auto& all = Connectors();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const ConnectorSpec& spec) { return spec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace
