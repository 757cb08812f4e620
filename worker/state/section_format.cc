#include "worker/state/section_format.h"

#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr uint32_t kMagic = 0x5344524d;  // "MRDS"
constexpr uint16_t kFormatVersion = 1;
constexpr uint16_t kHasTail = 1;
constexpr uint32_t kValueBytesMax = std::numeric_limits<int32_t>::max();

enum class Frame : uint8_t { kEnd = 0, kDrop = 1, kEntries = 2 };

constexpr size_t kBufferBytes = 256 << 10;

// Takes values off the front of bytes; once they are too short it only fails.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    const std::string_view bytes = TakeBytes(sizeof(T));
    return bytes.empty() ? T{} : LoadLittle<T>(bytes.data());
  }
  std::string_view TakeBytes(size_t count) {
    if (!ok_ || bytes_.size() < count) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

absl::StatusOr<StateTableOptions> ReadHeader(Reader& reader) {
  const auto magic = reader.Take<uint32_t>();
  const auto format = reader.Take<uint16_t>();
  const auto flags = reader.Take<uint16_t>();
  const auto schema_version = static_cast<int32_t>(reader.Take<uint32_t>());
  const auto value_bytes = reader.Take<uint32_t>();
  reader.Take<uint32_t>();  // The key groups: for people, the manifest's count.
  reader.Take<uint32_t>();
  const std::string_view state_id = reader.TakeBytes(reader.Take<uint32_t>());
  if (!reader.ok() || magic != kMagic || value_bytes > kValueBytesMax) {
    return absl::DataLossError("it does not begin like a section of keyed state");
  }
  if (format != kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its format is version ", format, ", this build reads version ", kFormatVersion));
  }
  return StateTableOptions{.state_id = std::string(state_id),
                           .schema_version = schema_version,
                           .value_bytes = static_cast<int32_t>(value_bytes),
                           .has_tail = (flags & kHasTail) != 0};
}

absl::Status CheckHeader(Reader& reader, const StateTableOptions& table) {
  ASSIGN_OR_RETURN(const StateTableOptions header, ReadHeader(reader));
  if (header.state_id != table.state_id) {
    return absl::DataLossError(
        absl::StrCat("it is the state of operator ", header.state_id, ", not of ", table.state_id));
  }
  if (header.schema_version != table.schema_version || header.value_bytes != table.value_bytes ||
      header.has_tail != table.has_tail) {
    return absl::FailedPreconditionError(
        absl::StrCat("its values have layout ", header.schema_version, " with ", header.value_bytes,
                     " bytes, the operator now writes layout ", table.schema_version, " with ",
                     table.value_bytes));
  }
  return absl::OkStatus();
}

void ReadEntries(Reader& reader, const StateTableOptions& table, const SectionVisitor& visitor) {
  const auto state_namespace = static_cast<int64_t>(reader.Take<uint64_t>());
  const auto count = reader.Take<uint32_t>();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const auto key_bytes = reader.Take<uint32_t>();
    const uint32_t tail_bytes = table.has_tail ? reader.Take<uint32_t>() : 0;
    const std::string_view key = reader.TakeBytes(key_bytes);
    const std::string_view fixed = reader.TakeBytes(static_cast<size_t>(table.value_bytes));
    const std::string_view tail = reader.TakeBytes(tail_bytes);
    if (reader.ok()) visitor.entry(state_namespace, key, fixed.data(), tail);
  }
}

}  // namespace

SectionEncoder::SectionEncoder(SectionWriter& file, const StateTableOptions& table,
                               const KeyGroupRange& groups)
    : file_(file), value_bytes_(static_cast<size_t>(table.value_bytes)) {
  buffer_.resize(kBufferBytes);
  Put(kMagic);
  Put(kFormatVersion);
  Put(table.has_tail ? kHasTail : uint16_t{0});
  Put(static_cast<uint32_t>(table.schema_version));
  Put(static_cast<uint32_t>(table.value_bytes));
  Put(static_cast<uint32_t>(groups.begin));
  Put(static_cast<uint32_t>(groups.end));
  Put(static_cast<uint32_t>(table.state_id.size()));
  std::memcpy(Make(table.state_id.size()), table.state_id.data(), table.state_id.size());
}

// Place for so many bytes more.
char* SectionEncoder::Make(size_t bytes) {
  if (used_ + bytes > buffer_.size()) {
    Flush();
    if (bytes > buffer_.size()) buffer_.resize(bytes);
  }
  return buffer_.data() + std::exchange(used_, used_ + bytes);
}

template <typename T>
void SectionEncoder::Put(T value) {
  StoreLittle<T>(Make(sizeof(T)), value);
}

void SectionEncoder::Drop(int64_t state_namespace) {
  Put(static_cast<uint8_t>(Frame::kDrop));
  Put(static_cast<uint64_t>(state_namespace));
}

void SectionEncoder::BeginEntries(int64_t state_namespace, size_t count) {
  Put(static_cast<uint8_t>(Frame::kEntries));
  Put(static_cast<uint64_t>(state_namespace));
  Put(static_cast<uint32_t>(count));
}

void SectionEncoder::Entry(std::string_view key, const char* fixed, const std::string* tail) {
  const size_t tail_bytes = tail != nullptr ? sizeof(uint32_t) + tail->size() : 0;
  char* at = Make(sizeof(uint32_t) + key.size() + value_bytes_ + tail_bytes);
  const auto put = [&at](const void* bytes, size_t count) {
    std::memcpy(at, bytes, count);
    at += count;
  };
  StoreLittle<uint32_t>(at, static_cast<uint32_t>(key.size()));
  at += sizeof(uint32_t);
  if (tail != nullptr) {
    StoreLittle<uint32_t>(at, static_cast<uint32_t>(tail->size()));
    at += sizeof(uint32_t);
  }
  put(key.data(), key.size());
  put(fixed, value_bytes_);
  if (tail != nullptr) put(tail->data(), tail->size());
}

void SectionEncoder::Flush() {
  if (status_.ok()) status_ = file_.Append(std::string_view(buffer_).substr(0, used_));
  used_ = 0;
}

absl::StatusOr<FileRef> SectionEncoder::End() {
  Put(static_cast<uint8_t>(Frame::kEnd));
  Flush();
  RETURN_IF_ERROR(status_);
  return file_.EndSection();
}

absl::StatusOr<StateTableOptions> ReadSectionHeader(std::string_view bytes) {
  Reader reader(bytes);
  return ReadHeader(reader);
}

absl::Status ReadSection(std::string_view bytes, const StateTableOptions& table,
                         const SectionVisitor& visitor) {
  Reader reader(bytes);
  RETURN_IF_ERROR(CheckHeader(reader, table));
  while (reader.ok()) {
    const auto frame = reader.Take<uint8_t>();
    if (!reader.ok()) break;
    switch (static_cast<Frame>(frame)) {
      case Frame::kEnd:
        if (reader.at_end()) return absl::OkStatus();
        return absl::DataLossError("bytes follow its end");
      case Frame::kDrop: {
        const auto state_namespace = static_cast<int64_t>(reader.Take<uint64_t>());
        if (reader.ok()) visitor.drop(state_namespace);
        continue;
      }
      case Frame::kEntries:
        ReadEntries(reader, table, visitor);
        continue;
    }
    return absl::DataLossError(absl::StrCat("it holds a frame of unknown kind ", frame));
  }
  return absl::DataLossError("it is cut short");
}

}  // namespace millrace
