#include "worker/sink/kafka/kafka_transactions.h"

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/base/seeded_bug.h"
#include "common/base/status_macros.h"
#include "common/kafka/client.h"
#include "common/metrics/metrics.h"
#include "worker/sink/kafka/call_watchdog.h"
#include "worker/sink/kafka/produce_record.h"

namespace millrace {
namespace {

// A call comes back this often, to see whether it is still wanted. Init, commit and abort go on
// where they were when they are called again; the others begin anew.
constexpr int kSliceMs = 1'000;
constexpr int kRequestMs = 10'000;
// After it the transaction's fate is left to the next fence.
constexpr absl::Duration kFenceLimit = absl::Seconds(60);
constexpr absl::Duration kCommitLimit = absl::Seconds(60);
constexpr absl::Duration kBrokerTimeout = absl::Seconds(10);
// How long the broker lets a transaction be open: readers wait so long at most if this process dies
// in one and does not come back. Within the broker's own default limit (15 min).
constexpr char kTransactionTimeoutMs[] = "300000";
constexpr int64_t kDeliveryTimeoutMs = 120'000;

struct KafkaErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_consumer_group_metadata_t* group) const {
    rd_kafka_consumer_group_metadata_destroy(group);
  }
};
using KafkaError = std::unique_ptr<rd_kafka_error_t, KafkaErrorDeleter>;

class KafkaTransactions final : public TransactionalOutput {
 public:
  KafkaTransactions(KafkaTransactionsOptions options, const TaskContext& context)
      : options_(std::move(options)),
        clock_(*context.clock),
        watchdog_({.clock = context.clock, .timer = context.io, .on_hang = EndHungProcess}) {
    const MetricLabels table = {{"table", options_.table}};
    delivered_rows_ = context.metrics->GetCounter("millrace_sink_records_total", table);
    refused_rows_ = context.metrics->GetCounter("millrace_sink_errors_total", table);
    publish_seconds_ = context.metrics->GetHistogram("millrace_sink_send_seconds", table);
  }

  absl::Status Fence() override;
  absl::StatusOr<std::optional<Marker>> ReadMarker() override;
  PublishResult Publish(const Records& records, const Marker& marker) override;
  void Stop() override { stopped_ = true; }

  // A producer that is not fenced in yet.
  absl::Status MakeInstance();

 private:
  std::string DeliveryTimeoutMs() const;
  absl::Status InitTransactions();
  absl::Status MakeReader();
  absl::Status Stage(const Records& records, const Marker& marker);
  absl::Status Produce(const StagedRecord& record);
  int32_t PartitionOf(const StagedRecord& record) const;
  absl::Status Refused(rd_kafka_resp_err_t error) const;
  absl::Status LargerThanTheQueue(const StagedRecord& record) const;
  absl::Status Flush();
  absl::Status SendMarker(const Marker& marker);
  absl::Status Commit();
  void Abort();
  // Calls again for as long as the error says that this helps, until `limit`.
  template <typename Call>
  absl::Status Persist(const char* name, absl::Duration limit, const Call& call);
  absl::Status StatusOf(const rd_kafka_error_t& error, absl::string_view what) const;
  absl::Status StoppedStatus() const {
    return absl::CancelledError(absl::StrCat("the task of ", options_.slot, " ends"));
  }

  const KafkaTransactionsOptions options_;
  const Clock& clock_;
  CallWatchdog watchdog_;
  Counter* delivered_rows_ = nullptr;
  Counter* refused_rows_ = nullptr;
  Histogram* publish_seconds_ = nullptr;
  std::atomic<bool> stopped_ = false;

  std::unique_ptr<KafkaClient> reader_;  // Of the marker. Null before the first reading.
  std::unique_ptr<KafkaClient> client_;
  KafkaPtr<rd_kafka_topic_t> topic_;
  int32_t partitions_ = 0;
  bool fenced_in_ = false;  // And not used since.

  // Of the transaction.
  int64_t produced_ = 0;
  int64_t delivered_ = 0;
  absl::Status delivery_;  // The first failure.
};

absl::Status KafkaTransactions::StatusOf(const rd_kafka_error_t& error,
                                         absl::string_view what) const {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
  if (code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT) {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", options_.table, ": 'properties.transaction.timeout.ms' is above what the broker ",
        "allows; lower it, or raise the broker's transaction.max.timeout.ms"));
  }
  const absl::Status status = client_->Error(code, what);
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), " (", rd_kafka_error_string(&error), ")"));
}

template <typename Call>
absl::Status KafkaTransactions::Persist(const char* name, absl::Duration limit, const Call& call) {
  const absl::Duration end = clock_.Monotonic() + limit;
  while (true) {
    if (stopped_) return StoppedStatus();
    KafkaError error;
    {
      const CallWatchdog::Guard guard(watchdog_, name);
      error.reset(call());
    }
    if (error == nullptr) return absl::OkStatus();
    const bool again = rd_kafka_error_is_retriable(error.get()) != 0;
    if (!again || clock_.Monotonic() > end) return StatusOf(*error, name);
  }
}

