#include "worker/state/table_list.h"

#include "absl/strings/str_cat.h"
#include "common/base/byte_order.h"

namespace millrace {
namespace {

constexpr uint32_t kMagic = 0x4c54524d;  // "MRTL"
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kHeaderBytes = 12;

template <typename T>
void Append(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreLittle<T>(bytes, value);
  out.append(bytes, sizeof(T));
}

}  // namespace

std::string EncodeTableList(const TableList& list) {
  std::string bytes;
  Append(bytes, kMagic);
  Append(bytes, kFormatVersion);
  Append(bytes, static_cast<uint32_t>(list.numbers.size()));
  for (const int64_t number : list.numbers) Append(bytes, static_cast<uint64_t>(number));
  return bytes + list.catalog;
}

absl::StatusOr<TableList> DecodeTableList(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || LoadLittle<uint32_t>(bytes.data()) != kMagic) {
    return absl::DataLossError("it does not begin like a list of tables");
  }
  const auto version = LoadLittle<uint32_t>(bytes.data() + 4);
  if (version != kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its format is version ", version, ", this build reads version ", kFormatVersion));
  }
  const auto count = LoadLittle<uint32_t>(bytes.data() + 8);
  bytes.remove_prefix(kHeaderBytes);
  if (bytes.size() / sizeof(uint64_t) < count) {
    return absl::DataLossError("the list of tables is cut short");
  }
  TableList list;
  for (uint32_t i = 0; i < count; ++i) {
    list.numbers.push_back(
        static_cast<int64_t>(LoadLittle<uint64_t>(bytes.data() + i * sizeof(uint64_t))));
  }
  list.catalog = bytes.substr(count * sizeof(uint64_t));
  return list;
}

}  // namespace millrace
