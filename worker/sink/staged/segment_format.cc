#include "worker/sink/staged/segment_format.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr std::string_view kMagic = "MRSG";
constexpr uint32_t kFormatVersion = 1;

enum class FrameKind : uint8_t { kHeader = 1, kRecords = 2, kFooter = 3 };

// Payload bytes (4), CRC32C (4), kind (1). The checksum stands before what it covers: behind it,
// the checksum over the whole file would not depend on the content.
constexpr size_t kFrameHeadBytes = 9;
constexpr size_t kCrcOffset = 4;

// A frame of records ends once it has this many bytes, so each record begins before.
constexpr size_t kFrameBytes = 64 << 10;
constexpr uint32_t kPayloadBytesMax = SegmentEncoder::kRecordBytesMax + 2 * kFrameBytes;

constexpr uint8_t kHasPartition = 1;
constexpr uint8_t kHasTimestamp = 2;
constexpr uint8_t kHasKey = 4;
constexpr uint8_t kHasValue = 8;
constexpr uint8_t kHasHeaders = 16;
constexpr uint8_t kAllFlags = 31;

// Of length and kind as well, so that no byte of a frame goes unchecked.
uint32_t FrameCrc(const char* head, std::string_view payload) {
  const uint32_t crc = Crc32c(std::string_view(head, kCrcOffset));
  return Crc32c(payload, Crc32c(std::string_view(head + kFrameHeadBytes - 1, 1), crc));
}

uint32_t AddToDigest(uint32_t digest, uint32_t frame_crc) {
  char bytes[sizeof(frame_crc)];
  StoreLittle<uint32_t>(bytes, frame_crc);
  return Crc32c(std::string_view(bytes, sizeof(bytes)), digest);
}

template <typename T>
void Put(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreLittle<T>(bytes, value);
  out.append(bytes, sizeof(T));
}

void PutBytes(std::string& out, std::string_view bytes) {
  Put(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

uint8_t FlagsOf(const StagedRecord& record) {
  return static_cast<uint8_t>(
      (record.partition != StagedRecord::kAnyPartition ? kHasPartition : 0) |
      (record.timestamp_ms.has_value() ? kHasTimestamp : 0) |
      (record.key.has_value() ? kHasKey : 0) | (record.value.has_value() ? kHasValue : 0) |
      (record.headers.empty() ? 0 : kHasHeaders));
}

// As RecordWriter writes it.
size_t EncodedBytes(const StagedRecord& record) {
  size_t bytes = 1;
  if (record.partition != StagedRecord::kAnyPartition) bytes += 4;
  if (record.timestamp_ms.has_value()) bytes += 8;
  if (record.key.has_value()) bytes += 4 + record.key->size();
  if (record.value.has_value()) bytes += 4 + record.value->size();
  if (!record.headers.empty()) bytes += 4;
  for (const auto& [name, value] : record.headers) bytes += 8 + name.size() + value.size();
  return bytes;
}

// Writes a record into memory that is large enough.
class RecordWriter {
 public:
  explicit RecordWriter(char* to) : to_(to) {}

  void Write(const StagedRecord& record) {
    Put(FlagsOf(record));
    if (record.partition != StagedRecord::kAnyPartition) {
      Put(static_cast<uint32_t>(record.partition));
    }
    if (record.timestamp_ms.has_value()) Put(static_cast<uint64_t>(*record.timestamp_ms));
    if (record.key.has_value()) PutBytes(*record.key);
    if (record.value.has_value()) PutBytes(*record.value);
    if (record.headers.empty()) return;
    Put(static_cast<uint32_t>(record.headers.size()));
    for (const auto& [name, value] : record.headers) {
      PutBytes(name);
      PutBytes(value);
    }
  }

 private:
  template <typename T>
  void Put(T value) {
    StoreLittle<T>(to_, value);
    to_ += sizeof(T);
  }
  void PutBytes(std::string_view bytes) {
    Put(static_cast<uint32_t>(bytes.size()));
    if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
  }

  char* to_;
};

// Takes values off the front of a payload; once it is too short it only fails.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    const std::string_view bytes = TakeRaw(sizeof(T));
    return ok_ ? LoadLittle<T>(bytes.data()) : T{};
  }
  std::string_view TakeBytes() { return TakeRaw(Take<uint32_t>()); }

  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }
  bool complete() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view TakeRaw(size_t count) {
    if (!ok_ || bytes_.size() < count) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

// False for bytes that RecordWriter does not write.
bool TakeRecord(PayloadReader& reader, StagedRecord& record) {
  const auto flags = reader.Take<uint8_t>();
  if ((flags & ~kAllFlags) != 0) return false;
  if ((flags & kHasPartition) != 0) {
    record.partition = static_cast<int32_t>(reader.Take<uint32_t>());
    if (record.partition < 0) return false;
  }
  if ((flags & kHasTimestamp) != 0) {
    record.timestamp_ms = static_cast<int64_t>(reader.Take<uint64_t>());
  }
  if ((flags & kHasKey) != 0) record.key = reader.TakeBytes();
  if ((flags & kHasValue) != 0) record.value = reader.TakeBytes();
  if ((flags & kHasHeaders) == 0) return reader.ok();
  const auto count = reader.Take<uint32_t>();
  if (count == 0 || count > reader.left() / 8) return false;
  record.headers.reserve(count);
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const std::string_view name = reader.TakeBytes();
    record.headers.emplace_back(name, reader.TakeBytes());
  }
  return reader.ok();
}

}  // namespace

