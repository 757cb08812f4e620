#include "worker/sink/blackhole/blackhole_sink.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/plan/option_reader.h"
#include "worker/sink/blackhole/row_checksum.h"

namespace millrace {
namespace {

constexpr char kChecksumState[] = "blackhole.checksum";
constexpr size_t kStateBytes = 2 * sizeof(uint64_t);

class BlackholeSink final : public Sink {
 public:
  BlackholeSink(const TableDescription& table, bool checksum)
      : table_(table.name), has_checksum_(checksum), checksum_(table.schema) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    task_ = context.task.index;
    if (!has_checksum_ || restored == nullptr) return absl::OkStatus();
    // Sums are added up in the end: which task goes on with whose does not matter.
    const std::vector<std::string> before = restored->Get(kChecksumState);
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i].size() != kStateBytes) {
        return absl::DataLossError("the checksum of a blackhole in the checkpoint is damaged");
      }
      if (static_cast<int32_t>(i % context.parallelism) != task_) continue;
      checksum_.Merge(static_cast<int64_t>(LoadLittle<uint64_t>(before[i].data())),
                      LoadLittle<uint64_t>(before[i].data() + sizeof(uint64_t)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    if (has_checksum_) checksum_.Add(batch);
    return Progress::kDone;
  }

  absl::Status Seal(Epoch epoch) override {
    sealed_.assign(kStateBytes, '\0');
    StoreLittle<uint64_t>(sealed_.data(), static_cast<uint64_t>(checksum_.rows()));
    StoreLittle<uint64_t>(sealed_.data() + sizeof(uint64_t), checksum_.sum());
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Flushed(Epoch epoch) override { return true; }
  void Snapshot(StateWriter& state) const override {
    if (has_checksum_) state.Put(kChecksumState, sealed_);
  }
  absl::Status OnDurable(Epoch epoch, Term term) override { return absl::OkStatus(); }

  absl::Status Close() override {
    if (has_checksum_) {
      LOG_INFO("blackhole",
               {{"table", table_},
                {"rows", checksum_.rows()},
                {"checksum", absl::StrCat(absl::Hex(checksum_.sum(), absl::kZeroPad16))}});
    }
    return absl::OkStatus();
  }

 private:
  const std::string table_;
  const bool has_checksum_;
  RowChecksum checksum_;
  int32_t task_ = 0;
  std::string sealed_;  // As state, of the last seal.
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> NewBlackholeSink(const SinkSpec& spec) {
  ASSIGN_OR_RETURN(const bool checksum, OptionReader(spec.table).Boolean("checksum", false));
  return std::make_unique<BlackholeSink>(spec.table, checksum);
}

}  // namespace millrace
