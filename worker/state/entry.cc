#include "worker/state/entry.h"

#include <cstring>

#include "common/base/check.h"

namespace millrace {

void EntryChunk::Deleter::operator()(char* data) const {
  if (pool != nullptr) {
    pool->GiveBack(data);
  } else {
    std::default_delete<char[]>()(data);
  }
}

EntryChunk::Data EntryChunk::AllocateData(StateMemory& memory, size_t bytes) {
  BlockPool* const pool = bytes == BlockPool::kBytes ? &memory.blocks() : nullptr;
  char* const data =
      pool != nullptr ? pool->Take() : std::make_unique_for_overwrite<char[]>(bytes).release();
  return Data(data, Deleter{.pool = pool});
}

EntryChunk::EntryChunk(const EntryLayout& layout, StateMemory& memory, size_t bytes)
    : layout_(layout), memory_(memory), capacity_(bytes), data_(AllocateData(memory, bytes)) {
  std::construct_at(&header(), Header{.chunk = this});
  memory_.Charge(this->bytes());
}

EntryChunk::~EntryChunk() {
  if (layout_.has_tail()) {
    ForEach([this](Entry* entry) { std::destroy_at(layout_.tail(entry)); });
  }
  memory_.Charge(-bytes());
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