SegmentEncoder::SegmentEncoder(std::string_view slot, std::string_view target) {
  bytes_.reserve(2 * kFrameBytes);
  bytes_.append(kMagic);
  BeginFrame(static_cast<uint8_t>(FrameKind::kHeader));
  Put(bytes_, kFormatVersion);
  PutBytes(bytes_, slot);
  PutBytes(bytes_, target);
  EndFrame();
}

void SegmentEncoder::BeginFrame(uint8_t kind) {
  frame_begin_ = bytes_.size();
  bytes_.append(kFrameHeadBytes - 1, '\0');
  bytes_.push_back(static_cast<char>(kind));
}

void SegmentEncoder::EndFrame() {
  char* const head = bytes_.data() + frame_begin_;
  const size_t payload_bytes = bytes_.size() - frame_begin_ - kFrameHeadBytes;
  StoreLittle<uint32_t>(head, static_cast<uint32_t>(payload_bytes));
  const uint32_t crc = FrameCrc(head, std::string_view(head + kFrameHeadBytes, payload_bytes));
  StoreLittle<uint32_t>(head + kCrcOffset, crc);
  digest_ = AddToDigest(digest_, crc);
  frame_begin_ = bytes_.size();
}

absl::Status SegmentEncoder::Append(const StagedRecord& record) {
  CHECK(!finished_);
  const size_t record_bytes = EncodedBytes(record);
  if (record_bytes > static_cast<size_t>(kRecordBytesMax)) {
    return absl::InvalidArgumentError(absl::StrCat("a record for the outside has ", record_bytes,
                                                   " bytes, at most ", kRecordBytesMax,
                                                   " can be staged"));
  }
  if (frame_begin_ == bytes_.size()) BeginFrame(static_cast<uint8_t>(FrameKind::kRecords));
  const size_t end = bytes_.size();
  bytes_.resize(end + record_bytes);
  RecordWriter(bytes_.data() + end).Write(record);
  ++records_;
  if (bytes_.size() - frame_begin_ >= kFrameHeadBytes + kFrameBytes) EndFrame();
  return absl::OkStatus();
}

SegmentFooter SegmentEncoder::Finish(Epoch epoch) {
  CHECK(!finished_);
  if (frame_begin_ != bytes_.size()) EndFrame();
  const SegmentFooter footer{.epoch = epoch, .records = records_, .digest = digest_};
  BeginFrame(static_cast<uint8_t>(FrameKind::kFooter));
  Put(bytes_, static_cast<uint64_t>(footer.epoch.value()));
  Put(bytes_, static_cast<uint64_t>(footer.records));
  Put(bytes_, footer.digest);
  EndFrame();
  finished_ = true;
  return footer;
}

std::string SegmentEncoder::Take(bool everything) {
  if (everything && frame_begin_ != bytes_.size()) EndFrame();
  std::string taken = std::move(bytes_);
  bytes_.clear();
  bytes_.reserve(2 * kFrameBytes);
  bytes_.append(taken, frame_begin_);
  taken.resize(frame_begin_);
  frame_begin_ = 0;
  return taken;
}

SegmentDecoder::SegmentDecoder(std::string_view slot, std::string_view target)
    : slot_(slot), target_(target) {}

void SegmentDecoder::Feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

absl::Status SegmentDecoder::Damaged(std::string_view what) const {
  return absl::DataLossError(absl::StrCat("at offset ", offset_, ": ", AbslView(what)));
}

