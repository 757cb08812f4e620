#include "worker/source/generator/generator_split.h"

#include <algorithm>

#include "absl/status/status.h"
#include "common/base/byte_order.h"

namespace millrace {
namespace {

constexpr size_t kSplitBytes = 4 * sizeof(uint64_t);

}  // namespace

std::string EncodeSplits(const std::vector<GeneratorSplit>& splits) {
  std::string bytes(splits.size() * kSplitBytes, '\0');
  char* out = bytes.data();
  for (const GeneratorSplit& split : splits) {
    StoreLittle<uint64_t>(out, static_cast<uint64_t>(split.index));
    StoreLittle<uint64_t>(out + 8, static_cast<uint64_t>(split.of));
    StoreLittle<uint64_t>(out + 16, static_cast<uint64_t>(split.next));
    StoreLittle<uint64_t>(out + 24, split.random_state);
    out += kSplitBytes;
  }
  return bytes;
}

absl::StatusOr<std::vector<GeneratorSplit>> RestoredSplits(
    const std::vector<std::string>& values_of_tasks, int32_t task_index, int32_t parallelism) {
  std::vector<GeneratorSplit> all;
  for (const std::string& bytes : values_of_tasks) {
    if (bytes.size() % kSplitBytes != 0) {
      return absl::DataLossError("the positions of a generator in the checkpoint are damaged");
    }
    for (size_t at = 0; at < bytes.size(); at += kSplitBytes) {
      const char* in = bytes.data() + at;
      const GeneratorSplit split{.index = static_cast<int64_t>(LoadLittle<uint64_t>(in)),
                                 .of = static_cast<int64_t>(LoadLittle<uint64_t>(in + 8)),
                                 .next = static_cast<int64_t>(LoadLittle<uint64_t>(in + 16)),
                                 .random_state = LoadLittle<uint64_t>(in + 24)};
      if (split.of < 1 || split.index < 0 || split.index >= split.of || split.next < 0) {
        return absl::DataLossError("the positions of a generator in the checkpoint are damaged");
      }
      all.push_back(split);
    }
  }
  // In the order of the table's splits, whichever task had them last.
  std::sort(all.begin(), all.end(),
            [](const GeneratorSplit& a, const GeneratorSplit& b) { return a.index < b.index; });
  std::vector<GeneratorSplit> mine;
  for (size_t i = 0; i < all.size(); ++i) {
    if (static_cast<int32_t>(i % parallelism) == task_index) mine.push_back(all[i]);
  }
  return mine;
}

}  // namespace millrace
