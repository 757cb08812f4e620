#include "worker/sink/staged/marker.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/crc32c.h"
#include "common/base/hash.h"

namespace millrace {
namespace {

constexpr char kMarkerBegin[] = "millrace-marker-1";
constexpr uint32_t kStateFormat = 1;
constexpr size_t kStateHeadBytes = 16;

constexpr size_t kPartBytesMax = 120;
constexpr size_t kPartBytesKept = 100;

// Different texts stay different: '.' parts the parts and '~' comes before a hash, so neither
// stands for itself.
std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '_' || c == '-') {
      escaped.push_back(c);
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  if (escaped.size() <= kPartBytesMax) return escaped;
  return absl::StrCat(escaped.substr(0, kPartBytesKept), "~",
                      absl::Hex(HashKey(text), absl::kZeroPad16));
}

template <typename T>
uint32_t AddToDigest(uint32_t digest, T value) {
  char bytes[sizeof(T)];
  StoreLittle<T>(bytes, value);
  return Crc32c(std::string_view(bytes, sizeof(bytes)), digest);
}

absl::Status BadMarker(std::string_view text, int64_t offset) {
  return absl::DataLossError(absl::StrCat(
      "what the output remembers of this slot is no marker that Millrace wrote: offset ", offset,
      " with \"", AbslView(text.substr(0, 200)), "\""));
}

// The number behind "name=".
bool ParseField(absl::string_view field, absl::string_view name, int64_t* number) {
  return absl::ConsumePrefix(&field, name) && absl::SimpleAtoi(field, number);
}

}  // namespace

std::string SlotName(std::string_view cluster_id, std::string_view lineage,
                     std::string_view sink_state_id, int32_t index) {
  return absl::StrCat(Escape(cluster_id), ".", Escape(lineage), ".", Escape(sink_state_id), ".",
                      index);
}

uint32_t DigestOf(const std::vector<SegmentRef>& segments) {
  uint32_t digest = 0;
  for (const SegmentRef& segment : segments) {
    digest = AddToDigest(digest, static_cast<uint64_t>(segment.epoch.value()));
    digest = AddToDigest(digest, static_cast<uint64_t>(segment.records));
    digest = AddToDigest(digest, static_cast<uint64_t>(segment.file.bytes));
    digest = AddToDigest(digest, segment.file.crc32c);
  }
  return digest;
}

std::string MarkerText(const Marker& marker) {
  return absl::StrCat(kMarkerBegin, " slot=", marker.slot, " epoch=", marker.epoch.value(),
                      " after=", marker.after.value(), " records=", marker.records,
                      " digest=", absl::Hex(marker.digest, absl::kZeroPad8));
}

absl::StatusOr<Marker> ParseMarker(std::string_view text, int64_t offset) {
  const std::vector<absl::string_view> fields = absl::StrSplit(AbslView(text), ' ');
  Marker marker;
  int64_t epoch = 0;
  int64_t after = 0;
  if (fields.size() != 6 || fields[0] != kMarkerBegin || !absl::StartsWith(fields[1], "slot=") ||
      !ParseField(fields[2], "epoch=", &epoch) || !ParseField(fields[3], "after=", &after) ||
      !ParseField(fields[4], "records=", &marker.records) ||
      !absl::StartsWith(fields[5], "digest=") ||
      !absl::SimpleHexAtoi(fields[5].substr(7), &marker.digest)) {
    return BadMarker(text, offset);
  }
  marker.slot = std::string(fields[1].substr(5));
  marker.epoch = Epoch(epoch);
  marker.after = Epoch(after);
  // Only one text says the same: "+7", "007" and the like were not written by MarkerText.
  const bool possible =
      epoch > 0 && after >= 0 && after <= epoch && marker.records >= 0 && epoch == offset;
  if (!possible || MarkerText(marker) != text) return BadMarker(text, offset);
  return marker;
}

std::string EncodeSlotState(const SlotState& state) {
  std::string bytes(kStateHeadBytes, '\0');
  StoreLittle<uint32_t>(bytes.data(), kStateFormat);
  StoreLittle<uint64_t>(bytes.data() + 4, static_cast<uint64_t>(state.published_through.value()));
  StoreLittle<uint32_t>(bytes.data() + 12, static_cast<uint32_t>(state.slot.size()));
  return bytes + state.slot;
}

absl::StatusOr<SlotState> DecodeSlotState(std::string_view bytes) {
  if (bytes.size() < kStateHeadBytes || LoadLittle<uint32_t>(bytes.data()) != kStateFormat) {
    return absl::DataLossError(
        absl::StrCat("the state of an output slot is not of format ", kStateFormat));
  }
  SlotState state;
  state.published_through = Epoch(static_cast<int64_t>(LoadLittle<uint64_t>(bytes.data() + 4)));
  state.slot = std::string(bytes.substr(kStateHeadBytes));
  if (LoadLittle<uint32_t>(bytes.data() + 12) != state.slot.size() ||
      state.published_through < Epoch(0)) {
    return absl::DataLossError("the state of an output slot is damaged");
  }
  return state;
}

}  // namespace millrace