absl::StatusOr<std::vector<StagedRecord>> SegmentDecoder::Next() {
  RETURN_IF_ERROR(ReadMagic());
  while (magic_read_ && buffer_.size() - begin_ > 0) {
    if (footer_.has_value()) return Damaged("bytes follow the end of the segment");
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    if (rest.size() < kFrameHeadBytes) break;
    const auto payload_bytes = LoadLittle<uint32_t>(rest.data());
    if (payload_bytes > kPayloadBytesMax) return Damaged("the length of a frame cannot be");
    if (rest.size() - kFrameHeadBytes < payload_bytes) break;
    const std::string_view payload = rest.substr(kFrameHeadBytes, payload_bytes);
    const auto crc = LoadLittle<uint32_t>(rest.data() + kCrcOffset);
    if (crc != FrameCrc(rest.data(), payload)) return Damaged("a frame's checksum does not match");

    const auto kind = static_cast<FrameKind>(rest[kFrameHeadBytes - 1]);
    if (header_read_ == (kind == FrameKind::kHeader)) {
      return Damaged("the header frame is not where it must be");
    }
    std::vector<StagedRecord> records;
    switch (kind) {
      case FrameKind::kHeader:
        RETURN_IF_ERROR(ReadHeader(payload));
        break;
      case FrameKind::kRecords:
        RETURN_IF_ERROR(ReadRecords(payload, records));
        break;
      case FrameKind::kFooter:
        RETURN_IF_ERROR(ReadFooter(payload));
        break;
      default:
        return Damaged("a frame is of an unknown kind");
    }
    begin_ += kFrameHeadBytes + payload_bytes;
    offset_ += static_cast<int64_t>(kFrameHeadBytes + payload_bytes);
    records_ += static_cast<int64_t>(records.size());
    digest_ = AddToDigest(digest_, crc);
    if (!records.empty()) return records;
  }
  return std::vector<StagedRecord>();
}

absl::Status SegmentDecoder::ReadMagic() {
  if (magic_read_ || buffer_.size() < kMagic.size()) return absl::OkStatus();
  if (!buffer_.starts_with(kMagic)) return Damaged("it does not begin like a segment");
  begin_ = kMagic.size();
  offset_ = static_cast<int64_t>(kMagic.size());
  magic_read_ = true;
  return absl::OkStatus();
}

absl::Status SegmentDecoder::ReadHeader(std::string_view payload) {
  PayloadReader reader(payload);
  const auto format = reader.Take<uint32_t>();
  if (reader.ok() && format != kFormatVersion) {
    return Damaged(absl::StrCat("the segment's format is version ", format,
                                ", this build reads version ", kFormatVersion));
  }
  const std::string_view slot = reader.TakeBytes();
  const std::string_view target = reader.TakeBytes();
  if (!reader.complete()) return Damaged("the header cannot be read");
  if (slot != slot_ || target != target_) {
    return Damaged(absl::StrCat("the segment is output of slot ", AbslView(slot), " to ",
                                AbslView(target), ", not of slot ", slot_, " to ", target_));
  }
  header_read_ = true;
  return absl::OkStatus();
}

absl::Status SegmentDecoder::ReadRecords(std::string_view payload,
                                         std::vector<StagedRecord>& records) const {
  PayloadReader reader(payload);
  while (!reader.complete()) {
    // Also what keeps a hostile frame from unfolding into very many records.
    if (payload.size() - reader.left() >= kFrameBytes) return Damaged("a frame is too long");
    if (!TakeRecord(reader, records.emplace_back())) return Damaged("a record cannot be read");
  }
  return records.empty() ? Damaged("a frame of records is empty") : absl::OkStatus();
}

absl::Status SegmentDecoder::ReadFooter(std::string_view payload) {
  PayloadReader reader(payload);
  SegmentFooter footer;
  footer.epoch = Epoch(static_cast<int64_t>(reader.Take<uint64_t>()));
  footer.records = static_cast<int64_t>(reader.Take<uint64_t>());
  footer.digest = reader.Take<uint32_t>();
  if (!reader.complete()) return Damaged("the footer cannot be read");
  if (footer.records != records_ || footer.digest != digest_) {
    return Damaged(absl::StrCat("the footer speaks of ", footer.records, " records, ", records_,
                                " were read, or frames are missing or in another order"));
  }
  footer_ = footer;
  return absl::OkStatus();
}

absl::StatusOr<SegmentFooter> SegmentDecoder::Finish() const {
  if (!footer_.has_value()) return Damaged("the segment is cut short");
  if (buffer_.size() != begin_) return Damaged("bytes follow the end of the segment");
  return *footer_;
}

}  // namespace millrace
