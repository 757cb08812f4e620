#include "worker/state/entry.h"

#include <cstring>

#include "common/base/check.h"

namespace millrace {

EntryChunk::EntryChunk(const EntryLayout& layout, StateMemory& memory, size_t capacity)
    : layout_(layout),
      memory_(memory),
      capacity_(capacity + kHeaderBytes),
      data_(std::make_unique_for_overwrite<char[]>(capacity_)) {
  EntryChunk* const self = this;
  std::memcpy(data_.get(), &self, sizeof(self));
  memory_.Charge(bytes());
}

EntryChunk::~EntryChunk() {
  if (layout_.has_tail()) {
    ForEach([this](Entry* entry) { std::destroy_at(layout_.tail(entry)); });
  }
  memory_.Charge(-bytes());
}

EntryChunk& EntryChunk::Of(Entry* entry) {
  EntryChunk* chunk = nullptr;
  std::memcpy(&chunk, reinterpret_cast<char*>(entry) - entry->chunk_offset, sizeof(chunk));
  return *chunk;
}

Entry* EntryChunk::Allocate(std::string_view key, uint64_t hash) {
  const size_t bytes = layout_.SizeFor(key.size());
  if (used_ + bytes > capacity_) return nullptr;
  Entry* const entry = std::construct_at(reinterpret_cast<Entry*>(data_.get() + used_));
  entry->hash = hash;
  entry->chunk_offset = static_cast<uint32_t>(used_);
  entry->key_bytes = static_cast<uint32_t>(key.size());
  if (layout_.has_tail()) std::construct_at(layout_.tail(entry));
  std::memcpy(layout_.key_data(entry), key.data(), key.size());
  used_ += bytes;
  current_bytes += bytes;
  return entry;
}

}  // namespace millrace
