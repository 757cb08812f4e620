#include "worker/state/table_spill.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/plan/key_groups.h"
#include "worker/state/checkpoint_files.h"
#include "worker/state/spill_order.h"
#include "worker/state/table_list.h"
#include "worker/state/whole_table.h"

namespace millrace {
namespace {

// Far enough ahead that an entry has come from memory when its turn comes.
constexpr size_t kWarmAhead = 16;

absl::Status InFile(const KeyedStateSnapshot& snapshot, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(snapshot.snapshot.front().path, ": ", status.message()));
}

}  // namespace

TableSpill::TableSpill(StateTableContext context)
    : context_(std::move(context)), format_(context_.table) {}

bool TableSpill::is_open() const { return store() != nullptr; }

SpillStore* TableSpill::store() const {
  absl::MutexLock lock(&mutex_);
  return store_.get();
}

absl::StatusOr<SpillStore*> TableSpill::OpenStore(SpillStoreOptions options) {
  options.dir = context_.dir;
  options.files = context_.task.files;
  options.new_filter = [this] { return NewFilter(); };
  ASSIGN_OR_RETURN(std::unique_ptr<SpillStore> opened,
                   context_.task.spill->Open(std::move(options)));
  absl::MutexLock lock(&mutex_);
  CHECK(store_ == nullptr);
  store_ = std::move(opened);
  return store_.get();
}

void TableSpill::Measure() {
  const SpillStore* const open = store();
  if (open == nullptr) return;
  const SpillFigures figures = open->figures();
  absl::MutexLock lock(&mutex_);
  figures_ = figures;
}

std::optional<SpillFigures> TableSpill::figures() const {
  absl::MutexLock lock(&mutex_);
  return figures_;
}

void TableSpill::SetLive(const std::vector<LiveNamespace>& live) {
  auto by_namespace = std::make_shared<Live>();
  for (const LiveNamespace& each : live) by_namespace->emplace(each.state_namespace, each.born);
  absl::MutexLock lock(&mutex_);
  live_ = std::move(by_namespace);
}

SpillFilter TableSpill::NewFilter() const {
  std::shared_ptr<const Live> live;
  {
    absl::MutexLock lock(&mutex_);
    live = live_;
  }
  return [this, live = std::move(live)](std::string_view key_bytes, std::string_view value_bytes) {
    const std::optional<SpillFormat::Key> key = format_.ParseKey(key_bytes);
    if (!key.has_value()) return true;  // The directory.
    if (!context_.task.key_groups.Contains(KeyGroup(key->key_group))) return false;
    if (live == nullptr) return true;
    const auto found = live->find(key->state_namespace);
    if (found == live->end()) return false;
    const absl::StatusOr<SpillFormat::Value> value = format_.ParseValue(value_bytes);
    // Who reads it shall find what is damaged.
    return !value.ok() || value->version >= found->second;
  };
}

absl::StatusOr<std::vector<FileRef>> TableSpill::WriteWhole(const AgingEntries& entries,
                                                            Epoch epoch) {
  const std::string path = WholePath(OriginOf(epoch), context_.task.task, ++*context_.table_files);
  return millrace::WriteWhole(entries, context_, path, abandoned_);
}

absl::StatusOr<std::vector<FileRef>> TableSpill::Materialize(const AgingEntries& entries,
                                                             Epoch epoch) {
  absl::MutexLock lock(&write_mutex_);
  if (!is_open()) RETURN_IF_ERROR(OpenStore({}).status());
  // Before the entries are visible: what an earlier namespace of the same number left has died.
  SetLive(entries.live);
  RETURN_IF_ERROR(Write(entries));
  return PublishLocked(epoch);
}

absl::Status TableSpill::Write(const AgingEntries& entries) {
  const EntryLayout layout(context_.table.value_bytes, context_.table.has_tail);
  ASSIGN_OR_RETURN(const std::unique_ptr<SpillBatch> batch, store()->NewBatch());
  const HugeVector<OrderedEntry> ordered =
      InSpillOrder(entries, layout, context_.task.max_parallelism);
  std::string prefix;
  std::string key;
  std::string value;
  for (size_t i = 0; i < ordered.size(); ++i) {
    if (abandoned_) return absl::CancelledError("the task has ended");
    if (i + kWarmAhead < ordered.size()) layout.Warm(ordered[i + kWarmAhead].entry);
    const OrderedEntry& each = ordered[i];
    if (i == 0 || each.place != ordered[i - 1].place) {
      prefix = format_.Prefix(each.key_group(), entries.slices[each.slice()].state_namespace);
    }
    key.assign(prefix);
    key.append(layout.key(each.entry));
    format_.MakeValue(each.entry->version, layout.fixed(each.entry),
                      layout.has_tail() ? std::string_view(*layout.tail(each.entry)) : "", value);
    RETURN_IF_ERROR(batch->Put(key, value));
  }
  RETURN_IF_ERROR(
      batch->Put(format_.DirectoryKey(),
                 format_.MakeDirectory({.version = entries.version, .live = entries.live})));
  return batch->Commit();
}

