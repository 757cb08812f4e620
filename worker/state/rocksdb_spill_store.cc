#include "worker/state/rocksdb_spill_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

// Large enough that a table costs little beside its data, small enough to be copied in steps.
constexpr uint64_t kTableBytes = 64 << 20;
constexpr int kBloomBitsPerKey = 10;
// Compressed at once: larger ones take less time to write and less room, but more time to read.
constexpr size_t kBlockBytes = 16 << 10;

rocksdb::Slice Slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view View(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status Failed(std::string_view what, const std::string& dir, const rocksdb::Status& status) {
  const std::string message = absl::StrCat(std::string(what), " in ", dir, ": ", status.ToString());
  if (status.IsNoSpace()) {
    return absl::ResourceExhaustedError(
        absl::StrCat(message, ". Free space there, or configure data_dir on another disk"));
  }
  if (status.IsCorruption()) return absl::DataLossError(message);
  return absl::UnavailableError(message);
}

std::string TablePathIn(const std::string& dir, int64_t number) {
  return absl::StrFormat("%s/%06d.sst", dir, number);
}

class LivenessFilter final : public rocksdb::CompactionFilter {
 public:
  explicit LivenessFilter(SpillFilter is_live) : is_live_(std::move(is_live)) {}
  const char* Name() const override { return "millrace.liveness"; }
  bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& value,
              std::string* /*new_value*/, bool* /*value_changed*/) const override {
    return !is_live_(View(key), View(value));
  }

 private:
  const SpillFilter is_live_;
};

class LivenessFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit LivenessFilterFactory(std::function<SpillFilter()> new_filter)
      : new_filter_(std::move(new_filter)) {}
  const char* Name() const override { return "millrace.liveness"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& /*context*/) override {
    return std::make_unique<LivenessFilter>(new_filter_());
  }

 private:
  const std::function<SpillFilter()> new_filter_;
};

class RocksDbIterator final : public SpillIterator {
 public:
  RocksDbIterator(const std::string& dir, std::unique_ptr<rocksdb::Iterator> it)
      : dir_(dir), it_(std::move(it)) {}
  void Seek(std::string_view key) override { it_->Seek(Slice(key)); }
  bool Valid() const override { return it_->Valid(); }
  void Next() override { it_->Next(); }
  std::string_view key() const override { return View(it_->key()); }
  std::string_view value() const override { return View(it_->value()); }
  absl::Status status() const override {
    return it_->status().ok() ? absl::OkStatus() : Failed("cannot read state", dir_, it_->status());
  }

 private:
  const std::string dir_;
  const std::unique_ptr<rocksdb::Iterator> it_;
};

// Writes table files beside the database and hands them over at the end.
class RocksDbBatch final : public SpillBatch {
 public:
  RocksDbBatch(rocksdb::DB& db, std::string dir, FileSystem& files)
      : db_(db), dir_(std::move(dir)), files_(files) {}

  ~RocksDbBatch() override {
    if (committed_) return;
    writer_.reset();
    for (const std::string& path : paths_) files_.Remove(path).IgnoreError();
  }

  absl::Status Put(std::string_view key, std::string_view value) override {
    if (writer_ != nullptr && writer_->FileSize() >= kTableBytes) RETURN_IF_ERROR(FinishTable());
    if (writer_ == nullptr) RETURN_IF_ERROR(BeginTable());
    const rocksdb::Status put = writer_->Put(Slice(key), Slice(value));
    return put.ok() ? absl::OkStatus() : Failed("cannot write a table of state", dir_, put);
  }

  absl::Status Commit() override {
    if (writer_ != nullptr) RETURN_IF_ERROR(FinishTable());
    if (paths_.empty()) return absl::OkStatus();
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    // The file may be linked into the checkpoint folder: it must not change any more.
    options.write_global_seqno = false;
    const rocksdb::Status ingested = db_.IngestExternalFile(paths_, options);
    if (!ingested.ok()) return Failed("cannot take up a table of state", dir_, ingested);
    committed_ = true;
    return absl::OkStatus();
  }

