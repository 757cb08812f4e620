#include "worker/source/kafka/kafka_source.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/seeded_bug.h"
#include "common/base/status_macros.h"
#include "common/kafka/client.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "worker/source/kafka/broker_offsets.h"
#include "worker/source/kafka/consumer_client.h"
#include "worker/source/kafka/end_offsets.h"
#include "worker/source/kafka/kafka_options.h"
#include "worker/source/kafka/kafka_split.h"
#include "worker/source/kafka/offset_gauges.h"
#include "worker/source/kafka/partition_reader.h"
#include "worker/source/kafka/start_positions.h"
#include "worker/source/kafka/topic_names.h"
#include "worker/source/kafka/topic_watch.h"

namespace millrace {
namespace {

constexpr char kPositionsState[] = "kafka.positions";
constexpr absl::Duration kBrokerTimeout = absl::Seconds(10);

// A poll takes about this much, however large the records are.
constexpr int64_t kPollBytes = 2 * 1024 * 1024;
constexpr int64_t kPollRecordsMin = 16;
constexpr int kDrainTimeoutMs = 50;

class KafkaSource final : public Source {
 public:
  KafkaSource(TableDescription table, KafkaSourceOptions options)
      : table_(std::move(table)), options_(std::move(options)) {}
  ~KafkaSource() override;

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<SourcePoll> Poll(int64_t max_rows) override;
  const std::vector<std::string>& split_names() const override { return split_names_; }
  SplitStatus split_status(int split) const override;
  std::string PlaceOf(int split, int64_t position) const override;
  void Snapshot(StateWriter& state) const override;
  void OnDurable(Epoch epoch) override;

 private:
  absl::Status FindPartitions(const TaskContext& context);
  std::function<absl::StatusOr<std::vector<std::string>>()> TopicFinder() const;
  absl::Status FindPositions(const StateReader* restored);
  absl::Status Assign();
  absl::Status OnMessage(const rd_kafka_message_t& message);
  absl::Status OnError(const rd_kafka_message_t& message);
  void OnTrouble(rd_kafka_resp_err_t error);
  absl::Status CheckTopics(absl::Duration now);
  void DrainPartitions();
  KafkaSplit* SplitOf(const rd_kafka_message_t& message);
  void Pause(KafkaSplit& split);
  bool QueueHasRoom() const;

  const TableDescription table_;
  const KafkaSourceOptions options_;
  const Clock* clock_ = nullptr;
  std::function<void()> wake_;
  Counter* rewound_records_ = nullptr;

  // Shared with questions under way on the io executor.
  std::shared_ptr<KafkaClient> client_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  std::vector<KafkaPtr<rd_kafka_queue_t>> partition_queues_;  // They feed `queue_`.
  std::vector<std::string> split_names_;
  std::vector<KafkaSplit> splits_;
  // By the client's handle of the topic, partition -> split: no look-up by name per record.
  std::vector<std::pair<const rd_kafka_topic_t*, std::vector<int>>> split_of_topic_;

