#include "worker/source/kafka/kafka_source.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/kafka/client.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "worker/source/kafka/kafka_options.h"
#include "worker/source/kafka/partition_reader.h"
#include "worker/source/kafka/slab_builder.h"
#include "worker/source/kafka/start_positions.h"

namespace millrace {
namespace {

constexpr char kPositionsState[] = "kafka.positions";
constexpr absl::Duration kBrokerTimeout = absl::Seconds(10);

// A poll takes about this much, however large the records are.
constexpr int64_t kPollBytes = 2 * 1024 * 1024;
constexpr int64_t kPollRecordsMin = 16;

// What the client may hold ready, and the largest answer of a broker on top of it.
constexpr int64_t kQueueKilobytes = 16 * 1024;
constexpr int64_t kFetchBytes = 8 * 1024 * 1024;

constexpr absl::Duration kLagInterval = absl::Milliseconds(100);
constexpr absl::Duration kNudgeInterval = absl::Milliseconds(5);

KafkaClientOptions ClientOptions(const TableDescription& table, const KafkaSourceOptions& options,
                                 const TaskContext& context) {
  KafkaClientOptions client{.type = RD_KAFKA_CONSUMER,
                            .table = table.name,
                            .client_id = absl::StrCat("millrace-", context.job_name, "-",
                                                      table.name, "-", context.task.index),
                            .properties = PropertiesOf(table.options)};
  // These say where to start, which is decided here and not by the client.
  client.properties.erase("auto.offset.reset");
  client.properties.erase("group.id");
  client.defaults = {
      {"queued.max.messages.kbytes", absl::StrCat(kQueueKilobytes)},
      {"queued.min.messages", "1000000"},  // The bound is the size.
      {"fetch.message.max.bytes", absl::StrCat(1024 * 1024)},
      {"fetch.max.bytes", absl::StrCat(kFetchBytes)},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      {"fetch.queue.backoff.ms", "2"},  // Unknown to librdkafka before 2.2.
      {"socket.keepalive.enable", "true"},
  };
  client.fixed = {
      // The client wants some group to assign partitions; without one of the table's it is not used.
      {"group.id", options.group_id.empty() ? "millrace-unused" : options.group_id},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
      {"statistics.interval.ms", "0"},
  };
  return client;
}

class KafkaSource final : public Source {
 public:
  KafkaSource(TableDescription table, KafkaSourceOptions options)
      : table_(std::move(table)), options_(std::move(options)) {}
  ~KafkaSource() override;

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<SourcePoll> Poll(int64_t max_rows) override;
  const std::vector<std::string>& split_names() const override { return split_names_; }
  SplitStatus split_status(int split) const override;
  void Snapshot(StateWriter& state) const override;
  void OnDurable(Epoch epoch) override;

 private:
  struct Split {
    PartitionReader reader;
    SlabBuilder slab;
    int64_t lag_records = -1;
    bool paused = false;
  };

  absl::StatusOr<std::vector<PartitionPosition>> FindPartitions(const TaskContext& context);
  absl::Status Assign();
  absl::Status OnMessage(const rd_kafka_message_t& message);
  absl::Status OnError(const rd_kafka_message_t& message);
  Split* SplitOf(const rd_kafka_message_t& message);
  void Pause(Split& split);
  void UpdateLag();
  void NudgeBrokers();

  const TableDescription table_;
  const KafkaSourceOptions options_;
  const Clock* clock_ = nullptr;
  Executor* io_ = nullptr;
  std::function<void()> wake_;
  Counter* rewound_records_ = nullptr;

  // Shared with questions under way on the io executor.
  std::shared_ptr<KafkaClient> client_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  std::vector<std::string> split_names_;
  std::vector<Split> splits_;
  std::map<std::pair<std::string, int32_t>, int> split_index_;
  // By the client's handle of the topic, partition -> split: no look-up by name per record.
  std::vector<std::pair<const rd_kafka_topic_t*, std::vector<int>>> split_of_topic_;
  std::map<int32_t, int> split_of_leader_;  // One partition for each broker.