 private:
  absl::Status BeginTable() {
    // Names that are no numbers are not the database's own.
    static std::atomic<uint64_t> counter = 0;
    paths_.push_back(absl::StrCat(dir_, "/new-", ++counter, ".sst"));
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), db_.GetOptions());
    const rocksdb::Status opened = writer_->Open(paths_.back());
    return opened.ok() ? absl::OkStatus() : Failed("cannot create a table of state", dir_, opened);
  }

  absl::Status FinishTable() {
    const rocksdb::Status finished = writer_->Finish();
    writer_.reset();
    return finished.ok() ? absl::OkStatus()
                         : Failed("cannot write a table of state", dir_, finished);
  }

  rocksdb::DB& db_;
  const std::string dir_;
  FileSystem& files_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> paths_;
  bool committed_ = false;
};

class RocksDbSpillStore final : public SpillStore {
 public:
  RocksDbSpillStore(std::unique_ptr<rocksdb::DB> db, std::string dir, FileSystem& files)
      : db_(std::move(db)), dir_(std::move(dir)), files_(files) {}

  absl::StatusOr<std::unique_ptr<SpillBatch>> NewBatch() override {
    return std::make_unique<RocksDbBatch>(*db_, dir_, files_);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> Get(
      const std::vector<std::string>& keys) override {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), keys.size(), slices.data(),
                  found.data(), statuses.data());
    std::vector<std::optional<std::string>> values(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return Failed("cannot read state", dir_, statuses[i]);
      values[i].emplace(found[i].data(), found[i].size());
    }
    return values;
  }

  std::unique_ptr<SpillIterator> NewIterator() override {
    return std::make_unique<RocksDbIterator>(
        dir_, std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions())));
  }

  absl::StatusOr<std::string> Snapshot(
      absl::FunctionRef<absl::Status(const SpillTable&)> keep) override {
    const rocksdb::Status disabled = db_->DisableFileDeletions();
    if (!disabled.ok()) return Failed("cannot hold the tables of state", dir_, disabled);
    absl::StatusOr<std::string> catalog = KeepLiveFiles(keep);
    const rocksdb::Status enabled = db_->EnableFileDeletions(/*force=*/false);
    if (catalog.ok() && !enabled.ok()) return Failed("cannot release tables", dir_, enabled);
    return catalog;
  }

  SpillFigures figures() const override {
    const auto property = [this](const std::string& name) {
      uint64_t value = 0;
      return db_->GetIntProperty(name, &value) ? static_cast<int64_t>(value) : 0;
    };
    using Properties = rocksdb::DB::Properties;
    return {.table_bytes = property(Properties::kTotalSstFilesSize),
            .pending_compaction_bytes = property(Properties::kEstimatePendingCompactionBytes),
            .write_stopped = property(Properties::kIsWriteStopped) != 0};
  }

 private:
  // The catalog: length and name of RocksDB's manifest file, then its bytes.
  absl::StatusOr<std::string> KeepLiveFiles(
      absl::FunctionRef<absl::Status(const SpillTable&)> keep) {
    std::vector<std::string> live;
    uint64_t manifest_bytes = 0;
    // There is nothing to flush: entries get in by ingestion only.
    const rocksdb::Status listed = db_->GetLiveFiles(live, &manifest_bytes, /*flush=*/false);
    if (!listed.ok()) return Failed("cannot list the tables of state", dir_, listed);
    std::string manifest;
    for (const std::string& file : live) {  // "/000012.sst"
      absl::string_view name = file;
      absl::ConsumePrefix(&name, "/");
      int64_t number = 0;
      if (absl::StartsWith(name, "MANIFEST-")) {
        manifest = std::string(name);
      } else if (absl::ConsumeSuffix(&name, ".sst") && absl::SimpleAtoi(name, &number)) {
        RETURN_IF_ERROR(keep({.number = number, .path = dir_ + file}));
      }
    }
    ASSIGN_OR_RETURN(const std::string bytes,
                     files_.ReadRange(absl::StrCat(dir_, "/", manifest), 0,
                                      static_cast<int64_t>(manifest_bytes)));
    char length[sizeof(uint32_t)];
    StoreLittle<uint32_t>(length, static_cast<uint32_t>(manifest.size()));
    return absl::StrCat(absl::string_view(length, sizeof(length)), manifest, bytes);
  }

  const std::unique_ptr<rocksdb::DB> db_;
  const std::string dir_;
  FileSystem& files_;
};