  std::vector<rd_kafka_message_t*> messages_;  // Scratch.
  int64_t record_bytes_ = 512;                 // A running mean.
  int unfinished_ = 0;
  bool topic_lost_ = false;
  std::optional<EndOffsets> ends_;
  std::optional<TopicWatch> topics_;
  std::optional<OffsetGauges> offsets_;
  bool durable_ = false;                             // A checkpoint holds positions.
  mutable std::vector<PartitionPosition> snapshot_;  // The last one, for OnDurable.
  std::vector<PartitionPosition> committed_;         // To the group.
};

KafkaSource::~KafkaSource() {
  if (queue_ == nullptr) return;
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  if (topic_lost_) DrainPartitions();
}

// A message about a partition that no longer exists would keep librdkafka from 2.0.2 to 2.6.0 from
// ever ending its threads (its issue 4724).
void KafkaSource::DrainPartitions() {
  rd_kafka_assign(client_->get(), nullptr);
  const auto drain = [this](rd_kafka_queue_t* queue) {
    while (true) {
      messages_.resize(kPollRecordsMin);
      const ssize_t count =
          rd_kafka_consume_batch_queue(queue, kDrainTimeoutMs, messages_.data(), messages_.size());
      for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(messages_[i]);
      if (count <= 0) break;
    }
  };
  for (const auto& queue : partition_queues_) drain(queue.get());
  drain(queue_.get());
}

absl::Status KafkaSource::Open(const TaskContext& context, const StateReader* restored) {
  clock_ = context.clock;
  wake_ = context.wake;
  rewound_records_ = context.metrics->GetCounter("millrace_source_rewound_records_total",
                                                 {{"table", table_.name}});
  KafkaClientOptions client = ConsumerClientOptions(
      table_.name,
      absl::StrCat("millrace-", context.job_name, "-", table_.name, "-", context.task.index),
      options_);
  client.on_error = [this](rd_kafka_resp_err_t error) { OnTrouble(error); };
  ASSIGN_OR_RETURN(client_, KafkaClient::Create(std::move(client)));

  RETURN_IF_ERROR(FindPartitions(context));
  RETURN_IF_ERROR(FindPositions(restored));
  offsets_.emplace(*context.metrics, table_.name, splits_, durable_);
  return Assign();
}

absl::Status KafkaSource::FindPartitions(const TaskContext& context) {
  TopicWatch::PartitionCounts counts;
  ASSIGN_OR_RETURN(const std::vector<std::string> topics,
                   FindTopics(table_.name, options_, *client_, kBrokerTimeout));
  for (const std::string& topic : topics) {
    using Leaders = std::map<int32_t, int32_t>;
    ASSIGN_OR_RETURN(const Leaders leaders, client_->Partitions(topic, kBrokerTimeout));
    counts[topic] = leaders.size();
    for (const auto& [partition, leader] : leaders) {
      if (TaskOfPartition(topic, partition, context.parallelism) != context.task.index) continue;
      PartitionReader reader({.topic = topic, .partition = partition});
      KafkaSplit& split =
          splits_.emplace_back(KafkaSplit{.reader = std::move(reader), .leader = leader});
      if (options_.needs_keys) split.slab.KeepKeys();
      ASSIGN_OR_RETURN(split.metadata, RecordMetadata::Create(table_));
    }
  }
  ends_.emplace(client_, context.io);
  topics_.emplace(
      TopicWatch::Options{
          .table = table_.name,
          .known = std::move(counts),
          .interval = options_.bounded ? absl::ZeroDuration() : options_.discovery_interval,
          .find_topics = TopicFinder()},
      [client = client_](const std::string& topic) -> absl::StatusOr<size_t> {
        using Leaders = std::map<int32_t, int32_t>;
        ASSIGN_OR_RETURN(const Leaders leaders, client->Partitions(topic, kBrokerTimeout));
        return leaders.size();
      },
      context.io);
  return absl::OkStatus();
}

// Outlives the source in questions under way.
std::function<absl::StatusOr<std::vector<std::string>>()> KafkaSource::TopicFinder() const {
  if (options_.topic_pattern.empty()) return nullptr;
  return [client = client_, table = table_.name, options = options_] {
    return FindTopics(table, options, *client, kBrokerTimeout);
  };
}

absl::Status KafkaSource::FindPositions(const StateReader* restored) {
  StartRequest request;
  for (const KafkaSplit& split : splits_) request.partitions.push_back(split.reader.position());
  if (restored != nullptr && !SeededBug("offsets_not_restored")) {
    for (const std::string& bytes : restored->Get(kPositionsState)) {
      ASSIGN_OR_RETURN(const std::vector<PartitionPosition> positions, DecodePositions(bytes));
      request.restored.insert(request.restored.end(), positions.begin(), positions.end());
      request.first_start = false;
      durable_ = true;
    }
  }
  BrokerOffsets lookup(*client_, options_.group_id, kBrokerTimeout);
  absl::StatusOr<std::vector<PartitionPosition>> positions =
      ResolveStart(options_, request, lookup);
  if (!positions.ok()) {
    const absl::string_view message = positions.status().message();
    const std::string prefix = absl::StrCat("table ", table_.name, ": ");
    if (absl::StartsWith(message, prefix)) return positions.status();  // The client's own.
    return absl::Status(positions.status().code(), absl::StrCat(prefix, message));
  }
  for (size_t i = 0; i < splits_.size(); ++i) {
    split_names_.push_back(SplitName((*positions)[i]));
    splits_[i].reader = PartitionReader(std::move((*positions)[i]));
  }
  return absl::OkStatus();
}

absl::Status KafkaSource::Assign() {
  std::vector<PartitionPosition> positions;
  for (KafkaSplit& split : splits_) {
    split.paused = split.reader.finished();
    if (split.paused) continue;
    positions.push_back(split.reader.position());
    ++unfinished_;
  }
  // Errors that concern no message come by the same queue, to OnTrouble.
  rd_kafka_poll_set_consumer(client_->get());
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_->get(), PartitionList(positions).get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Error(error, "assigning partitions");
  for (const PartitionPosition& p : positions) {
    partition_queues_.emplace_back(
        rd_kafka_queue_get_partition(client_->get(), p.topic.c_str(), p.partition));
  }
  queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
  rd_kafka_queue_cb_event_enable(
      queue_.get(), [](rd_kafka_t*, void* self) { static_cast<KafkaSource*>(self)->wake_(); },
      this);
  return absl::OkStatus();
}

absl::StatusOr<SourcePoll> KafkaSource::Poll(int64_t max_rows) {
  if (unfinished_ == 0) return SourcePoll{.wait = SourceWait::kFinished};
  const int64_t fitting =
      std::max(kPollRecordsMin, kPollBytes / std::max<int64_t>(1, record_bytes_));
  messages_.resize(static_cast<size_t>(std::min(max_rows, fitting)));
  const ssize_t count =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data(), messages_.size());
  if (count < 0) return client_->Error(rd_kafka_last_error(), "reading");

