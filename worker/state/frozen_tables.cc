#include "worker/state/frozen_tables.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "worker/state/section_format.h"

namespace millrace {
namespace {

// Far enough ahead that an entry has come from memory when its turn comes.
constexpr size_t kWarmAhead = 16;

void EncodeChanges(const SliceChanges& changes, const EntryLayout& layout, SectionEncoder& section,
                   WriteOutcome::Files& files) {
  section.BeginEntries(changes.state_namespace, changes.entries.size());
  for (size_t i = 0; i < changes.entries.size(); ++i) {
    if (i + kWarmAhead < changes.entries.size()) layout.Warm(changes.entries[i + kWarmAhead]);
    const Entry* const entry = changes.entries[i];
    const std::string* const tail = layout.has_tail() ? layout.tail(entry) : nullptr;
    section.Entry(layout.key(entry), layout.fixed(entry), tail);
    if (tail != nullptr) files.tail_bytes += static_cast<int64_t>(tail->size());
  }
  files.entries += static_cast<int64_t>(changes.entries.size());
}

absl::StatusOr<WriteOutcome::Files> WriteTable(const FrozenTable& frozen, SectionWriter& file) {
  WriteOutcome::Files files;
  if (frozen.publish) {
    ASSIGN_OR_RETURN(files.tables, frozen.spill->Publish(frozen.epoch));
  }
  const bool changed = std::any_of(frozen.segments.begin(), frozen.segments.end(),
                                   [](const auto& segment) { return !segment->empty(); });
  if (!changed) return files;
  const StateTableContext& context = frozen.spill->context();
  const EntryLayout layout(context.table.value_bytes, context.table.has_tail);
  SectionEncoder section(file, context.table, context.task.key_groups);
  for (const auto& segment : frozen.segments) {
    for (const int64_t dropped : segment->dropped) section.Drop(dropped);
    for (const SliceChanges& changes : segment->slices) {
      EncodeChanges(changes, layout, section, files);
    }
  }
  ASSIGN_OR_RETURN(files.section, section.End());
  return files;
}

}  // namespace

FrozenTables::~FrozenTables() {
  for (FrozenTable& table : tables_) {
    // First the memory, then the news: the task may write to the entries from then on.
    table.segments.clear();
    if (!written_ && table.outcome != nullptr) table.outcome->SetLost();
  }
}

absl::StatusOr<std::vector<OperatorState>> FrozenTables::Write(SectionWriter& file) {
  std::vector<OperatorState> states;
  for (const FrozenTable& table : tables_) {
    KeyedStateSnapshot state = table.base;
    WriteOutcome::Files files;
    if (table.outcome != nullptr) {
      ASSIGN_OR_RETURN(files, WriteTable(table, file));
    }
    table.spill->Measure();
    if (table.publish) state.snapshot = files.tables;
    if (files.section.has_value()) state.deltas.push_back(*files.section);
    files_.push_back(std::move(files));
    states.push_back(
        {.state_id = table.spill->context().table.state_id, .state = std::move(state)});
  }
  return states;
}

void FrozenTables::OnWritten() {
  written_ = true;
  for (size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].segments.clear();
    if (tables_[i].outcome != nullptr) tables_[i].outcome->SetWritten(std::move(files_[i]));
  }
}

}  // namespace millrace