class RocksDbSpillStores final : public SpillStoreFactory {
 public:
  explicit RocksDbSpillStores(int64_t cache_bytes)
      : cache_(rocksdb::NewLRUCache(static_cast<size_t>(cache_bytes))),
        write_buffers_(std::make_shared<rocksdb::WriteBufferManager>(
            static_cast<size_t>(cache_bytes), cache_)) {}

  absl::StatusOr<std::unique_ptr<SpillStore>> Open(SpillStoreOptions options) override {
    RETURN_IF_ERROR(options.files->CreateDirectories(options.dir));
    if (!options.catalog.empty()) RETURN_IF_ERROR(PutInPlace(options));
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened = rocksdb::DB::Open(DatabaseOptions(options), options.dir, &db);
    if (!opened.ok()) return Failed("cannot open the spilled state", options.dir, opened);
    return std::make_unique<RocksDbSpillStore>(std::unique_ptr<rocksdb::DB>(db), options.dir,
                                               *options.files);
  }

  int64_t cache_bytes() const override { return static_cast<int64_t>(cache_->GetUsage()); }

 private:
  static absl::Status PutInPlace(const SpillStoreOptions& options) {
    const std::string& catalog = options.catalog;
    const size_t header = sizeof(uint32_t);
    const uint32_t name_bytes = catalog.size() < header ? 0 : LoadLittle<uint32_t>(catalog.data());
    if (name_bytes == 0 || catalog.size() < header + name_bytes) {
      return absl::DataLossError("the catalog of spilled state is cut short");
    }
    for (const SpillTable& table : options.tables) {
      RETURN_IF_ERROR(options.files->Link(table.path, TablePathIn(options.dir, table.number)));
    }
    const std::string manifest = catalog.substr(header, name_bytes);
    RETURN_IF_ERROR(WriteFile(*options.files, absl::StrCat(options.dir, "/", manifest),
                              std::string_view(catalog).substr(header + name_bytes)));
    return WriteFile(*options.files, absl::StrCat(options.dir, "/CURRENT"),
                     absl::StrCat(manifest, "\n"));
  }

  rocksdb::Options DatabaseOptions(const SpillStoreOptions& store) const {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache_;
    table.block_size = kBlockBytes;
    table.cache_index_and_filter_blocks = true;  // Else they would not count against the cache.
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = rocksdb::kLZ4Compression;
    options.write_buffer_manager = write_buffers_;
    options.level_compaction_dynamic_level_bytes = true;
    options.target_file_size_base = kTableBytes;
    if (store.new_filter) {
      options.compaction_filter_factory = std::make_shared<LivenessFilterFactory>(store.new_filter);
    }
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 1;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
  }

  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
};

}  // namespace

std::unique_ptr<SpillStoreFactory> NewRocksDbSpillStores(int64_t cache_bytes) {
  return std::make_unique<RocksDbSpillStores>(cache_bytes);
}

absl::Status VerifyRocksDbTable(const std::string& path) {
  rocksdb::SstFileReader reader{rocksdb::Options()};
  rocksdb::Status status = reader.Open(path);
  if (status.ok()) status = reader.VerifyChecksum();
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat("RocksDB cannot read it: ", status.ToString());
  return status.IsIOError() ? absl::UnavailableError(message) : absl::DataLossError(message);
}

}  // namespace millrace
