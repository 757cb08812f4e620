#include "worker/source/kafka/partition_discovery.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

constexpr absl::Duration kBrokerTimeout = absl::Seconds(10);

}  // namespace

PartitionDiscovery::PartitionDiscovery(Options options, std::shared_ptr<KafkaClient> client,
                                       Executor* io)
    : options_(std::move(options)), client_(std::move(client)), io_(io) {}

absl::Status PartitionDiscovery::Update(absl::Duration now) {
  if (options_.interval == absl::ZeroDuration()) return absl::OkStatus();
  if (const auto counts = question_.Take()) {
    for (const auto& [topic, count] : *counts) {
      const size_t known = options_.known.at(topic);
      if (count <= known) continue;
      return absl::UnavailableError(
          absl::StrCat("table ", options_.table, ": topic '", topic, "' has grown from ", known,
                       " to ", count, " partitions; the job restarts to read the new ones"));
    }
  }
  if (asked_at_ == absl::InfiniteDuration()) asked_at_ = now;
  if (question_.busy() || now - asked_at_ < options_.interval) return absl::OkStatus();
  asked_at_ = now;
  question_.Ask(*io_, [client = client_, known = options_.known] {
    PartitionCounts counts;
    for (const auto& [topic, count] : known) {
      const auto leaders = client->Partitions(topic, kBrokerTimeout);
      // A broker that does not answer is the reader's concern.
      if (leaders.ok()) counts[topic] = leaders->size();
    }
    return counts;
  });
  return absl::OkStatus();
}

}  // namespace millrace
