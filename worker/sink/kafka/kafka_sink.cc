#include "worker/sink/kafka/kafka_sink.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/kafka/client.h"
#include "common/metrics/metrics.h"
#include "worker/sink/kafka/delivery_ledger.h"
#include "worker/sink/kafka/kafka_sink_options.h"
#include "worker/sink/kafka/kafka_transactions.h"
#include "worker/sink/kafka/keyed_records.h"
#include "worker/sink/kafka/produce_record.h"
#include "worker/sink/kafka/staged_records.h"
#include "worker/sink/staged/staged_sink.h"

namespace millrace {
namespace {

constexpr absl::Duration kBrokerTimeout = absl::Seconds(10);
// As long as the Java client tries to deliver a row.
constexpr absl::Duration kDeliveryTimeout = absl::Seconds(120);
// The client looks at the delivery timeout once a second; this leaves it room.
constexpr absl::Duration kCloseTimeout = absl::Seconds(130);

KafkaClientOptions ProducerClientOptions(const TableDescription& table,
                                         const KafkaSinkOptions& options,
                                         const TaskContext& context) {
  KafkaClientOptions client{.type = RD_KAFKA_PRODUCER,
                            .table = table.name,
                            .client_id = absl::StrCat("millrace-", context.job_name, "-",
                                                      table.name, "-", context.task.index),
                            .properties = options.properties};
  client.defaults = {
      {"queue.buffering.max.kbytes", "16384"},
      {"queue.buffering.max.messages", "50000"},
      {"linger.ms", "2"},
      {"message.timeout.ms", absl::StrCat(absl::ToInt64Milliseconds(kDeliveryTimeout))},
      {"socket.keepalive.enable", "true"},
  };
  // The Java client's choice: consumers that join topics by key rely on it.
  client.fixed = {{"partitioner", "murmur2_random"}};
  if (options.guarantee != DeliveryGuarantee::kNone) {
    client.fixed["acks"] = "all";
    client.fixed["enable.idempotence"] = "true";  // No reordering and no doubles by retries.
  }
  return client;
}

class KafkaSink final : public Sink {
 public:
  KafkaSink(TableDescription table, KafkaSinkOptions options, KeyedRecords records)
      : table_(std::move(table)), options_(std::move(options)), records_(std::move(records)) {}
  ~KafkaSink() override;

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<Progress> Append(Batch batch) override;
  absl::StatusOr<Progress> Resume() override { return Send(); }
  absl::Status Seal(Epoch epoch) override;
  absl::StatusOr<bool> Flushed(Epoch epoch) override;
  absl::Status OnDurable(Epoch epoch, Term term) override { return failure_; }
  absl::Status Close() override;

 private:
  // Hands rows of `records_` to the client, from `next_` on.
  absl::StatusOr<Progress> Send();
  rd_kafka_resp_err_t SendRow(int64_t row);
  int32_t PartitionOf(int64_t row) const;
  void ServeReports();
  void OnDelivery(const rd_kafka_message_t& message);
  absl::Status Refused(rd_kafka_resp_err_t error, int32_t partition) const;

  const TableDescription table_;
  const KafkaSinkOptions options_;
  std::function<void()> wake_;
  int32_t task_index_ = 0;
  Counter* delivered_rows_ = nullptr;
  Counter* refused_rows_ = nullptr;
  Histogram* send_seconds_ = nullptr;

  std::unique_ptr<KafkaClient> client_;
  KafkaPtr<rd_kafka_topic_t> topic_;
  KafkaPtr<rd_kafka_queue_t> reports_;  // Where delivery reports arrive.
  int32_t partitions_ = 0;              // When the sink was opened.

  KeyedRecords records_;
  StagedRecord record_;       // Scratch.
  int64_t next_ = 0;          // Of `records_`, to be sent.
  int64_t next_in_turn_ = 0;  // kRoundRobin: the partition of the first of them.
  DeliveryLedger ledger_;
  absl::Status failure_;  // The first one.
  bool flush_pending_ = false;
  // The task waits for reports, to send on or for a flush: wake it when some arrive. Read by the
  // client's threads.
  std::atomic<bool> waiting_ = false;