// A row is given up no later than the transaction that it is part of: the client insists on it.
std::string KafkaTransactions::DeliveryTimeoutMs() const {
  const auto given = options_.properties.find("transaction.timeout.ms");
  int64_t transaction_ms = 0;
  const bool is_shorter = given != options_.properties.end() &&
                          absl::SimpleAtoi(given->second, &transaction_ms) &&
                          transaction_ms < kDeliveryTimeoutMs;
  return absl::StrCat(is_shorter ? transaction_ms : kDeliveryTimeoutMs);
}

absl::Status KafkaTransactions::MakeInstance() {
  topic_.reset();
  client_.reset();
  fenced_in_ = false;
  KafkaClientOptions client{.type = RD_KAFKA_PRODUCER,
                            .table = options_.table,
                            .client_id = options_.client_id,
                            .properties = options_.properties};
  client.defaults = {
      {"queue.buffering.max.kbytes", "16384"},
      {"queue.buffering.max.messages", "50000"},
      {"linger.ms", "2"},
      {"transaction.timeout.ms", kTransactionTimeoutMs},
      {"message.timeout.ms", DeliveryTimeoutMs()},
      {"socket.keepalive.enable", "true"},
  };
  for (const auto& [name, value] : options_.defaults) client.defaults[name] = value;
  client.fixed = {{"transactional.id", options_.slot},
                  {"acks", "all"},
                  {"enable.idempotence", "true"},
                  // The Java client's choice: consumers that join topics by key rely on it.
                  {"partitioner", "murmur2_random"}};
  client.on_delivery = [this](const rd_kafka_message_t& message) {
    ++delivered_;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && delivery_.ok()) {
      delivery_ = Refused(message.err);
    }
  };
  ASSIGN_OR_RETURN(client_, KafkaClient::Create(std::move(client)));
  return absl::OkStatus();
}

absl::Status KafkaTransactions::Fence() {
  RETURN_FAILPOINT("publish.before_fence");
  RETURN_IF_ERROR(MakeInstance());
  // The topic's metadata is fetched now: a transaction that had to wait for it would take a second.
  ASSIGN_OR_RETURN(const auto leaders, client_->Partitions(options_.topic, kBrokerTimeout));
  partitions_ = static_cast<int32_t>(leaders.size());
  topic_.reset(rd_kafka_topic_new(client_->get(), options_.topic.c_str(), nullptr));
  if (topic_ == nullptr) return client_->Error(rd_kafka_last_error(), "opening the topic");
  if (!SeededBug("marker_before_fence")) RETURN_IF_ERROR(InitTransactions());
  RETURN_FAILPOINT("publish.after_fence");
  fenced_in_ = true;
  return absl::OkStatus();
}

absl::Status KafkaTransactions::InitTransactions() {
  return Persist("beginning to write with transactions", kFenceLimit,
                 [this] { return rd_kafka_init_transactions(client_->get(), kSliceMs); });
}

absl::Status KafkaTransactions::MakeReader() {
  KafkaClientOptions options{.type = RD_KAFKA_CONSUMER,
                             .table = options_.table,
                             .client_id = options_.client_id,
                             .properties = options_.properties};
  // read_committed asks the broker for an offset that no open transaction can still change.
  options.fixed = {{"group.id", options_.slot},
                   {"isolation.level", "read_committed"},
                   {"enable.auto.commit", "false"}};
  ASSIGN_OR_RETURN(reader_, KafkaClient::Create(std::move(options)));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Marker>> KafkaTransactions::ReadMarker() {
  if (reader_ == nullptr) RETURN_IF_ERROR(MakeReader());
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t& partition =
      *rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), 0);
  rd_kafka_resp_err_t error;
  {
    const CallWatchdog::Guard guard(watchdog_, "rd_kafka_committed");
    error = rd_kafka_committed(reader_->get(), list.get(), kRequestMs);
  }
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = partition.err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return reader_->Error(error, absl::StrCat("reading the marker of ", options_.slot));
  }
  RETURN_FAILPOINT("publish.after_marker_read");
  if (partition.offset == RD_KAFKA_OFFSET_INVALID) return std::nullopt;
  ASSIGN_OR_RETURN(Marker marker,
                   ParseMarker(std::string_view(static_cast<const char*>(partition.metadata),
                                                partition.metadata_size),
                               partition.offset));
  return marker;
}

PublishResult KafkaTransactions::Publish(const Records& records, const Marker& marker) {
  CHECK(fenced_in_);
  fenced_in_ = SeededBug("producer_reused");
  produced_ = delivered_ = 0;
  delivery_ = absl::OkStatus();
  const absl::Duration began = clock_.Monotonic();
  absl::Status status = Stage(records, marker);
  if (!status.ok()) {
    refused_rows_->Add(static_cast<double>(produced_));
    Abort();
  } else {
    status = Commit();
    if (SeededBug("failed_commit_ignored")) status = absl::OkStatus();
  }
  if (!status.ok()) return {.outcome = PublishOutcome::kNotCommitted, .error = std::move(status)};
  FAILPOINT("publish.after_commit");
  delivered_rows_->Add(static_cast<double>(produced_));
  publish_seconds_->Observe(absl::ToDoubleSeconds(clock_.Monotonic() - began));
  return {.outcome = PublishOutcome::kCommitted};
}