  std::vector<rd_kafka_message_t*> messages_;  // Scratch.
  int64_t record_bytes_ = 512;                 // A running mean.
  int unfinished_ = 0;
  absl::Duration lag_at_ = -absl::InfiniteDuration();
  absl::Duration nudged_at_ = -absl::InfiniteDuration();
  std::shared_ptr<std::atomic<bool>> nudging_ = std::make_shared<std::atomic<bool>>(false);
  mutable std::vector<int64_t> snapshot_offsets_;  // Of the last snapshot, for OnDurable.
};

KafkaSource::~KafkaSource() {
  if (queue_ != nullptr) rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
}

absl::Status KafkaSource::Open(const TaskContext& context, const StateReader* restored) {
  clock_ = context.clock;
  io_ = context.io;
  wake_ = context.wake;
  rewound_records_ = context.metrics->GetCounter("millrace_source_rewound_records_total",
                                                 {{"table", table_.name}});
  ASSIGN_OR_RETURN(client_, KafkaClient::Create(ClientOptions(table_, options_, context)));
  StartRequest request{.timeout = kBrokerTimeout};
  ASSIGN_OR_RETURN(request.partitions, FindPartitions(context));
  if (restored != nullptr) {
    for (const std::string& bytes : restored->Get(kPositionsState)) {
      ASSIGN_OR_RETURN(std::vector<PartitionPosition> positions, DecodePositions(bytes));
      request.restored.insert(request.restored.end(), positions.begin(), positions.end());
    }
    request.first_start = restored->Get(kPositionsState).empty();
  }
  absl::StatusOr<std::vector<PartitionPosition>> start = ResolveStart(*client_, options_, request);
  if (!start.ok()) {
    return absl::Status(start.status().code(), absl::StrCat("table ", table_.name, ": ",
                                                            start.status().message()));
  }
  for (PartitionPosition& position : *start) {
    const int index = static_cast<int>(splits_.size());
    split_names_.push_back(absl::StrCat(position.topic, "-", position.partition));
    split_index_[{position.topic, position.partition}] = index;
    splits_.push_back(Split{.reader = PartitionReader(std::move(position))});
    if (!splits_.back().reader.finished()) ++unfinished_;
  }
  return Assign();
}

absl::StatusOr<std::vector<PartitionPosition>> KafkaSource::FindPartitions(
    const TaskContext& context) {
  std::vector<PartitionPosition> mine;
  for (const std::string& topic : options_.topics) {
    using Leaders = std::map<int32_t, int32_t>;
    ASSIGN_OR_RETURN(const Leaders leaders, client_->Partitions(topic, kBrokerTimeout));
    for (const auto& [partition, leader] : leaders) {
      if (partition % context.parallelism != context.task.index) continue;
      split_of_leader_.try_emplace(leader, static_cast<int>(mine.size()));
      mine.push_back({.topic = topic, .partition = partition});
    }
  }
  return mine;
}

absl::Status KafkaSource::Assign() {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(splits_.size())));
  for (Split& split : splits_) {
    if (split.reader.finished()) continue;
    const PartitionPosition& position = split.reader.position();
    rd_kafka_topic_partition_list_add(list.get(), position.topic.c_str(), position.partition)
        ->offset = position.next;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_->get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Error(error, "assigning partitions");
  queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
  rd_kafka_queue_cb_event_enable(
      queue_.get(),
      [](rd_kafka_t*, void* self) { static_cast<KafkaSource*>(self)->wake_(); }, this);
  return absl::OkStatus();
}

absl::StatusOr<SourcePoll> KafkaSource::Poll(int64_t max_rows) {
  if (unfinished_ == 0) return SourcePoll{.wait = SourceWait::kFinished};
  const int64_t fitting = std::max(kPollRecordsMin, kPollBytes / std::max<int64_t>(1, record_bytes_));
  messages_.resize(static_cast<size_t>(std::min(max_rows, fitting)));
  const ssize_t count =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data(), messages_.size());
  if (count < 0) return client_->Error(rd_kafka_last_error(), "reading");

