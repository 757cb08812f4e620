#include "worker/format/json/field_order.h"

#include <algorithm>
#include <utility>

#include "common/base/absl_view.h"

namespace millrace {

FieldOrder::FieldOrder(const std::vector<std::string>& names) {
  entries_.emplace_back();
  for (size_t i = 0; i < names.size(); ++i) Add(names[i], static_cast<int>(i));
}

int32_t FieldOrder::Add(std::string_view name, int field) {
  Entry entry;
  entry.text = std::string(name) + '"';
  entry.size = entry.text.size();
  entry.field = field;
  char mask[16] = {};
  const size_t head = std::min<size_t>(entry.size, sizeof mask);
  std::memset(mask, 0xff, head);
  std::memcpy(entry.masks, mask, sizeof mask);
  std::memcpy(entry.words, entry.text.data(), head);
  const auto index = static_cast<int32_t>(entries_.size());
  entry_of_name_.emplace(std::string(name), index);
  entries_.push_back(std::move(entry));
  return index;
}

int FieldOrder::Find(std::string_view name) {
  const auto found = entry_of_name_.find(AbslView(name));
  int32_t index = 0;
  if (found != entry_of_name_.end()) {
    index = found->second;
  } else if (entries_.size() < kEntriesMax) {
    index = Add(name, kUnwanted);
  } else {
    return kUnwanted;
  }
  // A name that may run past the readable bytes, or that raw bytes cannot say, is looked up every
  // time.
  const Entry& entry = entries_[index];
  if (static_cast<int64_t>(entry.size) <= kReadable && entry.text.find('\\') == std::string::npos) {
    entries_[last_].next = index;
  }
  last_ = index;
  return entry.field;
}

}  // namespace millrace
