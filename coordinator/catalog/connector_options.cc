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
              {.key = "topic", .help = "several for a source, separated by ';'"},
              {.key = "topic-pattern",
               .use = Use::kSource,
               .help = "instead of 'topic': a regular expression that whole names match"},
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
              {.key = "key.format", .help = "a format, whose options begin with 'key.'"},
              {.key = "key.fields", .help = "columns separated by ';'"},
              {.key = "key.fields-prefix",
               .type = Type::kAnyText,
               .help = "in the names of the key's columns, not in its records; needs EXCEPT_KEY"},
              {.key = "value.fields-include", .type = Type::kChoice, .choices = "ALL|EXCEPT_KEY"},
          },
      .metadata = {
          {.key = "topic", .type = "STRING NOT NULL"},
          {.key = "partition", .type = "INT NOT NULL"},
          {.key = "headers", .type = "MAP<STRING NOT NULL, BYTES> NOT NULL", .writable = true},
          {.key = "leader-epoch", .type = "INT", .built = false},
          {.key = "offset", .type = "BIGINT NOT NULL"},
          {.key = "timestamp", .type = "TIMESTAMP_LTZ(3) NOT NULL", .writable = true},
          {.key = "timestamp-type", .type = "STRING NOT NULL"},
      }};
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
               .required = true,
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
  return {
      .name = "filesystem",
      .is_source = true,
      .is_sink = true,
      .has_format = true,
      .takes_partitions = true,
      .options =
          {
              {.key = "path", .required = true},
              {.key = "partition.default-name",
               .help = "the folder of a partition key that is NULL or empty"},
              {.key = "source.monitor-interval", .use = Use::kSource, .built = false},
              {.key = "source.path.regex-pattern",
               .use = Use::kSource,
               .help = "a regular expression that whole paths of files match"},
              // How files are planned, not what is read of them.
              {.key = "source.report-statistics",
               .type = Type::kChoice,
               .use = Use::kSource,
               .choices = "ALL|NONE"},
              {.key = "sink.rolling-policy.file-size", .type = Type::kSize, .use = Use::kSink},
              {.key = "sink.rolling-policy.rollover-interval",
               .type = Type::kDuration,
               .use = Use::kSink},
              {.key = "sink.rolling-policy.inactivity-interval",
               .type = Type::kDuration,
               .use = Use::kSink},
              {.key = "sink.rolling-policy.check-interval",
               .type = Type::kDuration,
               .use = Use::kSink},
              {.key = "sink.partition-commit.trigger",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "process-time|partition-time"},
              {.key = "sink.partition-commit.delay", .type = Type::kDuration, .use = Use::kSink},
              {.key = "sink.partition-commit.watermark-time-zone", .use = Use::kSink},
              {.key = "sink.partition-commit.policy.kind",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "success-file",
               .unbuilt_choices = "metastore|custom|metastore,success-file|success-file,metastore"},
              {.key = "sink.partition-commit.success-file.name", .use = Use::kSink},
              {.key = "sink.partition-commit.policy.class", .use = Use::kSink, .built = false},
              {.key = "sink.partition-commit.policy.class.parameters",
               .use = Use::kSink,
               .built = false},
              // Which task writes a partition is the planner's choice.
              {.key = "sink.shuffle-by-partition.enable",
               .type = Type::kBoolean,
               .use = Use::kSink},
              {.key = "partition.time-extractor.kind",
               .type = Type::kChoice,
               .choices = "default",
               .unbuilt_choices = "custom"},
              {.key = "partition.time-extractor.timestamp-pattern"},
              {.key = "partition.time-extractor.timestamp-formatter"},
              {.key = "partition.time-extractor.class", .built = false},
              {.key = "auto-compaction",
               .type = Type::kChoice,
               .use = Use::kSink,
               .choices = "false",
               .unbuilt_choices = "true"},
              {.key = "compaction.*", .use = Use::kSink, .built = false},
          },
      .metadata = {
          {.key = "file.path", .type = "STRING NOT NULL"},
          {.key = "file.name", .type = "STRING NOT NULL"},
          {.key = "file.size", .type = "BIGINT NOT NULL"},
          {.key = "file.modification-time", .type = "TIMESTAMP_LTZ(3) NOT NULL"},
      }};
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
              // How the rate goes from the first one to the next, which must be equal here.
              {.key = "rate.shape", .type = Type::kChoice, .choices = "SQUARE|SINE"},
              {.key = "rate.period", .type = Type::kDuration},
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
              {.key = "keep-alive",
               .type = Type::kChoice,
               .choices = "false",
               .unbuilt_choices = "true"},
              {.key = "stop-at", .type = Type::kInteger, .built = false},
              {.key = "max-emit-speed",
               .type = Type::kChoice,
               .choices = "true",
               .unbuilt_choices = "false",
               .help = "for a steady rate set 'rate.limited'"},
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

const MetadataSpec* FindMetadata(const ConnectorSpec& connector, std::string_view key) {
  const auto& all = connector.metadata;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const MetadataSpec& spec) { return spec.key == key; });
  return found == all.end() ? nullptr : &*found;
}

const ConnectorSpec* FindConnector(std::string_view name) {
  const auto& all = Connectors();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const ConnectorSpec& spec) { return spec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace
