// The values that a DISTINCT call of one group has seen, as bytes that are part of its value's tail
// (accumulators.h): a hash set that grows in place, and is durable as it is.
//
//   uint32 slots, a power of 2 or 0 | uint32 values | uint32 bytes used | slots x uint32 | values
//   ...
//
// A value is a uint32 length and its bytes; a slot is its place behind the slots plus 1, or 0; the
// place of a value among the slots is its HashKey, then linear probing. Behind the values is room
// for more. Without slots it is a plain list, which may repeat values: what the rows of a batch
// bring. All little-endian. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

class DistinctSet {
 public:
  // A part of `tail`: the bytes from `begin` on, `length` of them; 0: the empty set.
  DistinctSet(std::string& tail, size_t begin, size_t length)
      : tail_(tail), begin_(begin), length_(length) {}

  // Whether `value` is new. May change length(), and what lies behind it in the tail moves then.
  bool Insert(std::string_view value);

  size_t length() const { return length_; }

  // Appends to a list, which is empty at first.
  static void AppendTo(std::string& list, std::string_view value);

  // Puts the values of another list behind those of the list of `length` bytes at `begin` of
  // `tail`, or in front of them. Returns its new length; what lies behind it in the tail moves.
  struct ListPlace {
    size_t begin = 0;
    size_t length = 0;
    bool in_front = false;
  };
  static size_t AddToList(std::string& tail, ListPlace place, std::string_view list);

  // Values of a set or list.
  static int64_t Count(std::string_view part) { return part.empty() ? 0 : Word(part, 4); }

  // Calls visit(std::string_view value) for each value of a set or list, in the order of insertion.
  template <typename Visit>
  static void ForEach(std::string_view part, Visit visit) {
    if (part.empty()) return;
    const size_t first = kHeaderBytes + Word(part, 0) * size_t{4};
    const size_t end = first + Word(part, 8);
    for (size_t at = first; at < end;) {
      const size_t bytes = Word(part, at);
      visit(part.substr(at + 4, bytes));
      at += 4 + bytes;
    }
  }

 private:
  static constexpr size_t kHeaderBytes = 12;

  static uint32_t Word(std::string_view part, size_t at) {
    uint32_t word = 0;
    std::memcpy(&word, part.data() + at, sizeof word);
    return word;
  }

  // A set of its own with room for one more value of `bytes` bytes.
  void Grow(size_t bytes);

  std::string& tail_;
  const size_t begin_;
  size_t length_;
};

}  // namespace millrace
