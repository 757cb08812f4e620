#include "coordinator/job/job_checkpoints.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/seeded_bug.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"
#include "common/log/log.h"
#include "coordinator/checkpoint/savepoint_folder.h"
#include "coordinator/checkpoint/savepoint_restore.h"

namespace millrace {
namespace {

CheckpointOptions OptionsOf(const JobGraph& graph, const JobEnvironment& environment) {
  CheckpointOptions options;
  options.interval = absl::Milliseconds(graph.options.checkpoint_interval_ms);
  options.min_pause = std::min(options.min_pause, options.interval);
  options.timeout = absl::Milliseconds(graph.options.checkpoint_timeout_ms);
  options.retained = environment.checkpoints_retained;
  return options;
}

}  // namespace

absl::StatusOr<CheckpointHistory> LoadCheckpointHistory(MetadataStore& store,
                                                        const CheckpointCodec& codec,
                                                        const JobId& job) {
  CheckpointJournal journal(store, codec, job);
  CheckpointHistory history;
  ASSIGN_OR_RETURN(history.record, journal.Load());
  ASSIGN_OR_RETURN(history.reserved, journal.LoadReserved());
  if (SeededBug("epochs_begin_anew")) history.reserved = Epoch(0);
  return history;
}

JobCheckpoints::JobCheckpoints(const JobEnvironment& environment, Job job,
                               CheckpointHistory history, JobIo& io, JobMetrics& metrics,
                               CheckpointHost& host)
    : environment_(environment),
      job_(std::move(job)),
      io_(io),
      metrics_(metrics),
      host_(host),
      journal_(*environment.store, *environment.checkpoint_codec, job_.id),
      folder_(std::make_shared<ManifestFolder>(
          *environment.files, *environment.checkpoint_codec,
          JobCheckpointFolder(environment.checkpoint_dir, job_.id))),
      core_(OptionsOf(*job_.graph, environment), history.reserved),
      savepoints_(environment, io,
                  {.job = job_.id,
                   .checkpoints = folder_,
                   .options = {.publish_limit =
                                   absl::Milliseconds(job_.graph->options.checkpoint_timeout_ms)},
                   .ask_for_checkpoint = [this] { core_.RequestOne(); }}),
      record_(std::move(history.record)) {
  ShowRecord();
}

void JobCheckpoints::LoadRestorePoint(std::function<void(absl::StatusOr<Restored>)> done) {
  const Import import{
      .uuid = absl::StrCat(absl::Hex(environment_.random->Next(), absl::kZeroPad16)),
      .now_unix_ms = absl::ToUnixMillis(environment_.clock->Wall())};
  io_.Run([this, import] { return Load(import); },
          [this, done = std::move(done)](absl::StatusOr<LoadResult> loaded) {
            if (!loaded.ok()) {
              if (absl::IsAborted(loaded.status())) return host_.OnFencedByStore(loaded.status());
              return done(loaded.status());
            }
            record_ = std::move(loaded->record);
            ShowRecord();
            retained_ = std::move(loaded->point.retained);
            restored_ = loaded->point.manifest.has_value();
            Restored restored{.warning = std::move(loaded->point.warning)};
            if (restored_) {
              restored.manifest =
                  std::make_shared<const Manifest>(*std::move(loaded->point.manifest));
            }
            done(std::move(restored));
          });
}

absl::StatusOr<JobCheckpoints::LoadResult> JobCheckpoints::Load(const Import& import) {
  LoadResult result;
  ASSIGN_OR_RETURN(result.record, journal_.Load());
  if (result.record.retained.empty() && !job_.restore.path.empty()) {
    ASSIGN_OR_RETURN(result.record, TakeOver(import));
  }
  ASSIGN_OR_RETURN(result.point, folder_->Load(result.record.retained, *job_.graph));
  if (result.point.retained.size() == result.record.retained.size()) return result;
  // Damaged ones were passed over. They leave the chain before anything new joins it, so that the
  // next commit finds the parent that it expects.
  const Epoch latest = result.record.retained.back().epoch;
  result.record.retained.resize(result.point.retained.size());
  RETURN_IF_ERROR(journal_.Commit(latest, result.record));
  return result;
}

// Doing it again after a crash is doing it once: the record is written last.
absl::StatusOr<CheckpointRecord> JobCheckpoints::TakeOver(const Import& import) {
  FileSystem& files = *environment_.files;
  ASSIGN_OR_RETURN(const Savepoint savepoint,
                   ReadSavepoint(files, *environment_.checkpoint_codec, job_.restore.path));
  ASSIGN_OR_RETURN(Manifest manifest, FitToJob(savepoint.manifest, *job_.graph,
                                               job_.restore.allow_non_restored_state));
  manifest.job = job_.id;
  manifest.lineage = job_.lineage;
  manifest.term = environment_.store->term();
  manifest.attempt = Attempt(1);
  manifest.uuid = import.uuid;
  manifest.parent = Epoch(0);
  manifest.created_unix_ms = import.now_unix_ms;
  manifest.savepoint = false;
  RETURN_IF_ERROR(LinkCheckpointFiles(files, savepoint.folder, manifest, folder_->folder()));
  ASSIGN_OR_RETURN(const StoredManifest stored, folder_->Write(manifest));
  CheckpointRecord record{.retained = {stored.ref},
                          .completed_unix_ms = import.now_unix_ms,
                          .state_bytes = stored.state_bytes};
  RETURN_IF_ERROR(journal_.Commit(Epoch(0), record));
  return record;
}

void JobCheckpoints::Begin(const AttemptName& attempt, std::map<WorkerId, std::set<TaskId>> tasks) {
  attempt_ = attempt;
  core_.Begin({.tasks = std::move(tasks), .retained = retained_, .restored = restored_}, Now());
}

void JobCheckpoints::End() {
  core_.End();
  savepoints_.OnExecutionOver();
  metrics_.OnCheckpointOver();
}

void JobCheckpoints::Tick() {
  Carry(core_.Tick(Now()));
  savepoints_.Tick();
}

void JobCheckpoints::RequestSavepoint(const std::string& dir, JobSavepoints::Done done) {
  if (savepoints_.active()) {
    return done(absl::FailedPreconditionError(
        absl::StrCat("a savepoint of ", job_.id.value(), " is under way already")));
  }
  const Epoch wanted = core_.RequestOne();
  if (wanted == Epoch(0)) {
    return done(absl::FailedPreconditionError(absl::StrCat(
        "no savepoint was made: ", job_.id.value(), " has taken its last checkpoint")));
  }
  savepoints_.Request(wanted, dir, std::move(done));
}

void JobCheckpoints::SaveLast(const std::string& dir, JobSavepoints::Done done) {
  if (record_.retained.empty()) {
    return done(absl::FailedPreconditionError("no savepoint was made: there is no checkpoint"));
  }
  savepoints_.SaveLast(record_.retained.back(), dir, std::move(done));
}

void JobCheckpoints::RequestFinal() { Carry(core_.RequestFinal(Now())); }
void JobCheckpoints::OnAck(CheckpointAck ack) { Carry(core_.OnAck(std::move(ack), Now())); }
void JobCheckpoints::OnDecline(const WorkerId& worker, Epoch epoch, const std::string& reason) {
  Carry(core_.OnDecline(worker, epoch, reason, Now()));
}

void JobCheckpoints::Carry(const CheckpointCore::Actions& actions) {
  for (const CheckpointAction& action : actions) {
    std::visit([this](const auto& each) { CarryOne(each); }, action);
  }
}

void JobCheckpoints::CarryOne(const ReserveEpochs& action) {
  io_.Run([this, last = action.last] { return journal_.Reserve(last); },
          [this, last = action.last](const absl::Status& status) {
            if (absl::IsAborted(status)) return host_.OnFencedByStore(status);
            Carry(core_.OnEpochsReserved(status, last, Now()));
          });
}

void JobCheckpoints::CarryOne(const TriggerEpoch& action) {
  triggered_at_ = Now();
  metrics_.OnCheckpointTriggered();
  host_.Broadcast(
      TriggerCommand{.attempt = attempt_, .epoch = action.epoch, .final = action.final});
}

void JobCheckpoints::CarryOne(const AbortEpoch& action) {
  host_.Broadcast(AbortCommand{.attempt = attempt_, .epoch = action.epoch});
}

void JobCheckpoints::CarryOne(const SendDurable& action) {
  FAILPOINT("checkpoint.before_durable");
  host_.Broadcast(DurableCommand{.attempt = attempt_, .epoch = action.epoch});
  FAILPOINT("checkpoint.after_durable");
}

void JobCheckpoints::CarryOne(const StoreManifest& action) {
  Manifest manifest{.job = job_.id,
                    .lineage = job_.lineage,
                    .epoch = action.epoch,
                    .term = attempt_.term,
                    .attempt = attempt_.attempt,
                    .uuid = absl::StrCat(absl::Hex(environment_.random->Next(), absl::kZeroPad16)),
                    .parent = action.parent,
                    .created_unix_ms = absl::ToUnixMillis(environment_.clock->Wall()),
                    .graph = *job_.graph,
                    .tasks = action.tasks};
  const auto shared = std::make_shared<const Manifest>(std::move(manifest));
  storing_ = savepoints_.active() ? shared : nullptr;
  io_.Run([folder = folder_, shared] { return folder->Write(*shared); },
          [this, epoch = action.epoch](absl::StatusOr<StoredManifest> stored) {
            OnManifestStored(epoch, std::move(stored));
          });
}

void JobCheckpoints::OnManifestStored(Epoch epoch, absl::StatusOr<StoredManifest> stored) {
  if (stored.ok()) state_bytes_ = stored->state_bytes;
  Carry(core_.OnManifestStored(epoch, std::move(stored), Now()));
}

void JobCheckpoints::CarryOne(const CommitManifest& action) {
  CheckpointRecord record{.retained = action.retained,
                          .completed_unix_ms = absl::ToUnixMillis(environment_.clock->Wall()),
                          .state_bytes = state_bytes_,
                          .duration_ms = absl::ToInt64Milliseconds(Now() - triggered_at_),
                          .completed = record_.completed + 1};
  if (SeededBug("durable_before_commit")) CarryOne(SendDurable{action.epoch});
  const Epoch parent = action.retained.back().parent;
  io_.Run([this, parent, record] { return journal_.Commit(parent, record); },
          [this, epoch = action.epoch, record](const absl::Status& status) {
            OnCommitted(epoch, status, record);
          });
}

void JobCheckpoints::OnCommitted(Epoch epoch, const absl::Status& status, CheckpointRecord record) {
  if (absl::IsAborted(status)) return host_.OnFencedByStore(status);
  if (absl::IsUnknown(status)) {
    // It may be committed: no worker may be told to forget it.
    return host_.OnCheckpointsBroken(std::string(status.message()));
  }
  if (status.ok()) {
    record_ = std::move(record);
    ShowRecord();
  }
  Carry(core_.OnCommitted(epoch, status, Now()));
  const std::shared_ptr<const Manifest> committed = std::exchange(storing_, nullptr);
  if (status.ok() && committed != nullptr) savepoints_.OnCommitted(committed);
}

void JobCheckpoints::ShowRecord() {
  view_.epoch = record_.retained.empty() ? Epoch(0) : record_.retained.back().epoch;
  view_.completed_unix_ms = record_.completed_unix_ms;
  view_.duration_ms = record_.duration_ms;
  view_.bytes = record_.state_bytes;
  view_.completed = record_.completed;
}

void JobCheckpoints::CarryOne(const CollectGarbage& action) {
  GcInput input{.retained = action.retained,
                .let_go = action.let_go,
                .latest = action.latest,
                .term = attempt_.term,
                .attempt = attempt_.attempt};
  environment_.io->Post([folder = folder_, job = job_.id, input = std::move(input)] {
    const absl::StatusOr<GarbageCollected> collected = folder->Collect(input);
    if (!collected.ok()) {
      LOG_WARNING("cannot collect the garbage of checkpoints",
                  {{"job", job.value()}, {"error", collected.status()}});
    } else if (collected->failed > 0) {
      LOG_WARNING("files of old checkpoints could not be deleted",
                  {{"job", job.value()}, {"files", collected->failed}});
    }
  });
}

void JobCheckpoints::Discard() {
  io_.Run([folder = folder_] { return folder->RemoveAll(); },
          [job = job_.id](const absl::Status& status) {
            if (status.ok()) return;
            LOG_WARNING("cannot delete the checkpoints of a job that has ended",
                        {{"job", job.value()}, {"error", status}});
          });
}

void JobCheckpoints::CarryOne(const CheckpointCompleted& action) {
  metrics_.OnCheckpointOver();
  metrics_.OnCheckpointCompleted(action.duration, action.state_bytes, environment_.clock->Wall());
  view_.last_error.clear();
  LOG_DEBUG("checkpoint completed", {{"job", job_.id.value()},
                                     {"epoch", action.ref.epoch.value()},
                                     {"bytes", action.state_bytes}});
  host_.OnCheckpointNews();
}

void JobCheckpoints::CarryOne(const CheckpointFailed& action) {
  metrics_.OnCheckpointOver();
  metrics_.OnCheckpointFailed();
  savepoints_.OnCheckpointFailed(action.epoch, action.reason);
  ++view_.failed;
  view_.last_error = action.reason;
  LOG_WARNING(
      "checkpoint failed",
      {{"job", job_.id.value()}, {"epoch", action.epoch.value()}, {"reason", action.reason}});
  host_.OnCheckpointNews();
}

// The workers know it from `durable`: their tasks finish, which ends the job.
void JobCheckpoints::CarryOne(const FinalCheckpointCompleted& action) {
  LOG_INFO("last checkpoint completed",
           {{"job", job_.id.value()}, {"epoch", action.epoch.value()}});
}

void JobCheckpoints::CarryOne(const FinalCheckpointFailed& action) {
  host_.OnFinalCheckpointFailed(action.reason);
}

}  // namespace millrace