  absl::Status status;
  SourcePoll poll{.wait = count > 0 ? SourceWait::kMore : SourceWait::kWait};
  for (ssize_t i = 0; i < count && status.ok(); ++i) status = OnMessage(*messages_[i]);
  if (status.ok()) {
    size_t bytes = 0;
    for (size_t i = 0; i < splits_.size(); ++i) {
      if (splits_[i].slab.empty()) continue;
      bytes += splits_[i].slab.bytes();
      Slab slab = splits_[i].slab.Build();
      if (splits_[i].metadata != nullptr) slab.columns = splits_[i].metadata->Finish();
      poll.data.push_back({.split = static_cast<int>(i), .rows = std::move(slab)});
    }
    if (bytes > 0) record_bytes_ = (record_bytes_ + static_cast<int64_t>(bytes) / count) / 2;
  }
  for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(messages_[i]);
  RETURN_IF_ERROR(status);
  const absl::Duration now = clock_->Monotonic();
  ends_->Update(now, QueueHasRoom(), splits_);
  offsets_->Show(now, splits_);
  RETURN_IF_ERROR(CheckTopics(now));
  if (unfinished_ == 0 && poll.data.empty()) poll.wait = SourceWait::kFinished;
  return poll;
}

absl::Status KafkaSource::CheckTopics(absl::Duration now) {
  const absl::Status status = topics_->Update(now);
  // Without a checkpoint a restart would be a first start, which may skip what is there already.
  if (absl::IsUnavailable(status) && !durable_) return absl::OkStatus();
  return status;
}

absl::Status KafkaSource::OnMessage(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    KafkaSplit* const split = SplitOf(message);
    if (split == nullptr || split->paused) return absl::OkStatus();
    split->reader.OnEndOfPartition(message.offset);
    split->unproven = false;
    if (split->reader.finished()) Pause(*split);
    return absl::OkStatus();
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return OnError(message);
  KafkaSplit* const split = SplitOf(message);
  if (split == nullptr || split->paused) return absl::OkStatus();
  switch (split->reader.OnRecord(message.offset)) {
    case PartitionReader::Verdict::kTake:
      // A record without a value deletes a key where tables have keys; here it is no row.
      if (message.payload != nullptr) {
        rd_kafka_timestamp_type_t type;
        std::optional<std::string_view> key;
        if (message.key != nullptr)
          key.emplace(static_cast<const char*>(message.key), message.key_len);
        split->slab.Add({.value = {static_cast<const char*>(message.payload), message.len},
                         .offset = message.offset,
                         .timestamp_ms = rd_kafka_message_timestamp(&message, &type),
                         .key = key});
        if (split->metadata != nullptr) split->metadata->Add(message);
      }
      break;
    case PartitionReader::Verdict::kRewound:
      rewound_records_->Add();
      break;
    case PartitionReader::Verdict::kPastEnd:
      break;
  }
  if (split->reader.finished()) Pause(*split);
  return absl::OkStatus();
}

absl::Status KafkaSource::OnError(const rd_kafka_message_t& message) {
  const std::string reason = rd_kafka_message_errstr(&message);
  switch (message.err) {
    // Connections come back, topics perhaps; until then nothing is read: no reason to fail yet.
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
      OnTrouble(message.err);
      return absl::OkStatus();
    // Without a group of the table's own, what becomes of the group does not matter.
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      if (options_.group_id.empty()) return absl::OkStatus();
      break;
    case RD_KAFKA_RESP_ERR__FATAL:
      return client_->FatalError();
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: {
      const KafkaSplit* const split = SplitOf(message);
      const std::string where = split == nullptr
                                    ? ""
                                    : absl::StrCat(" at offset ", split->reader.position().next,
                                                   " of ", SplitName(split->reader.position()));
      // When the job starts again, CheckPosition says what exactly is missing.
      return absl::OutOfRangeError(absl::StrCat(
          "table ", table_.name, ": reading stands", where, ", which Kafka at ",
          client_->bootstrap_servers(), " no longer has (", reason,
          "): records were removed before they were read, or the topic was made anew. Raise the "
          "topic's retention; to go on without them, start the job without the checkpoint"));
    }
    default:
      break;
  }
  return client_->Error(message.err, absl::StrCat("reading (", reason, ")"));
}

void KafkaSource::OnTrouble(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      topic_lost_ = true;
      topics_->Suspect();
      break;
    default:
      break;
  }
  LOG_WARNING("reading waits for Kafka", {{"table", table_.name},
                                          {"brokers", client_->bootstrap_servers()},
                                          {"error", rd_kafka_err2str(error)}});
  for (KafkaSplit& split : splits_) {
    split.reader.ForgetEnd();
    split.unproven = true;
  }
}