absl::StatusOr<std::vector<FileRef>> TableSpill::Publish(Epoch epoch) {
  absl::MutexLock lock(&write_mutex_);
  return PublishLocked(epoch);
}

absl::StatusOr<std::vector<FileRef>> TableSpill::PublishLocked(Epoch epoch) {
  FileSystem& files = *context_.task.files;
  RETURN_IF_ERROR(
      files.CreateDirectories(absl::StrCat(context_.task.checkpoint_dir, "/", kStateFolder)));
  TableList list;
  std::map<int64_t, FileRef> live;
  std::vector<FileRef> refs(1);  // The list comes first.
  absl::StatusOr<std::string> catalog =
      store()->Snapshot([&](const SpillTable& table) -> absl::Status {
        write_mutex_.AssertHeld();
        const auto known = published_.find(table.number);
        absl::StatusOr<FileRef> ref =
            known != published_.end() ? known->second : PublishTable(table, epoch);
        RETURN_IF_ERROR(ref.status());
        published_[table.number] = *ref;
        live[table.number] = *ref;
        list.numbers.push_back(table.number);
        refs.push_back(*std::move(ref));
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(catalog.status());
  list.catalog = *std::move(catalog);
  const std::string path =
      TableListPath(OriginOf(epoch), context_.task.task, ++*context_.table_files);
  RETURN_IF_ERROR(WriteFile(files, absl::StrCat(context_.task.checkpoint_dir, "/", path),
                            EncodeTableList(list)));
  ASSIGN_OR_RETURN(refs[0], ReferTo(files, context_.task.checkpoint_dir, path));
  published_ = std::move(live);
  return refs;
}

absl::StatusOr<FileRef> TableSpill::PublishTable(const SpillTable& table, Epoch epoch) {
  const std::string path = TablePath(OriginOf(epoch), context_.task.task, ++*context_.table_files);
  RETURN_IF_ERROR(
      context_.task.files->Link(table.path, absl::StrCat(context_.task.checkpoint_dir, "/", path)));
  return ReferTo(*context_.task.files, context_.task.checkpoint_dir, path);
}

FileOrigin TableSpill::OriginOf(Epoch epoch) const {
  return {.epoch = epoch,
          .term = context_.task.term,
          .attempt = context_.task.attempt,
          .worker = context_.task.worker};
}

absl::StatusOr<std::vector<std::optional<std::string>>> TableSpill::Get(
    const std::vector<std::string>& keys) {
  return store()->Get(keys);
}

std::unique_ptr<SpillIterator> TableSpill::NewIterator() { return store()->NewIterator(); }

// Nothing is used before all of it is known to be whole.
absl::StatusOr<SpillStoreOptions> TableSpill::Verify(const KeyedStateSnapshot& snapshot) {
  FileSystem& files = *context_.task.files;
  const std::string& dir = context_.task.checkpoint_dir;
  ASSIGN_OR_RETURN(const std::string bytes,
                   ReadSectionBytes(files, dir, snapshot.snapshot.front()));
  absl::StatusOr<TableList> list = DecodeTableList(bytes);
  if (!list.ok()) return InFile(snapshot, list.status());
  if (list->numbers.size() + 1 != snapshot.snapshot.size()) {
    return InFile(snapshot, absl::DataLossError(absl::StrCat("it lists ", list->numbers.size(),
                                                             " tables, the manifest names ",
                                                             snapshot.snapshot.size() - 1)));
  }
  SpillStoreOptions options{.files = &files, .catalog = std::move(list->catalog)};
  for (size_t i = 0; i < list->numbers.size(); ++i) {
    const FileRef& table = snapshot.snapshot[i + 1];
    RETURN_IF_ERROR(VerifyFile(files, dir, table));
    options.tables.push_back(
        {.number = list->numbers[i], .path = absl::StrCat(dir, "/", table.path)});
  }
  return options;
}

absl::StatusOr<SpillFormat::Directory> TableSpill::ReadDirectory(SpillStore& store) const {
  ASSIGN_OR_RETURN(const std::vector<std::optional<std::string>> values,
                   store.Get({format_.DirectoryKey()}));
  if (!values[0].has_value()) {
    return absl::DataLossError(
        absl::StrCat("its tables are not those of operator ", context_.table.state_id));
  }
  return format_.ParseDirectory(*values[0]);
}

absl::StatusOr<SpillFormat::Directory> TableSpill::Restore(const KeyedStateSnapshot& snapshot) {
  ASSIGN_OR_RETURN(SpillStoreOptions options, Verify(snapshot));
  {
    absl::MutexLock lock(&write_mutex_);
    for (size_t i = 0; i < options.tables.size(); ++i) {
      published_[options.tables[i].number] = snapshot.snapshot[i + 1];
    }
  }
  ASSIGN_OR_RETURN(SpillStore* const store, OpenStore(std::move(options)));
  absl::StatusOr<SpillFormat::Directory> directory = ReadDirectory(*store);
  if (!directory.ok()) return InFile(snapshot, directory.status());
  SetLive(directory->live);
  return directory;
}

absl::StatusOr<std::optional<SpillFormat::Directory>> TableSpill::RestoreFrom(
    std::vector<Source> sources) {
  std::erase_if(sources, [](const Source& source) { return source.snapshot.snapshot.empty(); });
  if (sources.empty()) return std::nullopt;
  // Their key groups are disjoint, so one after the other they are in order.
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    return a.snapshot.key_groups.begin < b.snapshot.key_groups.begin;
  });
  ASSIGN_OR_RETURN(SpillStore* const store, OpenStore({}));
  ASSIGN_OR_RETURN(const std::unique_ptr<SpillBatch> batch, store->NewBatch());
  Live live;
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string dir = absl::StrCat(context_.dir, "-from-", i);
    const absl::Status copied = CopyFrom(sources[i], dir, *batch, live);
    RETURN_IF_ERROR(context_.task.files->RemoveTree(dir));
    RETURN_IF_ERROR(copied);
  }
  SpillFormat::Directory directory{.version = 1};
  for (const auto& [state_namespace, born] : live) {
    directory.live.push_back({.state_namespace = state_namespace, .born = born});
  }
  RETURN_IF_ERROR(batch->Put(format_.DirectoryKey(), format_.MakeDirectory(directory)));
  SetLive(directory.live);
  RETURN_IF_ERROR(batch->Commit());
  return directory;
}

