#include "worker/source/kafka/end_offsets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "worker/source/kafka/broker_offsets.h"
#include "worker/source/kafka/consumer_client.h"

namespace millrace {
namespace {

constexpr absl::Duration kLagInterval = absl::Milliseconds(100);
constexpr absl::Duration kWakeInterval = absl::Milliseconds(5);
constexpr absl::Duration kProofInterval = absl::Seconds(1);
constexpr int kQuestionTimeoutMs = 1000;

}  // namespace

EndOffsets::EndOffsets(std::shared_ptr<KafkaClient> client, Executor* io)
    : client_(std::move(client)), io_(io) {}

void EndOffsets::Update(absl::Duration now, bool queue_has_room, std::vector<KafkaSplit>& splits) {
  if (const auto answers = questions_.Take()) {
    for (const Question& answer : *answers) {
      KafkaSplit& split = splits[static_cast<size_t>(answer.split)];
      if (answer.end < 0 || !split.reader.OnEndOffset(answer.end, answer.position.next)) continue;
      split.unproven = false;
    }
  }
  if (now - lag_at_ >= kLagInterval) {
    lag_at_ = now;
    UpdateLag(splits);
  }
  if (questions_.busy() || now - asked_at_ < kWakeInterval) return;
  const bool wake = queue_has_room && !client_->knows(kQueueBackoff);
  std::vector<Question> due = Due(now - asked_at_ >= kProofInterval, wake, splits);
  if (due.empty()) return;
  asked_at_ = now;
  questions_.Ask(*io_, [client = client_, due = std::move(due)]() mutable {
    std::vector<PartitionPosition> positions;
    for (const Question& question : due) positions.push_back(question.position);
    const KafkaPtr<rd_kafka_topic_partition_list_t> list = PartitionList(positions);
    if (AskLogicalOffsets(*client, *list, RD_KAFKA_OFFSET_END, kQuestionTimeoutMs) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      for (size_t i = 0; i < due.size(); ++i) {
        const rd_kafka_topic_partition_t& answer = list->elems[i];
        if (answer.err == RD_KAFKA_RESP_ERR_NO_ERROR) due[i].end = answer.offset;
      }
    }
    return std::move(due);
  });
}

std::vector<EndOffsets::Question> EndOffsets::Due(bool prove, bool wake,
                                                  const std::vector<KafkaSplit>& splits) const {
  std::vector<Question> due;
  std::set<int32_t> woken;
  for (size_t i = 0; i < splits.size(); ++i) {
    const KafkaSplit& split = splits[i];
    if (split.paused || split.reader.caught_up()) continue;
    const bool wakes = wake && split.lag_records > 0 && woken.insert(split.leader).second;
    if (!wakes && !(prove && split.unproven)) continue;
    due.push_back({.split = static_cast<int>(i), .position = split.reader.position()});
  }
  return due;
}

void EndOffsets::UpdateLag(std::vector<KafkaSplit>& splits) const {
  for (KafkaSplit& split : splits) {
    const PartitionPosition& position = split.reader.position();
    int64_t low = 0;
    int64_t high = RD_KAFKA_OFFSET_INVALID;
    // Of the last answer to a fetch: nothing is asked here.
    const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
        client_->get(), position.topic.c_str(), position.partition, &low, &high);
    const bool known = error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0;
    const int64_t end = position.bounded() ? position.end : high;
    split.end_offset = known ? end : -1;
    split.lag_records = known ? std::max<int64_t>(0, end - position.next) : -1;
  }
}

}  // namespace millrace
