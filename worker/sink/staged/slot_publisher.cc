#include "worker/sink/staged/slot_publisher.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"
#include "common/log/log.h"
#include "common/log/log_scope.h"
#include "common/log/log_scope.h"
#include "worker/sink/staged/segment_reader.h"

namespace millrace {
namespace {

// How long the slot's thread sleeps when the core has nothing planned.
constexpr absl::Duration kLongestSleep = absl::Seconds(10);

}  // namespace

class SlotPublisher::Shared {
 public:
  Shared(Options options, std::unique_ptr<TransactionalOutput> output)
      : options_(std::move(options)),
        output_(std::move(output)),
        core_(options_.slot, options_.start) {}

  // The slot's thread.
  void Run();
  void Stop();

  template <typename Change>
  void Tell(const Change& change) {
    absl::MutexLock lock(&mutex_);
    change(core_);
    news_ = true;
  }
  template <typename Question>
  auto Ask(const Question& question) const {
    absl::MutexLock lock(&mutex_);
    return question(core_);
  }
  absl::Status WaitUntilSettled(absl::Duration timeout);

 private:
  std::optional<SlotAction> WaitForWork();
  void Do(const FenceSlot& action);
  void Do(const ReadSlotMarker& action);
  void Do(const PublishSegments& action);
  absl::Status Read(const PublishSegments& action,
                    const std::function<absl::Status(const StagedRecord&)>& take);
  void LogTrouble() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Duration Now() const { return options_.clock->Monotonic(); }

  const Options options_;
  const std::unique_ptr<TransactionalOutput> output_;

  mutable absl::Mutex mutex_;
  SlotCore core_ ABSL_GUARDED_BY(mutex_);
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::string logged_trouble_ ABSL_GUARDED_BY(mutex_);
};

std::optional<SlotAction> SlotPublisher::Shared::WaitForWork() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    news_ = false;
    std::optional<SlotAction> action = core_.Next(Now());
    if (action.has_value()) return action;
    const auto awake = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return news_ || stopping_; };
    const absl::Duration sleep =
        std::clamp(core_.wake_at() - Now(), absl::ZeroDuration(), kLongestSleep);
    mutex_.AwaitWithTimeout(absl::Condition(&awake), sleep);
  }
  return std::nullopt;
}

void SlotPublisher::Shared::Run() {
  while (const std::optional<SlotAction> action = WaitForWork()) {
    std::visit([this](const auto& each) { Do(each); }, *action);
    options_.on_news();
  }
}

void SlotPublisher::Shared::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  output_->Stop();
}

void SlotPublisher::Shared::Do(const FenceSlot& action) {
  const absl::Status fenced = output_->Fence();
  absl::MutexLock lock(&mutex_);
  core_.OnFenced(fenced, Now());
  LogTrouble();
}

void SlotPublisher::Shared::Do(const ReadSlotMarker& action) {
  const absl::StatusOr<std::optional<Marker>> marker = output_->ReadMarker();
  absl::MutexLock lock(&mutex_);
  core_.OnMarker(marker, Now());
  LogTrouble();
}

void SlotPublisher::Shared::Do(const PublishSegments& action) {
  const PublishResult result = output_->Publish(
      [this, &action](const std::function<absl::Status(const StagedRecord&)>& take) {
        return Read(action, take);
      },
      action.marker);
  absl::MutexLock lock(&mutex_);
  core_.OnPublished(result.outcome, result.error, Now());
  LogTrouble();
}

absl::Status SlotPublisher::Shared::Read(
    const PublishSegments& action, const std::function<absl::Status(const StagedRecord&)>& take) {
  for (const SegmentRef& segment : action.segments) {
    const absl::StatusOr<SegmentFooter> footer =
        ReadSegment(*options_.files, options_.checkpoint_folder, segment, options_.start.slot,
                    options_.target, take);
    if (!footer.ok()) return footer.status();
    if (footer->epoch != segment.epoch || footer->records != segment.records) {
      return absl::DataLossError(absl::StrCat("the segment ", segment.file.path, " holds ",
                                              footer->records, " rows of epoch ",
                                              footer->epoch.value(), ", the checkpoint says ",
                                              segment.records, " of ", segment.epoch.value()));
    }
  }
  return absl::OkStatus();
}

// Once when it comes and once when it goes: an outage may last for days.
void SlotPublisher::Shared::LogTrouble() {
  const std::string& trouble = core_.trouble();
  if (stopping_) return;
  if (trouble.empty() == logged_trouble_.empty()) return;
  if (trouble.empty()) {
    LOG_INFO("rows can be published again", {{"slot", options_.start.slot}});
  } else {
    LOG_WARNING("rows wait to be published; nothing is lost",
                {{"slot", options_.start.slot}, {"reason", trouble}});
  }
  logged_trouble_ = trouble;
}

absl::Status SlotPublisher::Shared::WaitUntilSettled(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !core_.stopped().ok() || (core_.settled() && core_.idle());
  };
  if (mutex_.AwaitWithTimeout(absl::Condition(&over), timeout)) return core_.stopped();
  return absl::UnavailableError(
      absl::StrCat("what the checkpoint has not published of ", options_.start.slot,
                   " is not settled within ", absl::FormatDuration(timeout),
                   core_.trouble().empty() ? "" : absl::StrCat(": ", core_.trouble())));
}

SlotPublisher::SlotPublisher(Options options, std::unique_ptr<TransactionalOutput> output)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(output))),
      thread_(CarryLogScope(NewThreadPool("slot", 1))) {
  thread_->Post([shared = shared_, log_fields = LogScope::Current()] {
    const LogScope log_scope(log_fields);
    shared->Run();
  });
}

SlotPublisher::~SlotPublisher() { shared_->Stop(); }

void SlotPublisher::OnSealed(SegmentRef segment) {
  shared_->Tell([&](SlotCore& core) { core.OnSealed(std::move(segment)); });
}

void SlotPublisher::OnDurable(Epoch epoch, Term term) {
  shared_->Tell([&](SlotCore& core) { core.OnDurable(epoch, term); });
}

absl::Status SlotPublisher::status() const {
  return shared_->Ask([](const SlotCore& core) { return core.stopped(); });
}

bool SlotPublisher::accepts() const {
  return shared_->Ask([](const SlotCore& core) { return core.accepts(); });
}

bool SlotPublisher::idle() const {
  return shared_->Ask([](const SlotCore& core) { return core.settled() && core.idle(); });
}

Epoch SlotPublisher::published_through() const {
  return shared_->Ask([](const SlotCore& core) { return core.published_through(); });
}

std::vector<SegmentRef> SlotPublisher::unpublished() const {
  return shared_->Ask([](const SlotCore& core) {
    return std::vector<SegmentRef>(core.unpublished().begin(), core.unpublished().end());
  });
}

absl::Status SlotPublisher::WaitUntilSettled(absl::Duration timeout) {
  return shared_->WaitUntilSettled(timeout);
}

}  // namespace millrace