  absl::Status status;
  SourcePoll poll{.wait = count > 0 ? SourceWait::kMore : SourceWait::kWait};
  for (ssize_t i = 0; i < count && status.ok(); ++i) status = OnMessage(*messages_[i]);
  if (status.ok()) {
    for (size_t i = 0; i < splits_.size(); ++i) {
      if (splits_[i].slab.empty()) continue;
      poll.data.push_back({.split = static_cast<int>(i), .rows = splits_[i].slab.Build()});
    }
  }
  for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(messages_[i]);
  RETURN_IF_ERROR(status);
  UpdateLag();
  NudgeBrokers();
  if (unfinished_ == 0 && poll.data.empty()) poll.wait = SourceWait::kFinished;
  return poll;
}

absl::Status KafkaSource::OnMessage(const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return OnError(message);
  }
  Split* const split = SplitOf(message);
  if (split == nullptr || split->paused) return absl::OkStatus();
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    split->reader.OnEndOfPartition(message.offset);
  } else {
    switch (split->reader.OnRecord(message.offset)) {
      case PartitionReader::Verdict::kTake:
        // A record without a value deletes a key where tables have keys; here it is no row.
        if (message.payload != nullptr) split->slab.Add(&message);
        record_bytes_ += (static_cast<int64_t>(message.len) - record_bytes_) / 16;
        break;
      case PartitionReader::Verdict::kRewound:
        rewound_records_->Add(1);
        break;
      case PartitionReader::Verdict::kPastEnd:
        break;
    }
  }
  if (split->reader.finished()) Pause(*split);
  return absl::OkStatus();
}

absl::Status KafkaSource::OnError(const rd_kafka_message_t& message) {
  switch (message.err) {
    // Connections come back, and until then nothing is read: no reason to fail.
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
      LOG_WARNING("reading waits for Kafka", {{"table", table_.name},
                                              {"brokers", client_->bootstrap_servers()},
                                              {"error", rd_kafka_message_errstr(&message)}});
      return absl::OkStatus();
    // Without a group of the table's own, what becomes of the group does not matter.
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      if (options_.group_id.empty()) return absl::OkStatus();
      break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return absl::OutOfRangeError(absl::StrCat(
          "table ", table_.name, ": ", rd_kafka_message_errstr(&message), " (brokers ",
          client_->bootstrap_servers(),
          "): records were removed before they were read, or the topic was made anew. Raise the "
          "topic's retention; to go on without them, start the job without the checkpoint"));
    default:
      break;
  }
  return client_->Error(message.err, absl::StrCat("reading (", rd_kafka_message_errstr(&message), ")"));
}

KafkaSource::Split* KafkaSource::SplitOf(const rd_kafka_message_t& message) {
  const auto partition = static_cast<size_t>(message.partition);
  for (auto& [topic, splits] : split_of_topic_) {
    if (topic != message.rkt) continue;
    return partition < splits.size() && splits[partition] >= 0
               ? &splits_[static_cast<size_t>(splits[partition])]
               : nullptr;
  }
  std::vector<int> splits;
  for (const auto& [key, index] : split_index_) {
    if (key.first != rd_kafka_topic_name(message.rkt)) continue;
    splits.resize(std::max(splits.size(), static_cast<size_t>(key.second) + 1), -1);
    splits[static_cast<size_t>(key.second)] = index;
  }
  split_of_topic_.emplace_back(message.rkt, std::move(splits));
  return SplitOf(message);
}

// A bounded partition at its end is not read any further. It is never resumed: the client would rewind.
void KafkaSource::Pause(Split& split) {
  const PartitionPosition& position = split.reader.position();
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), position.topic.c_str(), position.partition);
  rd_kafka_pause_partitions(client_->get(), list.get());
  split.paused = true;
  --unfinished_;
}