  // Of the reports served by one call.
  int64_t reported_rows_ = 0;
  int64_t last_latency_us_ = 0;
};

KafkaSink::~KafkaSink() {
  if (reports_ != nullptr) rd_kafka_queue_cb_event_enable(reports_.get(), nullptr, nullptr);
}

absl::Status KafkaSink::Open(const TaskContext& context, const StateReader* restored) {
  wake_ = context.wake;
  task_index_ = context.task.index;
  const MetricLabels table = {{"table", table_.name}};
  delivered_rows_ = context.metrics->GetCounter("millrace_sink_records_total", table);
  refused_rows_ = context.metrics->GetCounter("millrace_sink_errors_total", table);
  send_seconds_ = context.metrics->GetHistogram("millrace_sink_send_seconds", table);

  KafkaClientOptions client = ProducerClientOptions(table_, options_, context);
  client.on_delivery = [this](const rd_kafka_message_t& message) { OnDelivery(message); };
  ASSIGN_OR_RETURN(client_, KafkaClient::Create(std::move(client)));
  ASSIGN_OR_RETURN(const auto leaders, client_->Partitions(options_.topic, kBrokerTimeout));
  partitions_ = static_cast<int32_t>(leaders.size());
  topic_.reset(rd_kafka_topic_new(client_->get(), options_.topic.c_str(), nullptr));
  if (topic_ == nullptr) return client_->Error(rd_kafka_last_error(), "opening the topic");
  reports_.reset(rd_kafka_queue_get_main(client_->get()));
  rd_kafka_queue_cb_event_enable(
      reports_.get(),
      [](rd_kafka_t*, void* opaque) {
        auto* self = static_cast<KafkaSink*>(opaque);
        if (self->waiting_) self->wake_();
      },
      this);
  return absl::OkStatus();
}

absl::StatusOr<Progress> KafkaSink::Append(Batch batch) {
  RETURN_IF_ERROR(records_.Make(batch));
  next_in_turn_ = (next_in_turn_ + next_) % partitions_;
  next_ = 0;
  return Send();
}

absl::StatusOr<Progress> KafkaSink::Send() {
  ServeReports();
  RETURN_IF_ERROR(failure_);
  while (next_ < records_.size()) {
    const rd_kafka_resp_err_t error = SendRow(next_);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++next_;
      continue;
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return Refused(error, RD_KAFKA_PARTITION_UA);
    // Reports make room. One that came before `waiting_` was set has woken nobody: look again.
    const bool waited = waiting_.exchange(true);
    ServeReports();
    RETURN_IF_ERROR(failure_);
    if (waited) return Progress::kBlockedIo;
  }
  waiting_ = flush_pending_;
  return Progress::kDone;
}

rd_kafka_resp_err_t KafkaSink::SendRow(int64_t row) {
  records_.Fill(row, record_);
  const DeliveryLedger::Ticket ticket = ledger_.OnSent();
  const rd_kafka_resp_err_t error = ProduceRecord({.client = client_->get(),
                                                   .topic = topic_.get(),
                                                   .partition = PartitionOf(row),
                                                   .ticket = reinterpret_cast<void*>(ticket)},
                                                  record_);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  ledger_.OnReported(ticket);
  return error;
}

int32_t KafkaSink::PartitionOf(int64_t row) const {
  switch (options_.partitioner) {
    case KafkaPartitioner::kDefault:
      break;
    case KafkaPartitioner::kFixed:
      return task_index_ % partitions_;
    case KafkaPartitioner::kRoundRobin:
      return static_cast<int32_t>((next_in_turn_ + row) % partitions_);
  }
  return RD_KAFKA_PARTITION_UA;
}

absl::Status KafkaSink::Seal(Epoch epoch) {
  ledger_.Seal(epoch);
  return failure_;
}

absl::StatusOr<bool> KafkaSink::Flushed(Epoch epoch) {
  waiting_ = true;  // Before looking: what comes from now on wakes the task.
  ServeReports();
  RETURN_IF_ERROR(failure_);
  const bool flushed = options_.guarantee == DeliveryGuarantee::kNone || ledger_.Settled(epoch);
  flush_pending_ = !flushed;
  if (flushed) waiting_ = next_ < records_.size();
  return flushed;
}

void KafkaSink::ServeReports() {
  reported_rows_ = 0;
  rd_kafka_poll(client_->get(), 0);
  if (reported_rows_ == 0) return;
  delivered_rows_->Add(static_cast<double>(reported_rows_));
  // One row stands for all that were reported together.
  send_seconds_->Observe(static_cast<double>(last_latency_us_) / 1e6);
}

void KafkaSink::OnDelivery(const rd_kafka_message_t& message) {
  ledger_.OnReported(reinterpret_cast<DeliveryLedger::Ticket>(message._private));
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++reported_rows_;
    last_latency_us_ = rd_kafka_message_latency(&message);
    return;
  }
  refused_rows_->Add();
  if (failure_.ok()) failure_ = Refused(message.err, message.partition);
}

absl::Status KafkaSink::Refused(rd_kafka_resp_err_t error, int32_t partition) const {
  if (error == RD_KAFKA_RESP_ERR__FATAL) return client_->FatalError();
  const std::string what = absl::StrCat(
      "writing a row to ",
      partition == RD_KAFKA_PARTITION_UA ? "" : absl::StrCat("partition ", partition, " of "),
      "topic '", options_.topic, "'");
  const absl::Status status = client_->Error(error, what);
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return absl::InvalidArgumentError(
          absl::StrCat(status.message(),
                       ". Raise 'properties.max.request.size' and the topic's max.message.bytes"));
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return absl::UnavailableError(
          absl::StrCat(status.message(),
                       ": it was not acknowledged within 'properties.delivery.timeout.ms'. Check "
                       "that the brokers run and that the topic has enough in-sync replicas"));
    default:
      return status;
  }
}