// All that is in the transaction; nothing of it is visible yet.
absl::Status KafkaTransactions::Stage(const Records& records, const Marker& marker) {
  RETURN_FAILPOINT("publish.before_begin");
  if (SeededBug("marker_before_fence")) RETURN_IF_ERROR(InitTransactions());
  RETURN_IF_ERROR(Persist("beginning a transaction", kCommitLimit,
                          [this] { return rd_kafka_begin_transaction(client_->get()); }));
  RETURN_FAILPOINT("publish.after_begin");
  RETURN_IF_ERROR(records([this](const StagedRecord& record) { return Produce(record); }));
  RETURN_FAILPOINT("publish.after_produce");
  RETURN_IF_ERROR(Flush());
  RETURN_FAILPOINT("publish.after_flush");
  if (!SeededBug("marker_skipped")) RETURN_IF_ERROR(SendMarker(marker));
  RETURN_FAILPOINT("publish.after_marker");
  return absl::OkStatus();
}

absl::Status KafkaTransactions::Produce(const StagedRecord& record) {
  if (stopped_) return StoppedStatus();
  while (true) {
    const rd_kafka_resp_err_t error = ProduceRecord(
        {.client = client_->get(), .topic = topic_.get(), .partition = PartitionOf(record)},
        record);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++produced_;
      return absl::OkStatus();
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return Refused(error);
    if (delivered_ == produced_) return LargerThanTheQueue(record);
    // Reports make room.
    rd_kafka_poll(client_->get(), kSliceMs);
    RETURN_IF_ERROR(delivery_);
    if (stopped_) return StoppedStatus();
  }
}

absl::Status KafkaTransactions::Refused(rd_kafka_resp_err_t error) const {
  const absl::Status status =
      client_->Error(error, absl::StrCat("writing to topic '", options_.topic, "'"));
  if (error != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return status;
  // No retry makes it smaller.
  return absl::InvalidArgumentError(absl::StrCat(
      status.message(), ". Raise 'properties.max.request.size' and the topic's max.message.bytes"));
}

absl::Status KafkaTransactions::LargerThanTheQueue(const StagedRecord& record) const {
  return absl::InvalidArgumentError(absl::StrCat(
      "table ", options_.table, ": a record for topic '", options_.topic, "' has ",
      record.value.has_value() ? record.value->size() : 0,
      " bytes, more than the Kafka client may hold. Raise 'properties.buffer.memory'"));
}

int32_t KafkaTransactions::PartitionOf(const StagedRecord& record) const {
  return record.partition == StagedRecord::kAnyPartition ? RD_KAFKA_PARTITION_UA
                                                         : record.partition % partitions_;
}

absl::Status KafkaTransactions::Flush() {
  while (delivered_ < produced_ && delivery_.ok()) {
    if (stopped_) return StoppedStatus();
    RETURN_IF_ERROR(client_->FatalError());
    const CallWatchdog::Guard guard(watchdog_, "rd_kafka_flush");
    rd_kafka_flush(client_->get(), kSliceMs);
  }
  return delivery_;
}

absl::Status KafkaTransactions::SendMarker(const Marker& marker) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t& partition =
      *rd_kafka_topic_partition_list_add(offsets.get(), options_.topic.c_str(), 0);
  partition.offset = marker.epoch.value();
  std::string text = MarkerText(marker);
  // The list frees it.
  partition.metadata_size = text.size();
  partition.metadata = malloc(text.size());
  CHECK(partition.metadata != nullptr);
  text.copy(static_cast<char*>(partition.metadata), text.size());
  const std::unique_ptr<rd_kafka_consumer_group_metadata_t, KafkaErrorDeleter> group(
      rd_kafka_consumer_group_metadata_new(options_.slot.c_str()));
  return Persist("writing the marker", kCommitLimit, [&] {
    return rd_kafka_send_offsets_to_transaction(client_->get(), offsets.get(), group.get(),
                                                kRequestMs);
  });
}

absl::Status KafkaTransactions::Commit() {
  return Persist("committing a transaction", kCommitLimit,
                 [this] { return rd_kafka_commit_transaction(client_->get(), kSliceMs); });
}

// So that readers need not wait until the next fence; whether it works does not matter.
void KafkaTransactions::Abort() {
  if (!client_->FatalError().ok() || stopped_) return;
  Persist("aborting a transaction", absl::Seconds(5), [this] {
    return rd_kafka_abort_transaction(client_->get(), kSliceMs);
  }).IgnoreError();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransactionalOutput>> NewKafkaTransactions(
    KafkaTransactionsOptions options, const TaskContext& context) {
  auto transactions = std::make_unique<KafkaTransactions>(std::move(options), context);
  // What the client says of the properties is known at once.
  RETURN_IF_ERROR(transactions->MakeInstance());
  return transactions;
}

}  // namespace millrace
