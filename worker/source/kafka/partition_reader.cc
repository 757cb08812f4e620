#include "worker/source/kafka/partition_reader.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace millrace {

PartitionReader::Verdict PartitionReader::OnRecord(int64_t offset) {
  if (offset < position_.next) return Verdict::kRewound;
  caught_up_ = false;
  const bool past_end = position_.end != PartitionPosition::kUnbounded && offset >= position_.end;
  if (past_end) {
    position_.next = position_.end;
    return Verdict::kPastEnd;
  }
  position_.next = offset + 1;
  return Verdict::kTake;
}

void PartitionReader::OnEndOfPartition(int64_t offset) {
  // A report from before a rewind says nothing of now.
  if (offset < position_.next) return;
  // What lies between is no record: control records, or what was compacted away.
  position_.next = position_.end == PartitionPosition::kUnbounded
                       ? offset
                       : std::max(position_.next, std::min(offset, position_.end));
  caught_up_ = true;
}

// One line per partition: "<next> <end> <partition> <topic>".
std::string EncodePositions(const std::vector<PartitionPosition>& positions) {
  std::string bytes;
  for (const PartitionPosition& p : positions) {
    absl::StrAppend(&bytes, p.next, " ", p.end, " ", p.partition, " ", p.topic, "\n");
  }
  return bytes;
}

absl::StatusOr<std::vector<PartitionPosition>> DecodePositions(absl::string_view bytes) {
  std::vector<PartitionPosition> positions;
  for (absl::string_view line : absl::StrSplit(bytes, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    PartitionPosition p;
    const bool right = words.size() == 4 && absl::SimpleAtoi(words[0], &p.next) &&
                       absl::SimpleAtoi(words[1], &p.end) &&
                       absl::SimpleAtoi(words[2], &p.partition) && p.next >= 0;
    if (!right) {
      return absl::DataLossError(
          absl::StrCat("the Kafka positions in the checkpoint cannot be read: '", line, "'"));
    }
    p.topic = std::string(words[3]);
    positions.push_back(std::move(p));
  }
  return positions;
}

}  // namespace millrace