absl::Status KafkaSink::Close() {
  reported_rows_ = 0;
  rd_kafka_flush(client_->get(), static_cast<int>(absl::ToInt64Milliseconds(kCloseTimeout)));
  delivered_rows_->Add(static_cast<double>(reported_rows_));
  RETURN_IF_ERROR(failure_);
  const int64_t left = ledger_.under_way();
  if (left == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("table ", table_.name, ": ", left, " rows were not acknowledged by Kafka at ",
                   client_->bootstrap_servers(), " within ", absl::FormatDuration(kCloseTimeout),
                   ". Check that the brokers run and can be reached"));
}

std::unique_ptr<Sink> NewStagedKafkaSink(const TableDescription& table, KafkaSinkOptions options,
                                         KeyedRecords records, FileSystem& files) {
  StagedSinkParts parts{
      .table = table.name,
      .target = options.topic,
      .slot_prefix = options.transactional_id_prefix,
      .records = std::make_unique<StagedKafkaRecords>(options.partitioner, std::move(records)),
      .files = &files};
  parts.open_output = [name = table.name, options = std::move(options)](
                          const std::string& slot, const TaskContext& context) {
    return NewKafkaTransactions({.table = name,
                                 .topic = options.topic,
                                 .slot = slot,
                                 .client_id = absl::StrCat("millrace-", context.job_name, "-", name,
                                                           "-", context.task.index),
                                 .properties = options.properties},
                                context);
  };
  return NewStagedSink(std::move(parts));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> NewKafkaSink(const SinkSpec& spec, KafkaSinkEncoders encoders,
                                                   FileSystem& files) {
  ASSIGN_OR_RETURN(KafkaSinkOptions options, ParseKafkaSinkOptions(spec.table));
  ASSIGN_OR_RETURN(KeyedRecords records,
                   KeyedRecords::Create(spec.table, options, std::move(encoders)));
  if (options.guarantee == DeliveryGuarantee::kExactlyOnce) {
    return NewStagedKafkaSink(spec.table, std::move(options), std::move(records), files);
  }
  return std::make_unique<KafkaSink>(spec.table, std::move(options), std::move(records));
}

}  // namespace millrace
