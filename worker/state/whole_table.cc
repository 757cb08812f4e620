#include "worker/state/whole_table.h"

#include <memory>
#include <optional>

#include "common/base/status_macros.h"
#include "common/checkpoint/section_file.h"
#include "worker/state/section_format.h"

namespace millrace {
namespace {

constexpr int64_t kSectionBytes = 64 << 20;

// Calls `visit` for the entries of `chunk` that were current at `version`.
template <typename Visit>
void ForEachAsOf(StateVersion version, const EntryChunk& chunk, Visit visit) {
  chunk.ForEach([&](const Entry* entry) {
    const StateVersion superseded = entry->superseded.load(std::memory_order_relaxed);
    if (superseded == 0 || superseded > version) visit(entry);
  });
}

}  // namespace

absl::StatusOr<std::vector<FileRef>> WriteWhole(const AgingEntries& entries,
                                                const StateTableContext& context,
                                                const std::string& path,
                                                const std::atomic<bool>& abandoned) {
  const EntryLayout layout(context.table.value_bytes, context.table.has_tail);
  SectionFile file(*context.task.files, context.task.checkpoint_dir, path);
  std::vector<FileRef> sections;
  std::optional<SectionEncoder> section;
  int64_t bytes = 0;  // Of the chunks in the section.
  for (const AgingSlice& slice : entries.slices) {
    for (const std::shared_ptr<EntryChunk>& chunk : slice.chunks) {
      if (abandoned) return absl::CancelledError("the task has ended");
      if (!section.has_value()) section.emplace(file, context.table, context.task.key_groups);
      size_t count = 0;
      ForEachAsOf(entries.version, *chunk, [&](const Entry* /*entry*/) { ++count; });
      if (count == 0) continue;
      section->BeginEntries(slice.state_namespace, count);
      ForEachAsOf(entries.version, *chunk, [&](const Entry* entry) {
        const std::string* const tail = layout.has_tail() ? layout.tail(entry) : nullptr;
        if (tail != nullptr) bytes += static_cast<int64_t>(tail->size());
        section->Entry(layout.key(entry), layout.fixed(entry), tail);
      });
      bytes += chunk->bytes();
      if (bytes < kSectionBytes) continue;
      ASSIGN_OR_RETURN(sections.emplace_back(), section->End());
      section.reset();
      bytes = 0;
    }
  }
  if (section.has_value()) {
    ASSIGN_OR_RETURN(sections.emplace_back(), section->End());
  }
  RETURN_IF_ERROR(file.Commit());
  return sections;
}

}  // namespace millrace
