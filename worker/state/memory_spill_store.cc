#include "worker/state/memory_spill_store.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

// Tables before they are merged into one.
constexpr size_t kMostTables = 4;

// Shared with iterators, which walk a version that no longer changes.
using Entries = std::map<std::string, std::string, std::less<>>;

void AppendBytes(std::string& out, const std::string& bytes) {
  char length[sizeof(uint32_t)];
  StoreLittle<uint32_t>(length, static_cast<uint32_t>(bytes.size()));
  out.append(length, sizeof(length)).append(bytes);
}

// A table: length and bytes of each key and value.
std::string Encode(const Entries& entries) {
  std::string bytes;
  for (const auto& [key, value] : entries) {
    AppendBytes(bytes, key);
    AppendBytes(bytes, value);
  }
  return bytes;
}

bool TakeBytes(std::string_view& bytes, std::string& out) {
  if (bytes.size() < sizeof(uint32_t)) return false;
  const auto length = LoadLittle<uint32_t>(bytes.data());
  bytes.remove_prefix(sizeof(uint32_t));
  if (bytes.size() < length) return false;
  out = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

absl::Status Decode(const std::string& path, std::string_view bytes, Entries& entries) {
  while (!bytes.empty()) {
    std::string key;
    std::string value;
    if (!TakeBytes(bytes, key) || !TakeBytes(bytes, value)) {
      return absl::DataLossError(absl::StrCat(path, ": the table is damaged"));
    }
    entries.insert_or_assign(std::move(key), std::move(value));
  }
  return absl::OkStatus();
}

class MapIterator final : public SpillIterator {
 public:
  explicit MapIterator(std::shared_ptr<const Entries> entries)
      : entries_(std::move(entries)), at_(entries_->begin()) {}
  void Seek(std::string_view key) override { at_ = entries_->lower_bound(key); }
  bool Valid() const override { return at_ != entries_->end(); }
  void Next() override { ++at_; }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  const std::shared_ptr<const Entries> entries_;
  Entries::const_iterator at_;
};

class MemorySpillStore final : public SpillStore {
 public:
  explicit MemorySpillStore(SpillStoreOptions options) : options_(std::move(options)) {}

  absl::Status Load() {
    if (options_.catalog.empty()) return absl::OkStatus();
    absl::MutexLock lock(&mutex_);
    if (!absl::SimpleAtoi(options_.catalog, &last_number_)) {
      return absl::DataLossError("the catalog of spilled state is damaged");
    }
    auto entries = std::make_shared<Entries>();
    for (const SpillTable& table : options_.tables) {
      tables_.push_back({.number = table.number, .path = PathOf(table.number)});
      RETURN_IF_ERROR(options_.files->Link(table.path, tables_.back().path));
      ASSIGN_OR_RETURN(const std::string bytes, options_.files->Read(tables_.back().path));
      RETURN_IF_ERROR(Decode(table.path, bytes, *entries));
    }
    entries_ = std::move(entries);
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<SpillBatch>> NewBatch() override {
    return std::make_unique<Batch>(*this);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> Get(
      const std::vector<std::string>& keys) override {
    const std::shared_ptr<const Entries> entries = Now();
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) {
      const auto found = entries->find(key);
      values.push_back(found == entries->end() ? std::nullopt : std::optional(found->second));
    }
    return values;
  }

  std::unique_ptr<SpillIterator> NewIterator() override {
    return std::make_unique<MapIterator>(Now());
  }

  absl::StatusOr<std::string> Snapshot(
      absl::FunctionRef<absl::Status(const SpillTable&)> keep) override {
    absl::MutexLock lock(&mutex_);
    for (const SpillTable& table : tables_) RETURN_IF_ERROR(keep(table));
    return absl::StrCat(last_number_);
  }

  SpillFigures figures() const override {
    absl::MutexLock lock(&mutex_);
    SpillFigures figures;
    for (const auto& [key, value] : *entries_) {
      figures.table_bytes += static_cast<int64_t>(key.size() + value.size());
    }
    return figures;
  }

 private:
  class Batch final : public SpillBatch {
   public:
    explicit Batch(MemorySpillStore& store) : store_(store) {}
    absl::Status Put(std::string_view key, std::string_view value) override {
      added_.emplace_hint(added_.end(), key, value);
      return absl::OkStatus();
    }
    absl::Status Commit() override { return store_.Add(added_); }

   private:
    MemorySpillStore& store_;
    Entries added_;
  };

  std::shared_ptr<const Entries> Now() {
    absl::MutexLock lock(&mutex_);
    return entries_;
  }

  std::string PathOf(int64_t number) const {
    return absl::StrCat(options_.dir, "/", number, ".table");
  }

  absl::Status Add(const Entries& added) {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(AddTable(added));
    auto entries = std::make_shared<Entries>(*entries_);
    for (const auto& [key, value] : added) entries->insert_or_assign(key, value);
    entries_ = std::move(entries);
    return tables_.size() > kMostTables ? Merge() : absl::OkStatus();
  }

  absl::Status Merge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto merged = std::make_shared<Entries>(*entries_);
    if (options_.new_filter) {
      const SpillFilter is_live = options_.new_filter();
      std::erase_if(*merged,
                    [&](const auto& entry) { return !is_live(entry.first, entry.second); });
    }
    const std::vector<SpillTable> before = std::exchange(tables_, {});
    const absl::Status added = AddTable(*merged);
    if (!added.ok()) {
      tables_ = before;
      return added;
    }
    entries_ = std::move(merged);
    for (const SpillTable& table : before) RETURN_IF_ERROR(options_.files->Remove(table.path));
    return absl::OkStatus();
  }

  absl::Status AddTable(const Entries& entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const SpillTable table{.number = last_number_ + 1, .path = PathOf(last_number_ + 1)};
    RETURN_IF_ERROR(WriteFile(*options_.files, table.path, Encode(entries)));
    ++last_number_;
    tables_.push_back(table);
    return absl::OkStatus();
  }

  const SpillStoreOptions options_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Entries> entries_ ABSL_GUARDED_BY(mutex_) = std::make_shared<Entries>();
  std::vector<SpillTable> tables_ ABSL_GUARDED_BY(mutex_);  // Oldest first.
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

class MemorySpillStores final : public SpillStoreFactory {
 public:
  absl::StatusOr<std::unique_ptr<SpillStore>> Open(SpillStoreOptions options) override {
    RETURN_IF_ERROR(options.files->CreateDirectories(options.dir));
    auto store = std::make_unique<MemorySpillStore>(std::move(options));
    RETURN_IF_ERROR(store->Load());
    return store;
  }

  int64_t cache_bytes() const override { return 0; }
};

}  // namespace

std::unique_ptr<SpillStoreFactory> NewMemorySpillStores() {
  return std::make_unique<MemorySpillStores>();
}

}  // namespace millrace
