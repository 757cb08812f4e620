// Who a slot is, what its marker at the outside says, and what the manifest keeps of it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"

namespace millrace {

// "<cluster>.<lineage>.<sink>.<index>": never that of another job, of a fork of this one, or of
// another sink of it. Characters that Kafka's tools stumble over are escaped, and very long parts
// are cut, with a hash in place of the rest: below 400 bytes.
std::string SlotName(std::string_view cluster_id, std::string_view lineage,
                     std::string_view sink_state_id, int32_t index);

// Committed together with the records that it speaks of.
struct Marker {
  std::string slot;
  Epoch epoch;          // Everything up to it is published.
  Epoch after;          // What was published before; the transaction holds what lies between.
  int64_t records = 0;  // Of the transaction.
  uint32_t digest = 0;  // DigestOf its segments.

  friend bool operator==(const Marker&, const Marker&) = default;
};

// Over epoch, records, size and checksum of each, in order. Their paths are left out: a savepoint
// may hold the same segments elsewhere.
uint32_t DigestOf(const std::vector<SegmentRef>& segments);

// The text beside the marker's offset, which is the epoch: printable, below 1 KB.
std::string MarkerText(const Marker& marker);
// kDataLoss for a text that is not one of these, or that contradicts `offset`.
absl::StatusOr<Marker> ParseMarker(std::string_view text, int64_t offset);

// The name, among the sink's small state, of what a checkpoint remembers of a slot.
inline constexpr char kSlotState[] = "slot";

// What a checkpoint remembers of a slot, beside its segments.
struct SlotState {
  std::string slot;
  Epoch published_through;  // The last epoch that has a marker; 0: it has never published.
};

std::string EncodeSlotState(const SlotState& state);
// kDataLoss for bytes that are not one.
absl::StatusOr<SlotState> DecodeSlotState(std::string_view bytes);

}  // namespace millrace
