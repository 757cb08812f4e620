#include "worker/sink/kafka/dead_letter_sink.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/expr/java_regex.h"
#include "common/kafka/properties.h"
#include "common/plan/option_reader.h"
#include "worker/sink/kafka/dead_letter_records.h"
#include "worker/sink/kafka/kafka_transactions.h"
#include "worker/sink/staged/staged_sink.h"

namespace millrace {
namespace {

constexpr char kTopic[] = "dead-letter.topic";

// Whatever could be read can be written, headers included: what is too large is the topic's to say.
// The client holds one such record at a time.
constexpr int64_t kRecordBytesMax = int64_t{128} * 1024 * 1024;

KafkaProperties Defaults() {
  return {{"message.max.bytes", absl::StrCat(kRecordBytesMax)},
          {"queue.buffering.max.kbytes", absl::StrCat(kRecordBytesMax / 1024)}};
}

absl::StatusOr<std::string> ReadTopic(const OptionReader& options) {
  const std::string topic = options.Text(kTopic, "");
  if (topic.empty()) {
    return options.Wrong("on-error", absl::StrCat("it needs the option '", kTopic, "'"));
  }
  const std::string read = options.Text("topic", "");
  for (const absl::string_view source : absl::StrSplit(read, ';')) {
    if (absl::StripAsciiWhitespace(source) == topic) {
      return options.Wrong(kTopic,
                           "the table reads this topic, so what it cannot read would come "
                           "back for ever; name another one");
    }
  }
  const std::string pattern = options.Text("topic-pattern", "");
  if (pattern.empty()) return topic;
  const absl::StatusOr<JavaRegex> whole = JavaRegex::Compile(absl::StrCat("^(?:", pattern, ")$"));
  if (!whole.ok()) return options.Wrong("topic-pattern", whole.status().message());
  if (whole->Contains(topic)) {
    return options.Wrong(kTopic,
                         "'topic-pattern' matches it, so what the table cannot read would come "
                         "back for ever; name another one");
  }
  return topic;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> NewKafkaDeadLetterSink(const TableDescription& table,
                                                             FileSystem& files) {
  const OptionReader options(table);
  ASSIGN_OR_RETURN(std::string topic, ReadTopic(options));
  ASSIGN_OR_RETURN(KafkaProperties properties, ClientProperties(table));
  // In errors and in the label of the sink's metrics: a job may write to the table as well.
  const std::string name = absl::StrCat(table.name, " (dead letters)");
  StagedSinkParts parts{.table = name,
                        .target = topic,
                        .slot_prefix = options.Text("dead-letter.transactional-id-prefix", ""),
                        .output = "dead-letters",
                        .records = std::make_unique<DeadLetterRecords>(table.name),
                        .files = &files};
  parts.open_output = [name, topic = std::move(topic), properties = std::move(properties)](
                          const std::string& slot, const TaskContext& context) {
    return NewKafkaTransactions({.table = name,
                                 .topic = topic,
                                 .slot = slot,
                                 .client_id = absl::StrCat("millrace-", context.job_name, "-", name,
                                                           "-", context.task.index),
                                 .properties = properties,
                                 .defaults = Defaults()},
                                context);
  };
  return NewStagedSink(std::move(parts));
}

}  // namespace millrace
