#include "worker/source/kafka/broker_offsets.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

// Of a topic that was just made, or whose leader just changed; each asks for the leaders anew.
constexpr int kLeaderTries = 100;

bool IsLeaderUnknown(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

}  // namespace

BrokerOffsets::BrokerOffsets(const KafkaClient& client, std::string group_id,
                             absl::Duration timeout)
    : client_(client),
      group_id_(std::move(group_id)),
      timeout_ms_(static_cast<int>(absl::ToInt64Milliseconds(timeout))) {}

// Asks for the offset of the one partition in `list`, whose offset says at what time.
rd_kafka_resp_err_t BrokerOffsets::Ask(rd_kafka_topic_partition_list_t& list) const {
  const int64_t time = list.elems[0].offset;
  for (int tries = 1;; ++tries) {
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_.get(), &list, timeout_ms_);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list.elems[0].err;
    if (!IsLeaderUnknown(error) || tries == kLeaderTries) return error;
    list.elems[0].offset = time;
    list.elems[0].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto leaders = client_.Partitions(list.elems[0].topic, absl::Milliseconds(timeout_ms_));
    if (!leaders.ok()) return error;
  }
}

absl::StatusOr<OffsetLookup::Range> BrokerOffsets::RangeOf(const PartitionPosition& partition) {
  Range range;
  for (const auto& [logical, offset] : {std::pair(RD_KAFKA_OFFSET_BEGINNING, &range.first),
                                        std::pair(RD_KAFKA_OFFSET_END, &range.end)}) {
    const KafkaPtr<rd_kafka_topic_partition_list_t> list = PartitionList({partition});
    list->elems[0].offset = logical;
    const rd_kafka_resp_err_t error = Ask(*list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client_.Error(error, absl::StrCat("asking for the offsets of ", SplitName(partition)));
    }
    *offset = list->elems[0].offset;
  }
  return range;
}

absl::StatusOr<std::optional<int64_t>> BrokerOffsets::Committed(
    const PartitionPosition& partition) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list = PartitionList({partition});
  rd_kafka_resp_err_t error = rd_kafka_committed(client_.get(), list.get(), timeout_ms_);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client_.Error(error, absl::StrCat("reading the offset of group '", group_id_, "' for ",
                                             SplitName(partition)));
  }
  const int64_t offset = list->elems[0].offset;
  return offset >= 0 ? std::optional<int64_t>(offset) : std::nullopt;
}

absl::StatusOr<std::optional<int64_t>> BrokerOffsets::AtTime(const PartitionPosition& partition,
                                                             int64_t timestamp_ms) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list = PartitionList({partition});
  list->elems[0].offset = timestamp_ms;  // How the library asks.
  const rd_kafka_resp_err_t error = Ask(*list);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client_.Error(error,
                         absl::StrCat("asking for the offset of a time in ", SplitName(partition)));
  }
  const int64_t offset = list->elems[0].offset;
  return offset >= 0 ? std::optional<int64_t>(offset) : std::nullopt;
}

rd_kafka_resp_err_t AskLogicalOffsets(const KafkaClient& client,
                                      rd_kafka_topic_partition_list_t& partitions, int64_t logical,
                                      int timeout_ms) {
  for (int i = 0; i < partitions.cnt; ++i) partitions.elems[i].offset = logical;
  return rd_kafka_offsets_for_times(client.get(), &partitions, timeout_ms);
}

KafkaPtr<rd_kafka_topic_partition_list_t> PartitionList(
    const std::vector<PartitionPosition>& positions) {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const PartitionPosition& p : positions) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = p.next;
  }
  return list;
}

}  // namespace millrace
