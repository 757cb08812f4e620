#include "worker/aggregate/distinct_set.h"

#include <algorithm>
#include <bit>

#include "common/base/hash.h"

namespace millrace {
namespace {

void PutWord(char* at, size_t value) {
  const auto word = static_cast<uint32_t>(value);
  std::memcpy(at, &word, sizeof word);
}

uint32_t GetWord(const char* at) {
  uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

bool DistinctSet::Insert(std::string_view value) {
  if (length_ == 0) Grow(value.size());
  const uint64_t hash = HashKey(value);
  for (;;) {
    char* const part = tail_.data() + begin_;
    const size_t slots = GetWord(part);
    char* const first_slot = part + kHeaderBytes;
    char* const values = first_slot + slots * 4;
    size_t slot = hash & (slots - 1);
    for (uint32_t place = 0; (place = GetWord(first_slot + slot * 4)) != 0;
         slot = (slot + 1) & (slots - 1)) {
      const char* const known = values + place - 1;
      if (GetWord(known) == value.size() &&
          std::memcmp(known + 4, value.data(), value.size()) == 0) {
        return false;
      }
    }
    const size_t count = GetWord(part + 4);
    const size_t used = GetWord(part + 8);
    const size_t room = length_ - kHeaderBytes - slots * 4 - used;
    if ((count + 1) * 2 > slots || room < 4 + value.size()) {
      Grow(value.size());
      continue;
    }
    PutWord(values + used, value.size());
    std::memcpy(values + used + 4, value.data(), value.size());
    PutWord(first_slot + slot * 4, used + 1);
    PutWord(part + 4, count + 1);
    PutWord(part + 8, used + 4 + value.size());
    return true;
  }
}

void DistinctSet::AppendTo(std::string& list, std::string_view value) {
  if (list.empty()) list.resize(kHeaderBytes);
  char length[4];
  PutWord(length, value.size());
  list.append(length, sizeof length);
  list.append(value);
  PutWord(list.data() + 4, GetWord(list.data() + 4) + size_t{1});
  PutWord(list.data() + 8, list.size() - kHeaderBytes);
}

size_t DistinctSet::AddToList(std::string& tail, ListPlace place, std::string_view list) {
  if (list.empty()) return place.length;
  if (place.length == 0) {
    tail.insert(place.begin, list);
    return list.size();
  }
  const std::string_view values = list.substr(kHeaderBytes);
  tail.insert(place.begin + (place.in_front ? kHeaderBytes : place.length), values);
  char* const header = tail.data() + place.begin;
  PutWord(header + 4, GetWord(header + 4) + size_t{Word(list, 4)});
  PutWord(header + 8, GetWord(header + 8) + values.size());
  return place.length + values.size();
}

void DistinctSet::Grow(size_t bytes) {
  const std::string_view old = std::string_view(tail_).substr(begin_, length_);
  const size_t count = old.empty() ? 0 : Word(old, 4);
  const size_t used = old.empty() ? 0 : Word(old, 8);
  // Few values take few bytes, many grow by half.
  const size_t slots = std::bit_ceil(std::max<size_t>(4, (count + 1) * 2));
  const size_t room = std::max(used + 4 + bytes, std::min(used + used / 2, used + (1 << 20)));
  std::string grown(kHeaderBytes + slots * 4 + room, '\0');
  PutWord(grown.data(), slots);
  PutWord(grown.data() + 4, count);
  PutWord(grown.data() + 8, used);
  char* const first_slot = grown.data() + kHeaderBytes;
  size_t at = 0;
  ForEach(old, [&](std::string_view value) {
    size_t slot = HashKey(value) & (slots - 1);
    while (GetWord(first_slot + slot * 4) != 0) slot = (slot + 1) & (slots - 1);
    PutWord(first_slot + slot * 4, at + 1);
    PutWord(first_slot + slots * 4 + at, value.size());
    std::memcpy(first_slot + slots * 4 + at + 4, value.data(), value.size());
    at += 4 + value.size();
  });
  tail_.replace(begin_, length_, grown);
  length_ = grown.size();
}

}  // namespace millrace
