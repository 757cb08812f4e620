#include "worker/state/spill_format.h"

#include "absl/strings/str_cat.h"
#include "common/base/byte_order.h"
#include "common/base/hash.h"

namespace millrace {
namespace {

constexpr size_t kPrefixBytes = 2 + 8 + 8;
constexpr size_t kValueHeaderBytes = 4 + 4;
// Key groups are below 32768 (common/plan/key_groups.h).
constexpr uint16_t kDirectoryGroup = 0xffff;
constexpr uint32_t kDirectoryFormat = 1;

constexpr uint64_t kSignBit = uint64_t{1} << 63;

template <typename T>
void AppendBig(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreBig<T>(bytes, value);
  out.append(bytes, sizeof(T));
}

template <typename T>
void AppendLittle(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreLittle<T>(bytes, value);
  out.append(bytes, sizeof(T));
}

}  // namespace

SpillFormat::SpillFormat(const StateTableOptions& table)
    : state_hash_(HashKey(table.state_id)),
      schema_version_(table.schema_version),
      value_bytes_(static_cast<size_t>(table.value_bytes)) {}

std::string SpillFormat::Prefix(uint16_t key_group, int64_t state_namespace) const {
  std::string prefix;
  prefix.reserve(kPrefixBytes + 32);
  AppendBig<uint16_t>(prefix, key_group);
  AppendBig<uint64_t>(prefix, state_hash_);
  AppendBig<uint64_t>(prefix, static_cast<uint64_t>(state_namespace) ^ kSignBit);
  return prefix;
}

std::string SpillFormat::GroupPrefix(uint16_t key_group) {
  std::string prefix;
  AppendBig<uint16_t>(prefix, key_group);
  return prefix;
}

std::optional<SpillFormat::Key> SpillFormat::ParseKey(std::string_view bytes) const {
  if (bytes.size() < kPrefixBytes) return std::nullopt;
  const auto group = LoadBig<uint16_t>(bytes.data());
  if (group == kDirectoryGroup || LoadBig<uint64_t>(bytes.data() + 2) != state_hash_) {
    return std::nullopt;
  }
  return Key{
      .key_group = group,
      .state_namespace = static_cast<int64_t>(LoadBig<uint64_t>(bytes.data() + 10) ^ kSignBit),
      .key = bytes.substr(kPrefixBytes)};
}

void SpillFormat::MakeValue(StateVersion version, const char* fixed, std::string_view tail,
                            std::string& out) const {
  out.clear();
  AppendLittle<uint32_t>(out, static_cast<uint32_t>(schema_version_));
  AppendLittle<uint32_t>(out, version);
  out.append(fixed, value_bytes_);
  out.append(tail);
}

absl::StatusOr<SpillFormat::Value> SpillFormat::ParseValue(std::string_view bytes) const {
  if (bytes.size() < kValueHeaderBytes + value_bytes_) {
    return absl::DataLossError("a value of keyed state is cut short");
  }
  const auto schema_version = static_cast<int32_t>(LoadLittle<uint32_t>(bytes.data()));
  if (schema_version != schema_version_) {
    return absl::FailedPreconditionError(absl::StrCat("a value has layout ", schema_version,
                                                      ", the operator now writes layout ",
                                                      schema_version_));
  }
  return Value{.version = LoadLittle<uint32_t>(bytes.data() + 4),
               .fixed = bytes.data() + kValueHeaderBytes,
               .tail = bytes.substr(kValueHeaderBytes + value_bytes_)};
}

std::string SpillFormat::DirectoryKey() const {
  std::string key;
  AppendBig<uint16_t>(key, kDirectoryGroup);
  AppendBig<uint64_t>(key, state_hash_);
  return key;
}

std::string SpillFormat::MakeDirectory(const Directory& directory) const {
  std::string bytes;
  AppendLittle<uint32_t>(bytes, kDirectoryFormat);
  AppendLittle<uint32_t>(bytes, directory.version);
  AppendLittle<uint32_t>(bytes, static_cast<uint32_t>(directory.live.size()));
  for (const LiveNamespace& live : directory.live) {
    AppendLittle<uint64_t>(bytes, static_cast<uint64_t>(live.state_namespace));
    AppendLittle<uint32_t>(bytes, live.born);
  }
  return bytes;
}

absl::StatusOr<SpillFormat::Directory> SpillFormat::ParseDirectory(std::string_view bytes) const {
  constexpr size_t kHeader = 12;
  constexpr size_t kEach = 12;
  const absl::Status damaged = absl::DataLossError("the directory of its namespaces is damaged");
  if (bytes.size() < kHeader || LoadLittle<uint32_t>(bytes.data()) != kDirectoryFormat) {
    return damaged;
  }
  const auto count = LoadLittle<uint32_t>(bytes.data() + 8);
  if (bytes.size() != kHeader + size_t{count} * kEach) return damaged;
  Directory directory{.version = LoadLittle<uint32_t>(bytes.data() + 4)};
  for (uint32_t i = 0; i < count; ++i) {
    const char* const at = bytes.data() + kHeader + i * kEach;
    directory.live.push_back({.state_namespace = static_cast<int64_t>(LoadLittle<uint64_t>(at)),
                              .born = LoadLittle<uint32_t>(at + 8)});
  }
  return directory;
}

}  // namespace millrace
