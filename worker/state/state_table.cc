#include "worker/state/state_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/plan/key_groups.h"
#include "worker/state/slice_cursor.h"

namespace millrace {
namespace {

// Evicted before a batch: what takes a few milliseconds.
constexpr int64_t kMostEvictedBytes = 4 << 20;

}  // namespace

struct StateTable::Fetch {
  struct Key {
    int64_t state_namespace = 0;
    uint64_t hash = 0;
    std::string key;
  };
  std::vector<Key> keys;
  std::vector<std::string> spill_keys;
  absl::StatusOr<std::vector<std::optional<std::string>>> values;
  std::atomic<bool> done = false;
};

struct StateTable::Materialization {
  Epoch epoch;  // In which it began.
  StateVersion version = 0;
  bool whole = false;                          // Sections of a file; else tables.
  absl::StatusOr<std::vector<FileRef>> files;  // Of either kind.
  std::atomic<bool> done = false;
};

StateTable::StateTable(StateTableContext context)
    : spill_(std::make_shared<TableSpill>(std::move(context))),
      layout_(spill_->context().table.value_bytes, spill_->context().table.has_tail),
      memory_(*spill_->context().task.memory),
      entries_gauge_(spill_->context().task.metrics->GetGauge("millrace_state_entries",
                                                              {{"operator", state_id()}})),
      bytes_gauge_(spill_->context().task.metrics->GetGauge("millrace_state_bytes",
                                                            {{"operator", state_id()}})),
      spilled_counter_(spill_->context().task.metrics->GetCounter(
          "millrace_state_spilled_entries_total", {{"operator", state_id()}})),
      ram_(layout_, memory_),
      due_length_(static_cast<size_t>(spill_->context().task.materialize_every)) {
  memory_.AddUser();
}

StateTable::~StateTable() {
  spill_->Abandon();
  SetTailBytes(0);
  memory_.RemoveUser();
}

absl::StatusOr<Progress> StateTable::Prefetch(absl::Span<const StateKey> keys) {
  if (fetch_ == nullptr) {
    if (!flights_.empty() || materialization_ != nullptr) Poll();
    MakeRoom();
  } else {
    // For the same keys: what was fetched must still be there when it has been taken up.
    if (!fetch_->done.load(std::memory_order_acquire)) return Progress::kBlockedIo;
    const std::shared_ptr<Fetch> fetch = std::exchange(fetch_, nullptr);
    RETURN_IF_ERROR(TakeUp(*fetch));
  }
  if (ram_.any_spilled()) {
    ram_.Warm(keys);
    ASSIGN_OR_RETURN(const Progress progress, FetchMissing(keys));
    if (progress != Progress::kDone) return progress;
  }
  ram_.Expect(keys);
  return Progress::kDone;
}

StateValue StateTable::Upsert(const StateKey& key, bool* created) {
  ram_.Used(key);
  Entry* const entry = ram_.Upsert(key, created);
  return {.fixed = layout_.fixed(entry),
          .tail = layout_.has_tail() ? layout_.tail(entry) : nullptr};
}

StateValue StateTable::Find(const StateKey& key) {
  ram_.Used(key);
  Entry* const entry = ram_.Find(key);
  if (entry == nullptr) return {};
  return {.fixed = layout_.fixed(entry),
          .tail = layout_.has_tail() ? layout_.tail(entry) : nullptr};
}

std::vector<int64_t> StateTable::Namespaces() const {
  std::vector<int64_t> namespaces;
  for (const auto& [state_namespace, slice] : ram_.slices()) namespaces.push_back(state_namespace);
  return namespaces;
}

std::unique_ptr<NamespaceCursor> StateTable::Scan(int64_t state_namespace) {
  return std::make_unique<SliceCursor>(ram_.FindSlice(state_namespace), layout_, *spill_,
                                       open_cursors_);
}

void StateTable::DropNamespace(int64_t state_namespace) { ram_.Drop(state_namespace); }

FrozenTable StateTable::Freeze(Epoch epoch) {
  Poll();
  FrozenTable frozen{.spill = spill_, .epoch = epoch};
  frozen.base.key_groups = spill_->context().task.key_groups;
  frozen.base.schema_version = spill_->context().table.schema_version;
  const std::shared_ptr<const ChangeSegment> changes = ram_.TakeChanges();
  const bool due = MaterializationDue(*changes);
  const bool whole = due && IsSmall() && materialization_ == nullptr;
  const bool is_root = whole || !chain_.rooted();
  if (whole) {
    frozen.segments.push_back(ram_.Everything());
  } else {
    for (const Flight& flight : flights_) {
      if (flight.version > confirmed_) frozen.segments.push_back(flight.segment);
    }
    if (!changes->empty()) frozen.segments.push_back(changes);
    frozen.publish = is_root;
    if (!is_root) chain_.FillIn(frozen.base);
  }
  if (is_root || !frozen.segments.empty()) {
    auto outcome = std::make_shared<WriteOutcome>();
    frozen.outcome = outcome;
    flights_.push_back({.version = changes->version,
                        .is_root = is_root,
                        .segment = changes,
                        .outcome = std::move(outcome)});
  }
  if (due && !whole) StartMaterialization(epoch);
  UpdateFrozen();
  ReportSize();
  return frozen;
}

bool StateTable::MaterializationDue(const ChangeSegment& changes) const {
  // Before a root is written its tables must not run ahead of what it holds.
  if (!chain_.rooted() || materialization_ != nullptr) return false;
  return needs_room_ || (!changes.empty() && chain_.length() >= due_length_);
}

bool StateTable::IsSmall() const {
  return bytes() <= spill_->context().task.small_table_bytes && !spill_->is_open() && !needs_room_;
}

// Whether changes were written twice as often as there are entries since the last time. Then tables
// would hold most entries too, at several times the cost, and to write all of them adds at most
// half to what the changes took.
bool StateTable::ChangesFast() const {
  const double whole_bytes = bytes_per_change_ * static_cast<double>(ram_.entries());
  return static_cast<double>(chain_.delta_bytes()) >= 2 * whole_bytes && bytes_per_change_ > 0 &&
         !spill_->is_open() && !needs_room_ && !memory_.IsShort();
}

void StateTable::StartMaterialization(Epoch epoch) {
  AgingEntries aging = ram_.StartAging();
  if (aging.slices.empty() && !spill_->is_open()) return;  // Nothing was ever made.
  materialization_ = std::make_shared<Materialization>();
  materialization_->epoch = epoch;
  materialization_->version = aging.version;
  materialization_->whole = ChangesFast();
  const TaskStateOptions& task = spill_->context().task;
  task.materializations->Post(
      *task.io, [spill = spill_, aging = std::move(aging), epoch, result = materialization_] {
        result->files =
            result->whole ? spill->WriteWhole(aging, epoch) : spill->Materialize(aging, epoch);
        result->done.store(true, std::memory_order_release);
      });
}

void StateTable::Poll() {
  if (materialization_ != nullptr) PollMaterialization();
  PollFlights();
  UpdateFrozen();
}

void StateTable::PollMaterialization() {
  if (!materialization_->done.load(std::memory_order_acquire)) return;
  const std::shared_ptr<Materialization> done = std::exchange(materialization_, nullptr);
  const size_t every = static_cast<size_t>(spill_->context().task.materialize_every);
  if (!done->files.ok()) {
    ram_.AbandonAging();
    // What is in RAM and in the deltas is all there is, as before.
    LOG_WARNING("cannot materialise keyed state; it stays in RAM and in deltas",
                {{"operator", state_id()},
                 {"epoch", done->epoch.value()},
                 {"error", done->files.status()}});
    due_length_ = chain_.length() + every;
    return;
  }
  if (done->whole) {
    ram_.AbandonAging();
    chain_.OnRoot(done->version, {}, *std::move(done->files));
  } else {
    ram_.FinishAging();
    chain_.OnTables(done->version, *std::move(done->files));
  }
  confirmed_ = std::max(confirmed_, done->version);
  due_length_ = every;
  needs_room_ = false;
}

void StateTable::PollFlights() {
  bool pending = false;
  for (const Flight& flight : flights_) {
    const WriteOutcome::State state = flight.outcome->state();
    if (state == WriteOutcome::State::kWritten) OnWritten(flight);
    pending = pending || (state == WriteOutcome::State::kPending && flight.version > confirmed_);
  }
  // Those still under way hold all that was lost before them: their outcome decides.
  if (!pending) {
    for (const Flight& flight : flights_) {
      if (flight.version > confirmed_) ram_.ChangeAgain(*flight.segment);
    }
    confirmed_ = ram_.version() - 1;
  }
  std::erase_if(flights_, [&](const Flight& flight) {
    return flight.version <= confirmed_ && flight.outcome->state() != WriteOutcome::State::kPending;
  });
}

void StateTable::OnWritten(const Flight& flight) {
  const WriteOutcome::Files& files = flight.outcome->files();
  if (flight.is_root) {
    std::vector<FileRef> sections;
    if (files.section.has_value()) sections.push_back(*files.section);
    chain_.OnRoot(flight.version, files.tables, std::move(sections));
  } else if (files.section.has_value()) {
    chain_.OnSection(flight.version, *files.section);
  }
  confirmed_ = std::max(confirmed_, flight.version);
  if (files.entries > 0) {
    tail_bytes_per_entry_ =
        static_cast<double>(files.tail_bytes) / static_cast<double>(files.entries);
    bytes_per_change_ =
        static_cast<double>(files.section->bytes) / static_cast<double>(files.entries);
  }
}

// What is still being read elsewhere must not be written to.
void StateTable::UpdateFrozen() {
  StateVersion frozen_through = materialization_ != nullptr ? materialization_->version : 0;
  if (!flights_.empty()) frozen_through = std::max(frozen_through, flights_.back().version);
  ram_.SetFrozenThrough(frozen_through);
}

void StateTable::MakeRoom() {
  const bool is_short = memory_.IsShort();
  // While memory was plentiful nothing was kept ready to be evicted.
  if (is_short && !was_short_ && !IsSmall() && ram_.evictable_bytes() < bytes() / 4) {
    needs_room_ = true;
  }
  was_short_ = is_short;
  ram_.Separate(is_short);
  if (open_cursors_ > 0) return;
  const int64_t excess = memory_.Excess(bytes());
  if (excess > 0) {
    // Entries that are not materialised cannot go: they are at the next barrier.
    if (ram_.evictable_bytes() < excess) needs_room_ = true;
    spilled_counter_->Add(static_cast<double>(ram_.Evict(std::min(excess, kMostEvictedBytes))));
    absent_.clear();
  }
  ram_.CleanChunk();
}

absl::StatusOr<Progress> StateTable::FetchMissing(absl::Span<const StateKey> keys) {
  std::shared_ptr<Fetch> fetch;
  for (const StateKey& key : keys) {
    const StateSlice* const slice = ram_.FindSlice(key.state_namespace);
    if (slice == nullptr || !slice->spilled || ram_.Contains(key)) continue;
    std::string spill_key = SpillKey(key);
    if (absent_.contains(spill_key)) continue;
    if (fetch == nullptr) fetch = std::make_shared<Fetch>();
    fetch->keys.push_back({key.state_namespace, key.hash, std::string(key.key)});
    fetch->spill_keys.push_back(std::move(spill_key));
  }
  if (fetch == nullptr) return Progress::kDone;
  fetch_ = fetch;
  const TaskStateOptions& task = spill_->context().task;
  task.io->Post([fetch = std::move(fetch), spill = spill_, wake = task.wake] {
    fetch->values = spill->Get(fetch->spill_keys);
    fetch->done.store(true, std::memory_order_release);
    wake();
  });
  return Progress::kBlockedIo;
}

absl::Status StateTable::TakeUp(Fetch& fetch) {
  RETURN_IF_ERROR(fetch.values.status());
  absent_.clear();
  for (size_t i = 0; i < fetch.keys.size(); ++i) {
    const StateKey key{.state_namespace = fetch.keys[i].state_namespace,
                       .key = fetch.keys[i].key,
                       .hash = fetch.keys[i].hash};
    const StateSlice* const slice = ram_.FindSlice(key.state_namespace);
    if (slice == nullptr || ram_.Contains(key)) continue;  // A batch may name a key twice.
    const std::optional<std::string>& bytes = (*fetch.values)[i];
    SpillFormat::Value value;
    if (bytes.has_value()) {
      ASSIGN_OR_RETURN(value, spill_->format().ParseValue(*bytes));
    }
    if (value.version > ram_.aged_through()) {
      return absl::DataLossError(
          absl::StrCat(state_id(), ": a spilled entry is newer than the state it belongs to"));
    }
    if (!bytes.has_value() || value.version < slice->born) {
      absent_.insert(std::move(fetch.spill_keys[i]));
      continue;
    }
    Entry* const entry = ram_.InsertSpilled(key, value.version);
    std::memcpy(layout_.fixed(entry), value.fixed, layout_.value_bytes());
    if (layout_.has_tail()) layout_.tail(entry)->assign(value.tail);
  }
  return absl::OkStatus();
}

std::string StateTable::SpillKey(const StateKey& key) const {
  const KeyGroup group = KeyGroupOfHash(key.hash, spill_->context().task.max_parallelism);
  std::string bytes = spill_->format().Prefix(group.value(), key.state_namespace);
  bytes.append(key.key);
  return bytes;
}

void StateTable::SetTailBytes(int64_t bytes) {
  memory_.Charge(bytes - tail_bytes_);
  tail_bytes_ = bytes;
}

void StateTable::ReportSize() {
  SetTailBytes(static_cast<int64_t>(tail_bytes_per_entry_ * static_cast<double>(ram_.entries())));
  entries_gauge_->Set(static_cast<double>(ram_.entries()));
  bytes_gauge_->Set(static_cast<double>(bytes()));
  ReportSpill();
}

// What the io executor saw when it last wrote: asking the store here could hold a barrier up.
void StateTable::ReportSpill() {
  const std::optional<SpillFigures> figures = spill_->figures();
  if (!figures.has_value()) return;
  if (table_bytes_gauge_ == nullptr) {
    MetricScope& metrics = *spill_->context().task.metrics;
    const auto bytes = [&](const char* kind) {
      return metrics.GetGauge("millrace_rocksdb_bytes", {{"operator", state_id()}, {"kind", kind}});
    };
    table_bytes_gauge_ = bytes("sst");
    pending_compaction_gauge_ = bytes("pending_compaction");
    write_stopped_gauge_ =
        metrics.GetGauge("millrace_rocksdb_write_stopped", {{"operator", state_id()}});
  }
  table_bytes_gauge_->Set(static_cast<double>(figures->table_bytes));
  pending_compaction_gauge_->Set(static_cast<double>(figures->pending_compaction_bytes));
  write_stopped_gauge_->Set(figures->write_stopped ? 1 : 0);
}

}  // namespace millrace
