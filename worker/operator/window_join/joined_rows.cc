#include "worker/operator/window_join/joined_rows.h"

#include "common/base/byte_order.h"

namespace millrace {
namespace {

constexpr size_t kNullKey = 2 * sizeof(uint32_t);

size_t CountAt(int input) { return static_cast<size_t>(input) * sizeof(uint32_t); }

}  // namespace

void JoinedRows::Append(int input, std::string_view row, const StateValue& value) {
  char* const count = value.fixed + CountAt(input);
  StoreLittle<uint32_t>(count, LoadLittle<uint32_t>(count) + 1);
  char header[sizeof(uint32_t)];
  StoreLittle<uint32_t>(header,
                        static_cast<uint32_t>(row.size()) << 1 | static_cast<uint32_t>(input));
  value.tail->append(header, sizeof header);
  value.tail->append(row);
}

void JoinedRows::MarkNullKey(const StateValue& value) {
  StoreLittle<uint32_t>(value.fixed + kNullKey, 1);
}

uint32_t JoinedRows::CountOf(int input, const char* fixed) {
  return LoadLittle<uint32_t>(fixed + CountAt(input));
}

bool JoinedRows::HasNullKey(const char* fixed) {
  return LoadLittle<uint32_t>(fixed + kNullKey) != 0;
}

void JoinedRows::Split(std::string_view tail, std::vector<std::string_view>& left,
                       std::vector<std::string_view>& right) {
  while (tail.size() >= sizeof(uint32_t)) {
    const auto header = LoadLittle<uint32_t>(tail.data());
    const size_t bytes = header >> 1;
    ((header & 1) == 0 ? left : right).push_back(tail.substr(sizeof(uint32_t), bytes));
    tail.remove_prefix(sizeof(uint32_t) + bytes);
  }
}

}  // namespace millrace
