#include "coordinator/job/job_savepoints.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "coordinator/checkpoint/savepoint_folder.h"

namespace millrace {
namespace {

// What is left of an earlier one, made when this coordinator or another was killed, goes first.
absl::Status Link(FileSystem& files, const std::string& from, const Manifest& savepoint,
                  const std::string& dir) {
  RETURN_IF_ERROR(RemoveIncompleteSavepoints(files, dir, {savepoint.job}));
  return LinkCheckpointFiles(files, from, savepoint,
                             SavepointFolder(dir, savepoint.job, savepoint.epoch));
}

absl::Status CannotMake(const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("the savepoint could not be made: ", status.message()));
}

}  // namespace

void JobSavepoints::Request(Epoch wanted, std::string dir, Done done) {
  core_.Request(wanted);
  dir_ = std::move(dir);
  done_ = std::move(done);
}

void JobSavepoints::OnCommitted(std::shared_ptr<const Manifest> manifest) {
  const SavepointCore::Actions actions =
      core_.OnCommitted(manifest->epoch, FirstUnpublished(*manifest), Now());
  for (const SavepointAction& action : actions) {
    if (!std::holds_alternative<LinkSavepoint>(action)) continue;
    savepoint_ = std::make_shared<const Manifest>(ToSavepoint(*manifest));
  }
  Carry(actions);
}

void JobSavepoints::Carry(const SavepointCore::Actions& actions) {
  for (const SavepointAction& action : actions) {
    std::visit([this](const auto& each) { CarryOne(each); }, action);
  }
}

void JobSavepoints::CarryOne(const LinkSavepoint& action) {
  io_.Run([&files = *environment_.files, from = parts_.checkpoints->folder(),
           savepoint = savepoint_, dir = dir_] { return Link(files, from, *savepoint, dir); },
          [this, epoch = action.epoch](const absl::Status& status) {
            Carry(core_.OnLinked(epoch, status.ok() ? status : CannotMake(status), Now()));
          });
}

void JobSavepoints::CarryOne(const WriteSavepoint& action) {
  io_.Run(
      [&environment = environment_, savepoint = savepoint_, dir = dir_] {
        return CompleteSavepoint(*environment.files, *environment.checkpoint_codec, *savepoint,
                                 SavepointFolder(dir, savepoint->job, savepoint->epoch))
            .status();
      },
      [this, epoch = action.epoch](const absl::Status& status) {
        Carry(core_.OnWritten(epoch, status.ok() ? status : CannotMake(status)));
      });
}

void JobSavepoints::CarryOne(const DropSavepoint& action) {
  const std::string folder = SavepointFolder(dir_, parts_.job, action.epoch);
  io_.Run([&files = *environment_.files, folder] { return files.RemoveTree(folder); },
          [folder](const absl::Status& status) {
            if (status.ok()) return;
            LOG_WARNING("cannot delete what was left of a savepoint",
                        {{"folder", folder}, {"error", status}});
          });
}

void JobSavepoints::CarryOne(const SavepointOver& action) {
  savepoint_.reset();
  const Done done = std::exchange(done_, nullptr);
  if (!action.status.ok()) {
    LOG_WARNING("savepoint failed", {{"job", parts_.job.value()}, {"reason", action.status}});
    return done(action.status);
  }
  SavepointMade made{.path = SavepointFolder(dir_, parts_.job, action.epoch),
                     .epoch = action.epoch};
  LOG_INFO("savepoint completed", {{"job", parts_.job.value()}, {"path", made.path}});
  done(std::move(made));
}

void JobSavepoints::SaveLast(const ManifestRef& latest, const std::string& dir, Done done) {
  const std::string folder = SavepointFolder(dir, parts_.job, latest.epoch);
  io_.Run(
      [&environment = environment_, checkpoints = parts_.checkpoints, latest, dir,
       folder]() -> absl::Status {
        ASSIGN_OR_RETURN(Manifest manifest, checkpoints->Read(latest));
        const Manifest savepoint = ToSavepoint(std::move(manifest));
        absl::Status status = Link(*environment.files, checkpoints->folder(), savepoint, dir);
        if (status.ok()) {
          status = CompleteSavepoint(*environment.files, *environment.checkpoint_codec, savepoint,
                                     folder)
                       .status();
        }
        if (!status.ok()) environment.files->RemoveTree(folder).IgnoreError();
        return status;
      },
      [job = parts_.job, made = SavepointMade{.path = folder, .epoch = latest.epoch},
       done = std::move(done)](const absl::Status& status) {
        if (!status.ok()) return done(CannotMake(status));
        LOG_INFO("savepoint completed", {{"job", job.value()}, {"path", made.path}});
        done(made);
      });
}

}  // namespace millrace
