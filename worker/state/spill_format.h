// Keys and values of keyed state in a spill store (proto/CHECKPOINT.md, "Tables").
//
//   key    key group (2 bytes) | state id (8, XXH3) | namespace (8, sign flipped) | key
//   value  schema version (4) | version (4) | fixed part | tail
//
// Key parts are big-endian, so that byte order is the order of key groups, then namespaces. A
// directory of the live namespaces is an entry of its own behind all key groups. The version of an
// entry below the one in which its namespace was born says that the entry was dropped with an
// earlier namespace of that number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/entry.h"
#include "worker/state/ram_table.h"

namespace millrace {

class SpillFormat {
 public:
  explicit SpillFormat(const StateTableOptions& table);

  // Where the namespace's entries of a key group begin: the prefix of their keys.
  std::string Prefix(uint16_t key_group, int64_t state_namespace) const;
  // The first key of a key group.
  static std::string GroupPrefix(uint16_t key_group);

  struct Key {
    uint16_t key_group = 0;
    int64_t state_namespace = 0;
    std::string_view key;
  };
  // Nothing if it is not the key of an entry of this table.
  std::optional<Key> ParseKey(std::string_view bytes) const;

  // `out` is replaced.
  void MakeValue(StateVersion version, const char* fixed, std::string_view tail,
                 std::string& out) const;

  struct Value {
    StateVersion version = 0;
    const char* fixed = nullptr;  // Aligned as `bytes` are.
    std::string_view tail;
  };
  // kDataLoss if it is too short, kFailedPrecondition if it has another layout.
  absl::StatusOr<Value> ParseValue(std::string_view bytes) const;

  struct Directory {
    StateVersion version = 0;         // Everything up to it is in the store.
    std::vector<LiveNamespace> live;  // Ascending.
  };
  std::string DirectoryKey() const;
  std::string MakeDirectory(const Directory& directory) const;
  absl::StatusOr<Directory> ParseDirectory(std::string_view bytes) const;

 private:
  const uint64_t state_hash_;
  const int32_t schema_version_;
  const size_t value_bytes_;
};

}  // namespace millrace
