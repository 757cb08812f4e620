#include "worker/source/kafka/start_positions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

struct Watermarks {
  int64_t low = 0;
  int64_t high = 0;
};

std::string NameOf(const PartitionPosition& partition) {
  return absl::StrCat("partition ", partition.partition, " of topic '", partition.topic, "'");
}

class Resolver {
 public:
  Resolver(const KafkaClient& client, const KafkaSourceOptions& options,
           const StartRequest& request)
      : client_(client),
        options_(options),
        timeout_ms_(static_cast<int>(absl::ToInt64Milliseconds(request.timeout))),
        first_start_(request.first_start) {
    for (const PartitionPosition& p : request.restored) restored_[{p.topic, p.partition}] = p;
  }

  absl::StatusOr<PartitionPosition> Resolve(PartitionPosition partition) const {
    Watermarks watermarks;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        client_.get(), partition.topic.c_str(), partition.partition, &watermarks.low,
        &watermarks.high, timeout_ms_);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client_.Error(error, absl::StrCat("asking for the offsets of ", NameOf(partition)));
    }
    const auto former = restored_.find({partition.topic, partition.partition});
    if (former != restored_.end()) {
      partition = former->second;
    } else {
      ASSIGN_OR_RETURN(partition.next, first_start_ ? Offset(options_.startup, partition, watermarks)
                                                    : watermarks.low);
      if (options_.bounded) {
        ASSIGN_OR_RETURN(partition.end, Offset(options_.bound, partition, watermarks));
        partition.next = std::min(partition.next, partition.end);
      }
    }
    RETURN_IF_ERROR(CheckRange(partition, watermarks));
    return partition;
  }

 private:
  absl::StatusOr<int64_t> Offset(const KafkaOffsets& offsets, const PartitionPosition& partition,
                                 const Watermarks& watermarks) const {
    switch (offsets.mode) {
      case KafkaOffsetMode::kEarliest:
        return watermarks.low;
      case KafkaOffsetMode::kLatest:
        return watermarks.high;
      case KafkaOffsetMode::kGroupOffsets:
        return GroupOffset(partition, watermarks);
      case KafkaOffsetMode::kTimestamp:
        return OffsetOfTime(offsets.timestamp_ms, partition, watermarks);
      case KafkaOffsetMode::kSpecific: {
        const auto found = offsets.specific.find(partition.partition);
        // As in Flink: partitions that are not named go by the group, a bound by the end.
        if (found != offsets.specific.end()) return found->second;
        if (&offsets == &options_.bound) return watermarks.high;
        return GroupOffset(partition, watermarks);
      }
    }
    return absl::InternalError("unknown offset mode");
  }

  absl::StatusOr<int64_t> GroupOffset(const PartitionPosition& partition,
                                      const Watermarks& watermarks) const {
    KafkaPtr<rd_kafka_topic_partition_list_t> list = One(partition, RD_KAFKA_OFFSET_INVALID);
    if (!options_.group_id.empty()) {
      const rd_kafka_resp_err_t error = rd_kafka_committed(client_.get(), list.get(), timeout_ms_);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return client_.Error(
            error, absl::StrCat("reading the offsets of group '", options_.group_id, "'"));
      }
      if (list->elems[0].offset >= 0) return list->elems[0].offset;
    }
    if (options_.offset_reset == "earliest") return watermarks.low;
    if (options_.offset_reset == "latest") return watermarks.high;
    return absl::FailedPreconditionError(absl::StrCat(
        "group '", options_.group_id, "' has no offset for ", NameOf(partition),
        ". Set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another "
        "'scan.startup.mode'"));
  }

  absl::StatusOr<int64_t> OffsetOfTime(int64_t timestamp_ms, const PartitionPosition& partition,
                                       const Watermarks& watermarks) const {
    KafkaPtr<rd_kafka_topic_partition_list_t> list = One(partition, timestamp_ms);
    const rd_kafka_resp_err_t error =
        rd_kafka_offsets_for_times(client_.get(), list.get(), timeout_ms_);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client_.Error(error, absl::StrCat("asking for the offset of a time in ",
                                               NameOf(partition)));
    }
    // No record is that young: the end.
    return list->elems[0].offset >= 0 ? list->elems[0].offset : watermarks.high;
  }

  static KafkaPtr<rd_kafka_topic_partition_list_t> One(const PartitionPosition& partition,
                                                       int64_t offset) {
    KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
        ->offset = offset;
    return list;
  }

  static absl::Status CheckRange(const PartitionPosition& partition, const Watermarks& watermarks) {
    const bool ended =
        partition.end != PartitionPosition::kUnbounded && partition.next >= partition.end;
    if (ended) return absl::OkStatus();
    if (partition.next < watermarks.low) {
      return absl::OutOfRangeError(absl::StrCat(
          "offset ", partition.next, " of ", NameOf(partition),
          " is no longer there, the oldest is ", watermarks.low,
          ": the topic's retention removed records before they were read. Raise the retention; to go "
          "on without them, start the job without the checkpoint"));
    }
    if (partition.next > watermarks.high) {
      return absl::OutOfRangeError(absl::StrCat(
          "offset ", partition.next, " of ", NameOf(partition), " is behind its end, ",
          watermarks.high,
          ": the topic was made anew or truncated. Start the job without the checkpoint, or correct "
          "the offsets in the table's options"));
    }
    return absl::OkStatus();
  }

  const KafkaClient& client_;
  const KafkaSourceOptions& options_;
  const int timeout_ms_;
  const bool first_start_;
  std::map<std::pair<std::string, int32_t>, PartitionPosition> restored_;
};

}  // namespace

absl::StatusOr<std::vector<PartitionPosition>> ResolveStart(const KafkaClient& client,
                                                            const KafkaSourceOptions& options,
                                                            const StartRequest& request) {
  const Resolver resolver(client, options, request);
  std::vector<PartitionPosition> positions;
  for (const PartitionPosition& partition : request.partitions) {
    ASSIGN_OR_RETURN(PartitionPosition position, resolver.Resolve(partition));
    positions.push_back(std::move(position));
  }
  return positions;
}

}  // namespace millrace
