// Which field a key of a JSON object names, guessed from what came next last time.
//
// Producers write the fields of their objects in the same order over and over. After each key the
// order remembers the key that followed it, so the usual look-up is one comparison of raw bytes at
// the predicted place; a key that is missing or new costs one hash look-up, and keys that nobody
// asked for are predicted too. Keys with escapes are left to the caller. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace millrace {

class FieldOrder {
 public:
  static constexpr int kUnwanted = -1;
  // How far behind a key bytes may be read, whatever they are: what follows a record is padding.
  static constexpr int64_t kReadable = 64;

  explicit FieldOrder(const std::vector<std::string>& names);

  // Before the first key of an object.
  void Restart() { last_ = 0; }

  // The index of the field, or kUnwanted, if the key that begins at `key` (behind its quote) is the
  // predicted one; empty prediction or another key: kUnknown. REQUIRES: kReadable bytes at `key`.
  static constexpr int kUnknown = -2;
  int Predict(const char* key) {
    const int32_t next = entries_[last_].next;
    const Entry& entry = entries_[next];
    uint64_t words[2];
    std::memcpy(words, key, sizeof words);
    if (((words[0] ^ entry.words[0]) & entry.masks[0]) != 0 ||
        ((words[1] ^ entry.words[1]) & entry.masks[1]) != 0 || next == 0) {
      return kUnknown;
    }
    if (entry.size > 16 && std::memcmp(key + 16, entry.text.data() + 16, entry.size - 16) != 0) {
      return kUnknown;
    }
    last_ = next;
    return entry.field;
  }

  // The index of the field named `name`, or kUnwanted; it is what will be predicted here next time.
  int Find(std::string_view name);

 private:
  // Keys that are remembered; objects whose keys are data have no order to learn.
  static constexpr size_t kEntriesMax = 1024;

  struct Entry {
    std::string text;  // With the closing quote.
    size_t size = 0;
    uint64_t words[2] = {0, 0};  // The first 16 bytes of the text,
    uint64_t masks[2] = {0, 0};  // and which of their bits count.
    int32_t field = kUnwanted;
    int32_t next = 0;  // The entry that followed last time; 0: none.
  };

  int32_t Add(std::string_view name, int field);

  std::vector<Entry> entries_;  // The first stands for the beginning of an object.
  absl::flat_hash_map<std::string, int32_t> entry_of_name_;
  int32_t last_ = 0;
};

}  // namespace millrace
