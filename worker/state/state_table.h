// The keyed state of one operator in one task: entries in RAM, spilled entries, and the files that
// hold both.
//
// Of the task's thread, but for Open and the destructor (io executor). What is frozen is written
// and materialised on the io executor; news from there is taken up at the next Prefetch or Freeze.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/delta_chain.h"
#include "worker/state/frozen_tables.h"
#include "worker/state/ram_table.h"
#include "worker/state/table_spill.h"

namespace millrace {

class StateTable final : public KeyedState {
 public:
  static absl::StatusOr<std::unique_ptr<StateTable>> Open(StateTableContext context,
                                                          std::vector<KeyedStateSnapshot> restored);
  ~StateTable() override;

  absl::StatusOr<Progress> Prefetch(absl::Span<const StateKey> keys) override;
  StateValue Upsert(const StateKey& key, bool* created) override;
  StateValue Find(const StateKey& key) override;
  std::vector<int64_t> Namespaces() const override;
  std::unique_ptr<NamespaceCursor> Scan(int64_t state_namespace) override;
  void DropNamespace(int64_t state_namespace) override;

  FrozenTable Freeze(Epoch epoch);

  // Takes up what the io executor has finished.
  void Poll();

  const std::string& state_id() const { return spill_->context().table.state_id; }

 private:
  // A frozen version whose write has not been taken account of.
  struct Flight {
    StateVersion version = 0;
    bool is_root = false;  // It holds everything, not only changes.
    std::shared_ptr<const ChangeSegment> segment;
    std::shared_ptr<const WriteOutcome> outcome;
  };
  // Spilled entries being fetched for a batch.
  struct Fetch;
  struct Materialization;

  explicit StateTable(StateTableContext context);

  absl::Status Restore(const std::vector<KeyedStateSnapshot>& restored);
  absl::Status RestoreOne(const KeyedStateSnapshot& snapshot);
  absl::Status RestoreSeveral(const std::vector<KeyedStateSnapshot>& snapshots);
  void ContinueFrom(const SpillFormat::Directory& directory);

  void PollFlights();
  void PollMaterialization();
  void OnWritten(const Flight& flight);
  void UpdateFrozen();
  bool MaterializationDue(const ChangeSegment& changes) const;
  bool IsSmall() const;
  bool ChangesFast() const;
  void StartMaterialization(Epoch epoch);

  void MakeRoom();
  absl::StatusOr<Progress> FetchMissing(absl::Span<const StateKey> keys);
  absl::Status TakeUp(Fetch& fetch);
  std::string SpillKey(const StateKey& key) const;
  int64_t bytes() const { return ram_.bytes() + tail_bytes_; }
  void SetTailBytes(int64_t bytes);
  void ReportSize();

  void ReportSpill();

  const std::shared_ptr<TableSpill> spill_;
  const EntryLayout layout_;
  StateMemory& memory_;
  Gauge* const entries_gauge_;
  Gauge* const bytes_gauge_;
  Counter* const spilled_counter_;
  // Of the spill store, once there is one.
  Gauge* table_bytes_gauge_ = nullptr;
  Gauge* pending_compaction_gauge_ = nullptr;
  Gauge* write_stopped_gauge_ = nullptr;

  RamTable ram_;
  DeltaChain chain_;
  std::deque<Flight> flights_;  // Oldest first.
  StateVersion confirmed_ = 0;  // Changes up to it are in the chain, or count as new ones.
  std::shared_ptr<Materialization> materialization_;  // Under way, if any.
  size_t due_length_;                                 // Of the chain, at which it is materialised.
  bool was_short_ = false;                            // Of memory, before the last batch.
  bool needs_room_ = false;                           // There was nothing to evict.
  int open_cursors_ = 0;

  std::shared_ptr<Fetch> fetch_;             // Under way, if any.
  absl::flat_hash_set<std::string> absent_;  // Spill keys that the last fetches did not find.

  double bytes_per_change_ = 0;      // As last written.
  double tail_bytes_per_entry_ = 0;  // As last written: tails grow in place, unseen.
  int64_t tail_bytes_ = 0;           // As charged.
};

}  // namespace millrace
