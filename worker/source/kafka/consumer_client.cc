#include "worker/source/kafka/consumer_client.h"

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

// Of one partition in an answer: measured to be cheaper than the library's 1 MiB, as what was
// fetched is still in the processor's cache when it is read.
constexpr int64_t kPartitionFetchBytes = 256 * 1024;
// Of a broker's whole answer, on top of the queue.
constexpr int64_t kFetchBytes = 4 * 1024 * 1024;

}  // namespace

KafkaClientOptions ConsumerClientOptions(const std::string& table, const std::string& client_id,
                                         const KafkaSourceOptions& options) {
  KafkaClientOptions client{.type = RD_KAFKA_CONSUMER,
                            .table = table,
                            .client_id = client_id,
                            .properties = options.properties};
  client.defaults = {
      {"queued.max.messages.kbytes", absl::StrCat(kQueueBytes / 1024)},
      {"queued.min.messages", absl::StrCat(kQueueRecords)},
      {"fetch.message.max.bytes", absl::StrCat(kPartitionFetchBytes)},
      {"fetch.max.bytes", absl::StrCat(kFetchBytes)},
      // How late the proof of a partition's end may come; records are answered at once.
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      {kQueueBackoff, "2"},
      {"socket.keepalive.enable", "true"},
  };
  client.fixed = {
      // The client assigns partitions only if it has a group, even one that is never joined.
      {"group.id", options.group_id.empty() ? "millrace-unused" : options.group_id},
      // A position that is gone is an error, never a jump.
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
      {"statistics.interval.ms", "0"},
  };
  return client;
}

}  // namespace millrace
