#include "coordinator/store/rocksdb_store.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

// Keys of users live behind a prefix, so that none can meet the store's own.
constexpr char kTermKey[] = "meta/term";
constexpr char kUserPrefix[] = "data/";

std::string UserKey(const std::string& key) { return absl::StrCat(kUserPrefix, key); }

// A stored value is its version, 8 bytes little-endian, and the user's bytes.
std::string Pack(const StoredValue& value) {
  std::string packed(sizeof(int64_t), '\0');
  std::memcpy(packed.data(), &value.version, sizeof(int64_t));
  return packed + value.bytes;
}

absl::StatusOr<StoredValue> Unpack(const std::string& key, const rocksdb::Slice& packed) {
  StoredValue value;
  if (packed.size() < sizeof(int64_t)) {
    return absl::DataLossError(absl::StrCat("metadata store: the value of ", key, " is cut short"));
  }
  std::memcpy(&value.version, packed.data(), sizeof(int64_t));
  value.bytes.assign(packed.data() + sizeof(int64_t), packed.size() - sizeof(int64_t));
  return value;
}

absl::Status Failed(const std::string& what, const rocksdb::Status& status) {
  const std::string message =
      absl::StrCat("metadata store: cannot ", what, ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  return absl::UnavailableError(message);
}

class RocksDbStore final : public MetadataStore {
 public:
  explicit RocksDbStore(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {
    durable_.sync = true;
  }

  absl::Status TakeTerm() {
    absl::MutexLock lock(&mutex_);
    ASSIGN_OR_RETURN(const std::optional<StoredValue> last, Read(kTermKey));
    term_ = Term(last.has_value() ? last->version + 1 : 1);
    const auto status = db_->Put(durable_, kTermKey, Pack({.bytes = "", .version = term_.value()}));
    return status.ok() ? absl::OkStatus() : Failed("take the next term", status);
  }

  absl::Status ReadTerm() {
    ASSIGN_OR_RETURN(const std::optional<StoredValue> last, Read(kTermKey));
    term_ = Term(last.has_value() ? last->version : 0);
    return absl::OkStatus();
  }

  Term term() const override { return term_; }

  absl::StatusOr<std::optional<StoredValue>> Get(const std::string& key) override {
    return Read(UserKey(key));
  }

  absl::StatusOr<std::vector<StoredEntry>> List(const std::string& prefix) override {
    const std::string first = UserKey(prefix);
    std::vector<StoredEntry> entries;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
    for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next()) {
      std::string key = it->key().ToString().substr(sizeof(kUserPrefix) - 1);
      ASSIGN_OR_RETURN(StoredValue value, Unpack(key, it->value()));
      entries.push_back({.key = std::move(key), .value = std::move(value)});
    }
    if (!it->status().ok()) return Failed(absl::StrCat("list ", prefix), it->status());
    return entries;
  }

  absl::StatusOr<int64_t> Put(const std::string& key, int64_t expected,
                              std::string bytes) override {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(CheckVersion(key, expected));
    const StoredValue value{.bytes = std::move(bytes), .version = expected + 1};
    const rocksdb::Status status = db_->Put(durable_, UserKey(key), Pack(value));
    if (!status.ok()) return Failed(absl::StrCat("write ", key), status);
    return value.version;
  }

  absl::Status Delete(const std::string& key, int64_t expected) override {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(CheckVersion(key, expected));
    const rocksdb::Status status = db_->Delete(durable_, UserKey(key));
    return status.ok() ? absl::OkStatus() : Failed(absl::StrCat("delete ", key), status);
  }

 private:
  absl::StatusOr<std::optional<StoredValue>> Read(const std::string& raw_key) {
    std::string packed;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), raw_key, &packed);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return Failed(absl::StrCat("read ", raw_key), status);
    ASSIGN_OR_RETURN(StoredValue value, Unpack(raw_key, packed));
    return value;
  }

  absl::Status CheckVersion(const std::string& key, int64_t expected)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ASSIGN_OR_RETURN(const std::optional<StoredValue> found, Read(UserKey(key)));
    const int64_t version = found.has_value() ? found->version : kAbsent;
    if (version == expected) return absl::OkStatus();
    return absl::AbortedError(
        absl::StrCat("metadata store: ", key, " is at version ", version, ", not ", expected));
  }

  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions durable_;
  absl::Mutex mutex_;  // Makes a comparison and the change after it one step.
  Term term_;
};

rocksdb::Options SmallDatabase() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // A few kilobytes in all: everything that would cost memory or threads is at its least.
  options.write_buffer_size = 1 << 20;
  options.max_open_files = 64;
  options.keep_log_file_num = 2;
  options.max_background_jobs = 1;
  options.max_total_wal_size = 4 << 20;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenRocksDbStore(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("metadata store: cannot make the folder ", folder, ": ", error.message()));
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(SmallDatabase(), folder, &db);
  if (!status.ok()) {
    const std::string reason = status.ToString();
    if (absl::StrContains(reason, "lock")) {
      return absl::FailedPreconditionError(
          absl::StrCat("another coordinator is using the metadata folder ", folder,
                       ": stop it, or give this one a folder of its own (", reason, ")"));
    }
    return Failed(absl::StrCat("open ", folder), status);
  }
  auto store = std::make_unique<RocksDbStore>(std::unique_ptr<rocksdb::DB>(db));
  RETURN_IF_ERROR(store->TakeTerm());
  return store;
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenRocksDbStoreForReading(
    const std::string& folder) {
  // RocksDB would make the folder.
  if (std::error_code error; !std::filesystem::exists(folder + "/CURRENT", error)) {
    return absl::NotFoundError(absl::StrCat("metadata store: there is none in ", folder));
  }
  rocksdb::Options options = SmallDatabase();
  options.create_if_missing = false;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, folder, &db);
  if (!status.ok()) return Failed(absl::StrCat("read ", folder), status);
  auto store = std::make_unique<RocksDbStore>(std::unique_ptr<rocksdb::DB>(db));
  RETURN_IF_ERROR(store->ReadTerm());
  return store;
}

}  // namespace millrace
