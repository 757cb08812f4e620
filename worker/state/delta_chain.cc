#include "worker/state/delta_chain.h"

#include <algorithm>
#include <utility>

namespace millrace {

void DeltaChain::Restore(StateVersion version, const KeyedStateSnapshot& snapshot) {
  tables_ = snapshot.snapshot;
  base_version_ = version;
  for (const FileRef& section : snapshot.deltas) sections_.push_back({version + 1, section});
}

void DeltaChain::OnTables(StateVersion version, std::vector<FileRef> tables) {
  rooted_ = true;
  base_version_ = version;
  tables_ = std::move(tables);
  std::erase_if(sections_, [&](const Section& section) { return section.version <= version; });
}

void DeltaChain::OnSection(StateVersion version, FileRef section) {
  // News of an older version that came late: what followed it holds its changes too.
  if (version <= base_version_) return;
  if (!sections_.empty() && version <= sections_.back().version) return;
  sections_.push_back({version, std::move(section)});
}

void DeltaChain::OnRoot(StateVersion version, std::vector<FileRef> tables,
                        std::vector<FileRef> sections) {
  if (version <= base_version_) return;
  rooted_ = true;
  base_version_ = version;
  tables_ = std::move(tables);
  std::erase_if(sections_, [&](const Section& section) { return section.version <= version; });
  std::vector<Section> later = std::exchange(sections_, {});
  for (FileRef& section : sections) sections_.push_back({version, std::move(section)});
  sections_.insert(sections_.end(), later.begin(), later.end());
}

size_t DeltaChain::length() const {
  return static_cast<size_t>(
      std::count_if(sections_.begin(), sections_.end(),
                    [this](const Section& section) { return section.version > base_version_; }));
}

int64_t DeltaChain::delta_bytes() const {
  int64_t bytes = 0;
  for (const Section& section : sections_) {
    if (section.version > base_version_) bytes += section.file.bytes;
  }
  return bytes;
}

void DeltaChain::FillIn(KeyedStateSnapshot& snapshot) const {
  snapshot.snapshot = tables_;
  snapshot.deltas.clear();
  for (const Section& section : sections_) snapshot.deltas.push_back(section.file);
}

}  // namespace millrace
