#include "worker/source/kafka/start_positions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

std::string NameOf(const PartitionPosition& partition) {
  return absl::StrCat("partition ", partition.partition, " of topic '", partition.topic, "'");
}

class Resolver {
 public:
  Resolver(const KafkaSourceOptions& options, const StartRequest& request, OffsetLookup& lookup)
      : options_(options), first_start_(request.first_start), lookup_(lookup) {
    for (const PartitionPosition& p : request.restored) restored_[{p.topic, p.partition}] = p;
  }

  absl::StatusOr<PartitionPosition> Resolve(PartitionPosition partition) const {
    ASSIGN_OR_RETURN(const OffsetLookup::Range range, lookup_.RangeOf(partition));
    const auto former = restored_.find({partition.topic, partition.partition});
    if (former != restored_.end()) {
      partition = former->second;
    } else if (first_start_) {
      ASSIGN_OR_RETURN(partition.next, Start(partition, range));
    } else {
      partition.next = range.first;
    }
    if (options_.bounded && !partition.bounded()) {
      ASSIGN_OR_RETURN(partition.end, Bound(partition, range));
      partition.next = std::min(partition.next, partition.end);
    }
    RETURN_IF_ERROR(CheckPosition(partition, range));
    return partition;
  }

 private:
  absl::StatusOr<int64_t> Start(const PartitionPosition& partition,
                                const OffsetLookup::Range& range) const {
    switch (options_.startup.mode) {
      case KafkaOffsetMode::kEarliest:
        return range.first;
      case KafkaOffsetMode::kLatest:
        return range.end;
      case KafkaOffsetMode::kGroupOffsets:
        return CommittedOr(options_.offset_reset, partition, range);
      case KafkaOffsetMode::kTimestamp:
        return AtTime(options_.startup.timestamp_ms, partition, range);
      case KafkaOffsetMode::kSpecific: {
        const auto found = options_.startup.specific.find(partition.partition);
        if (found != options_.startup.specific.end()) return found->second;
        // As in Flink.
        return CommittedOr(KafkaOffsetReset::kEarliest, partition, range);
      }
    }
    return absl::InternalError("unknown start of a Kafka partition");
  }

  absl::StatusOr<int64_t> Bound(const PartitionPosition& partition,
                                const OffsetLookup::Range& range) const {
    switch (options_.bound.mode) {
      case KafkaOffsetMode::kEarliest:  // No such option.
      case KafkaOffsetMode::kLatest:
        return range.end;
      case KafkaOffsetMode::kGroupOffsets:
        return CommittedOr(KafkaOffsetReset::kNone, partition, range);
      case KafkaOffsetMode::kTimestamp:
        return AtTime(options_.bound.timestamp_ms, partition, range);
      case KafkaOffsetMode::kSpecific: {
        const auto found = options_.bound.specific.find(partition.partition);
        if (found != options_.bound.specific.end()) return found->second;
        return absl::InvalidArgumentError(
            absl::StrCat("'scan.bounded.specific-offsets' gives no end for ", NameOf(partition),
                         ": name every partition"));
      }
    }
    return absl::InternalError("unknown end of a Kafka partition");
  }

  absl::StatusOr<int64_t> CommittedOr(KafkaOffsetReset otherwise,
                                      const PartitionPosition& partition,
                                      const OffsetLookup::Range& range) const {
    if (!options_.group_id.empty()) {
      ASSIGN_OR_RETURN(const std::optional<int64_t> offset, lookup_.Committed(partition));
      if (offset.has_value()) return *offset;
    }
    switch (otherwise) {
      case KafkaOffsetReset::kEarliest:
        return range.first;
      case KafkaOffsetReset::kLatest:
        return range.end;
      case KafkaOffsetReset::kNone:
        break;
    }
    return absl::FailedPreconditionError(
        absl::StrCat("group '", options_.group_id, "' has no offset for ", NameOf(partition),
                     ". Set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another "
                     "'scan.startup.mode'"));
  }

  absl::StatusOr<int64_t> AtTime(int64_t timestamp_ms, const PartitionPosition& partition,
                                 const OffsetLookup::Range& range) const {
    ASSIGN_OR_RETURN(const std::optional<int64_t> offset, lookup_.AtTime(partition, timestamp_ms));
    return offset.value_or(range.end);  // No record is that young.
  }

  const KafkaSourceOptions& options_;
  const bool first_start_;
  OffsetLookup& lookup_;
  std::map<std::pair<std::string, int32_t>, PartitionPosition> restored_;
};

}  // namespace

absl::Status CheckPosition(const PartitionPosition& position, const OffsetLookup::Range& range) {
  if (position.bounded() && position.next >= position.end) return absl::OkStatus();
  if (position.next < range.first) {
    return absl::OutOfRangeError(absl::StrCat(
        "offsets ", position.next, " to ", range.first - 1, " of ", NameOf(position),
        " are gone: the topic's retention, or somebody, removed them before they were read. Raise "
        "the topic's retention; to go on without them, start the job without the checkpoint"));
  }
  if (position.next > range.end) {
    return absl::OutOfRangeError(absl::StrCat(
        "offset ", position.next, " of ", NameOf(position), " is behind its end, ", range.end,
        ": the topic was made anew or truncated, or the offset in the table's options is wrong. "
        "Start the job without the checkpoint, or correct the options"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartitionPosition>> ResolveStart(const KafkaSourceOptions& options,
                                                            const StartRequest& request,
                                                            OffsetLookup& lookup) {
  const Resolver resolver(options, request, lookup);
  std::vector<PartitionPosition> positions;
  for (const PartitionPosition& partition : request.partitions) {
    ASSIGN_OR_RETURN(PartitionPosition position, resolver.Resolve(partition));
    positions.push_back(std::move(position));
  }
  return positions;
}

}  // namespace millrace