absl::Status TableSpill::CopyFrom(const Source& source, const std::string& dir, SpillBatch& batch,
                                  Live& live) {
  ASSIGN_OR_RETURN(SpillStoreOptions options, Verify(source.snapshot));
  options.dir = dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<SpillStore> store,
                   context_.task.spill->Open(std::move(options)));
  const absl::StatusOr<SpillFormat::Directory> directory = ReadDirectory(*store);
  if (!directory.ok()) return InFile(source.snapshot, directory.status());
  Live born;
  for (const LiveNamespace& each : directory->live) {
    if (!source.dropped.contains(each.state_namespace)) born[each.state_namespace] = each.born;
  }
  const KeyGroupRange& wanted = context_.task.key_groups;
  const int32_t begin = std::max(wanted.begin, source.snapshot.key_groups.begin);
  const int32_t end = std::min(wanted.end, source.snapshot.key_groups.end);
  const std::unique_ptr<SpillIterator> it = store->NewIterator();
  std::string copy;
  for (it->Seek(SpillFormat::GroupPrefix(static_cast<uint16_t>(begin))); it->Valid(); it->Next()) {
    const std::optional<SpillFormat::Key> key = format_.ParseKey(it->key());
    if (!key.has_value() || key->key_group >= end) break;
    ASSIGN_OR_RETURN(const SpillFormat::Value value, format_.ParseValue(it->value()));
    const auto found = born.find(key->state_namespace);
    if (found == born.end() || value.version < found->second) continue;
    // Versions of different sources cannot be compared: all begin anew.
    live.emplace(key->state_namespace, 1);
    format_.MakeValue(1, value.fixed, value.tail, copy);
    RETURN_IF_ERROR(batch.Put(it->key(), copy));
  }
  return it->status();
}

}  // namespace millrace