void KafkaSource::UpdateLag() {
  const absl::Duration now = clock_->Monotonic();
  if (now - lag_at_ < kLagInterval) return;
  lag_at_ = now;
  for (Split& split : splits_) {
    const PartitionPosition& position = split.reader.position();
    int64_t low = 0;
    int64_t high = RD_KAFKA_OFFSET_INVALID;
    const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
        client_->get(), position.topic.c_str(), position.partition, &low, &high);
    const bool known = error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0;
    const int64_t end = position.end == PartitionPosition::kUnbounded ? high : position.end;
    split.lag_records = known ? std::max<int64_t>(0, end - position.next) : -1;
  }
}

// Before librdkafka 2.2 a full queue puts a broker's thread to sleep for up to a second, whoever
// empties the queue meanwhile. Any question to the broker wakes the thread, so one is asked as long as
// there is something to read and the queue has room.
void KafkaSource::NudgeBrokers() {
  if (client_->knows("fetch.queue.backoff.ms")) return;
  const absl::Duration now = clock_->Monotonic();
  if (now - nudged_at_ < kNudgeInterval || nudging_->load()) return;
  const bool behind = std::any_of(splits_.begin(), splits_.end(), [](const Split& split) {
    return !split.paused && split.lag_records > 0 && !split.reader.caught_up();
  });
  const int64_t queued = static_cast<int64_t>(rd_kafka_queue_length(queue_.get())) * record_bytes_;
  if (!behind || queued > kQueueKilobytes * 1024 / 2) return;
  nudged_at_ = now;
  nudging_->store(true);
  std::vector<std::pair<std::string, int32_t>> asked;
  for (const auto& [leader, split] : split_of_leader_) {
    const PartitionPosition& position = splits_[static_cast<size_t>(split)].reader.position();
    asked.emplace_back(position.topic, position.partition);
  }
  io_->Post([client = client_, nudging = nudging_, asked = std::move(asked)] {
    for (const auto& [topic, partition] : asked) {
      int64_t low = 0;
      int64_t high = 0;
      rd_kafka_query_watermark_offsets(client->get(), topic.c_str(), partition, &low, &high, 1000);
    }
    nudging->store(false);
  });
}

SplitStatus KafkaSource::split_status(int split) const {
  const Split& of = splits_[static_cast<size_t>(split)];
  return {.finished = of.reader.finished(),
          .caught_up = of.reader.caught_up(),
          .lag_records = of.reader.caught_up() ? 0 : of.lag_records};
}

void KafkaSource::Snapshot(StateWriter& state) const {
  std::vector<PartitionPosition> positions;
  snapshot_offsets_.clear();
  for (const Split& split : splits_) {
    positions.push_back(split.reader.position());
    snapshot_offsets_.push_back(split.reader.position().next);
  }
  state.Put(kPositionsState, EncodePositions(positions));
}

void KafkaSource::OnDurable(Epoch epoch) {
  if (options_.group_id.empty() || snapshot_offsets_.size() != splits_.size()) return;
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(splits_.size())));
  for (size_t i = 0; i < splits_.size(); ++i) {
    const PartitionPosition& position = splits_[i].reader.position();
    rd_kafka_topic_partition_list_add(list.get(), position.topic.c_str(), position.partition)
        ->offset = snapshot_offsets_[i];
  }
  const rd_kafka_resp_err_t error = rd_kafka_commit(client_->get(), list.get(), /*async=*/1);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  LOG_WARNING("the group's offsets were not committed; they are for visibility only",
              {{"table", table_.name}, {"group", options_.group_id},
               {"error", rd_kafka_err2str(error)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> NewKafkaSource(const SourceSpec& spec) {
  ASSIGN_OR_RETURN(KafkaSourceOptions options, ParseKafkaSourceOptions(spec.table));
  return std::make_unique<KafkaSource>(spec.table, std::move(options));
}

}  // namespace millrace