KafkaSplit* KafkaSource::SplitOf(const rd_kafka_message_t& message) {
  const auto partition = static_cast<size_t>(message.partition);
  for (const auto& [topic, splits] : split_of_topic_) {
    if (topic != message.rkt) continue;
    return partition < splits.size() && splits[partition] >= 0
               ? &splits_[static_cast<size_t>(splits[partition])]
               : nullptr;
  }
  if (message.rkt == nullptr) return nullptr;
  const std::string name = rd_kafka_topic_name(message.rkt);
  std::vector<int> splits;
  for (size_t i = 0; i < splits_.size(); ++i) {
    const PartitionPosition& position = splits_[i].reader.position();
    if (position.topic != name) continue;
    splits.resize(std::max(splits.size(), static_cast<size_t>(position.partition) + 1), -1);
    splits[static_cast<size_t>(position.partition)] = static_cast<int>(i);
  }
  split_of_topic_.emplace_back(message.rkt, std::move(splits));
  return SplitOf(message);
}

// A bounded partition at its end is not read any further. It is never resumed: librdkafka
// before 2.4 would rewind.
void KafkaSource::Pause(KafkaSplit& split) {
  rd_kafka_pause_partitions(client_->get(), PartitionList({split.reader.position()}).get());
  split.paused = true;
  --unfinished_;
}

bool KafkaSource::QueueHasRoom() const {
  const int64_t records = static_cast<int64_t>(rd_kafka_queue_length(queue_.get()));
  return records < kQueueRecords / 2 && records * record_bytes_ < kQueueBytes / 2;
}

SplitStatus KafkaSource::split_status(int split) const {
  const KafkaSplit& of = splits_[static_cast<size_t>(split)];
  const bool at_end = of.reader.finished() || of.reader.caught_up();
  return {.finished = of.reader.finished(),
          .caught_up = of.reader.caught_up(),
          .lag_records = at_end ? 0 : of.lag_records};
}

std::string KafkaSource::PlaceOf(int split, int64_t position) const {
  const PartitionPosition& of = splits_[static_cast<size_t>(split)].reader.position();
  return absl::StrCat("offset ", position, " of partition ", of.partition, " of topic '", of.topic,
                      "'");
}

void KafkaSource::Snapshot(StateWriter& state) const {
  snapshot_.clear();
  for (const KafkaSplit& split : splits_) snapshot_.push_back(split.reader.position());
  state.Put(kPositionsState, EncodePositions(snapshot_));
}

void KafkaSource::OnDurable(Epoch epoch) {
  durable_ = true;
  offsets_->OnDurable(snapshot_);
  if (options_.group_id.empty() || snapshot_.empty() || snapshot_ == committed_) return;
  const rd_kafka_resp_err_t error =
      rd_kafka_commit(client_->get(), PartitionList(snapshot_).get(), /*async=*/1);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    committed_ = snapshot_;
    return;
  }
  LOG_WARNING(
      "the group's offsets were not committed; they are for visibility only",
      {{"table", table_.name}, {"group", options_.group_id}, {"error", rd_kafka_err2str(error)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> NewKafkaSource(const SourceSpec& spec) {
  ASSIGN_OR_RETURN(KafkaSourceOptions options, ParseKafkaSourceOptions(spec.table));
  // What is wrong with the columns or the pattern is an error of the table, not of a task.
  RETURN_IF_ERROR(RecordMetadata::Create(spec.table).status());
  if (!options.topic_pattern.empty()) {
    RETURN_IF_ERROR(CompileTopicPattern(spec.table.name, options.topic_pattern).status());
  }
  return std::make_unique<KafkaSource>(spec.table, std::move(options));
}

}  // namespace millrace
