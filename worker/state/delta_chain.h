// Which files hold the state of a table, and which frozen versions are still on their way into one.
// Pure; of the task's thread alone.
//
//   tables up to a version, then sections, each of which holds all changes from before its
//   predecessor's end to a later version
//
// A version is under way from its freeze until the outcome of its write is known. What is frozen
// meanwhile does not wait for that: it is written once more with the next section, so a write that
// failed leaves no gap and one that succeeded late does no harm (changes are whole values: applying
// them twice is applying them once).
#pragma once

#include <cstdint>
#include <vector>

#include "common/checkpoint/manifest.h"
#include "worker/state/entry.h"

namespace millrace {

class DeltaChain {
 public:
  // A table that was restored from one snapshot goes on with its files.
  void Restore(StateVersion version, const KeyedStateSnapshot& snapshot);
  // A table whose spill store was put together from several: its tables must be published, and what
  // is in RAM written, before there is a chain.
  void RestoreUnrooted() { rooted_ = false; }

  // The tables hold everything up to `version`.
  void OnTables(StateVersion version, std::vector<FileRef> tables);
  // A section holds what changed up to `version` since the last one that was known when it was
  // frozen.
  void OnSection(StateVersion version, FileRef section);
  // A section holds everything up to `version`; `tables` what is not in it.
  void OnRoot(StateVersion version, std::vector<FileRef> tables, std::vector<FileRef> sections);

  // False: the next frozen version must hold everything.
  bool rooted() const { return rooted_; }
  bool has_tables() const { return !tables_.empty(); }
  // Sections that hold changes, and their bytes: not those of a root.
  size_t length() const;
  int64_t delta_bytes() const;
  void FillIn(KeyedStateSnapshot& snapshot) const;

 private:
  struct Section {
    StateVersion version = 0;
    FileRef file;
  };

  bool rooted_ = true;
  StateVersion base_version_ = 0;  // Of the tables, or of the section that holds everything.
  std::vector<FileRef> tables_;
  std::vector<Section> sections_;  // Oldest first.
};

}  // namespace millrace
