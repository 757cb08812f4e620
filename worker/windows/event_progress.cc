#include "worker/windows/event_progress.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr std::string_view kWatermark = "watermark";
constexpr std::string_view kKeyGroups = "key_groups";

std::string EncodeWord(uint64_t word) {
  std::string bytes(sizeof word, '\0');
  StoreLittle(bytes.data(), word);
  return bytes;
}

absl::StatusOr<uint64_t> DecodeWord(std::string_view name, std::string_view bytes) {
  if (bytes.size() != sizeof(uint64_t)) {
    return absl::DataLossError(absl::StrCat("'", AbslView(name),
                                            "' in the checkpoint is damaged: ", bytes.size(),
                                            " bytes, not 8; restore from another checkpoint"));
  }
  return LoadLittle<uint64_t>(bytes.data());
}

}  // namespace

absl::Status EventProgress::Open(const TaskContext& context, const StateReader* restored) {
  groups_ = context.key_groups;
  max_parallelism_ = context.max_parallelism;
  if (restored == nullptr) return absl::OkStatus();
  std::vector<EventTime> watermarks;
  for (const std::string& bytes : restored->Get(kWatermark)) {
    ASSIGN_OR_RETURN(const uint64_t word, DecodeWord(kWatermark, bytes));
    watermarks.emplace_back(static_cast<int64_t>(word));
  }
  if (watermarks.empty()) return absl::OkStatus();
  watermark_ = *std::min_element(watermarks.begin(), watermarks.end());
  const std::vector<std::string> groups = restored->Get(kKeyGroups);
  if (groups.size() != watermarks.size()) return absl::OkStatus();  // An older version's.
  for (size_t task = 0; task < groups.size(); ++task) {
    ASSIGN_OR_RETURN(const uint64_t word, DecodeWord(kKeyGroups, groups[task]));
    const Reached reached{.groups = {.begin = static_cast<int32_t>(word >> 32),
                                     .end = static_cast<int32_t>(word & 0xffffffff)},
                          .watermark = watermarks[task]};
    if (reached.watermark == watermark_ || !reached.groups.Overlaps(groups_)) continue;
    ahead_.push_back(reached);
    furthest_ = std::max(furthest_, reached.watermark);
  }
  return absl::OkStatus();
}

void EventProgress::Snapshot(StateWriter& state) const {
  state.Put(kWatermark, EncodeWord(static_cast<uint64_t>(watermark_.millis())));
  state.Put(kKeyGroups, EncodeWord(static_cast<uint64_t>(groups_.begin) << 32 |
                                   static_cast<uint64_t>(groups_.end)));
}

bool EventProgress::IsAhead(int64_t end_ms, std::string_view key) const {
  if (!MayBeAhead(end_ms)) return false;
  const KeyGroup group = KeyGroupOf(key, max_parallelism_);
  return std::any_of(ahead_.begin(), ahead_.end(), [&](const Reached& reached) {
    return reached.groups.Contains(group) && end_ms - 1 <= reached.watermark.millis();
  });
}

}  // namespace millrace
