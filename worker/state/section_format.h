// The durable form of what changed in a table of keyed state: a section of a delta file
// (proto/CHECKPOINT.md, "Delta file").
//
// Reading trusts nothing: a section that is damaged, of another format or of another table is an
// error, never a crash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/key_groups.h"
#include "worker/contract/frozen_state.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/entry.h"

namespace millrace {

// Appends frames to a section. Errors are kept until End.
class SectionEncoder {
 public:
  SectionEncoder(SectionWriter& file, const StateTableOptions& table, const KeyGroupRange& groups);

  void Drop(int64_t state_namespace);
  void BeginEntries(int64_t state_namespace, size_t count);
  // As often as announced. `tail` is null unless the table has tails.
  void Entry(std::string_view key, const char* fixed, const std::string* tail);
  // The whole section is in the file.
  absl::StatusOr<FileRef> End();

 private:
  template <typename T>
  void Put(T value);
  char* Make(size_t bytes);
  void Flush();

  SectionWriter& file_;
  const size_t value_bytes_;
  std::string buffer_;
  size_t used_ = 0;  // Bytes of it.
  absl::Status status_;
};

// What wrote a section, as its header says; kDataLoss or kFailedPrecondition if it has none that
// this build reads. Says nothing of the rest.
absl::StatusOr<StateTableOptions> ReadSectionHeader(std::string_view bytes);

struct SectionVisitor {
  absl::FunctionRef<void(int64_t state_namespace)> drop;
  // `tail` is empty unless the table has tails. The bytes are valid during the call.
  absl::FunctionRef<void(int64_t state_namespace, std::string_view key, const char* fixed,
                         std::string_view tail)>
      entry;
};

// Tells the content of a section in its order. kDataLoss if `bytes` are not a section that `table`
// wrote, kFailedPrecondition if its values have another layout; neither names the file.
absl::Status ReadSection(std::string_view bytes, const StateTableOptions& table,
                         const SectionVisitor& visitor);

}  // namespace millrace
