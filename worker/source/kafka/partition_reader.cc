#include "worker/source/kafka/partition_reader.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/check.h"
#include "common/base/hash.h"

namespace millrace {

std::string SplitName(const PartitionPosition& position) {
  return absl::StrCat(position.topic, "-", position.partition);
}

int32_t TaskOfPartition(std::string_view topic, int32_t partition, int32_t parallelism) {
  CHECK(parallelism > 0 && partition >= 0);
  const uint64_t tasks = static_cast<uint64_t>(parallelism);
  return static_cast<int32_t>((HashKey(topic) % tasks + static_cast<uint64_t>(partition)) % tasks);
}

void PartitionReader::OnEndOfPartition(int64_t offset) {
  // A report from before a rewind says nothing of now.
  if (offset < position_.next) return;
  // What lies between is no record: control records, or what was compacted away.
  position_.next =
      position_.bounded() ? std::max(position_.next, std::min(offset, position_.end)) : offset;
  caught_up_ = true;
}

bool PartitionReader::OnEndOffset(int64_t end, int64_t asked_at) {
  if (position_.next != asked_at || end > asked_at) return false;
  caught_up_ = true;
  return true;
}

// One line per partition: "<next> <end> <partition> <topic>".
std::string EncodePositions(const std::vector<PartitionPosition>& positions) {
  std::string bytes;
  for (const PartitionPosition& p : positions) {
    absl::StrAppend(&bytes, p.next, " ", p.end, " ", p.partition, " ", p.topic, "\n");
  }
  return bytes;
}

absl::StatusOr<std::vector<PartitionPosition>> DecodePositions(const std::string& bytes) {
  std::vector<PartitionPosition> positions;
  for (absl::string_view line : absl::StrSplit(bytes, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    PartitionPosition p;
    const bool right =
        words.size() == 4 && absl::SimpleAtoi(words[0], &p.next) && p.next >= 0 &&
        absl::SimpleAtoi(words[1], &p.end) && p.end >= PartitionPosition::kUnbounded &&
        absl::SimpleAtoi(words[2], &p.partition) && p.partition >= 0 && !words[3].empty();
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
