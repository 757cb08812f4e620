// millrace checkpoint ...: looks at the files of checkpoints, without a coordinator.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/checkpoint/checkpoint_text.h"
#include "cli/checkpoint/manifest_listing.h"
#include "cli/checkpoint/verification_report.h"
#include "cli/commands.h"
#include "cli/script_file.h"
#include "common/base/status_macros.h"
#include "common/config/coordinator_config.h"
#include "coordinator/server/stored_checkpoints.h"

namespace millrace {
namespace {

struct CheckpointOptions {
  std::string place;
  std::string dir;
  std::string config;
  std::vector<std::string> settings;
  int64_t epoch = 0;  // 0: not given.
  std::string output = "table";

  bool json() const { return output == "json"; }
};

struct Checkpoints {
  std::string folder;
  std::vector<ManifestFile> manifests;  // Newest first, at least one.
};

// A metadata store that is not at hand is no error: the files can be looked at without it.
void AddWhatIsRetained(const CheckpointPlace& place, const std::string& data_dir,
                       Checkpoints& checkpoints) {
  if (!place.job.has_value()) return;
  const auto retained = ReadRetainedManifests(data_dir, *place.job);
  if (retained.ok()) {
    CompareWithStore(PosixFileSystem(), place.folder, *retained, checkpoints.manifests);
  } else {
    std::cerr << "note: which manifests are retained is not known: " << retained.status().message()
              << "\n";
  }
}

// A running job takes checkpoints and deletes older ones while folder and store are read.
constexpr int kLooks = 3;

bool HasMissing(const std::vector<ManifestFile>& manifests) {
  return std::any_of(manifests.begin(), manifests.end(), [](const ManifestFile& file) {
    return absl::IsNotFound(file.manifest.status());
  });
}

absl::StatusOr<Checkpoints> Find(const CheckpointOptions& options) {
  FileSystem& files = PosixFileSystem();
  ASSIGN_OR_RETURN(auto flags, ParsePairs(options.settings));
  if (!options.dir.empty()) flags["checkpoint.dir"] = options.dir;
  ASSIGN_OR_RETURN(const CoordinatorConfig config,
                   LoadCoordinatorConfig({.file = options.config,
                                          .environment = ProcessEnvironment(),
                                          .flags = std::move(flags)}));
  ASSIGN_OR_RETURN(const CheckpointPlace place,
                   FindCheckpoints(files, options.place, config.checkpoint_dir));
  Checkpoints checkpoints{.folder = place.folder};
  for (int look = 0; look < kLooks; ++look) {
    ASSIGN_OR_RETURN(checkpoints.manifests, ReadManifests(files, place));
    AddWhatIsRetained(place, config.data_dir, checkpoints);
    if (!HasMissing(checkpoints.manifests)) break;
  }
  if (options.epoch != 0) {
    std::erase_if(checkpoints.manifests, [&options](const ManifestFile& file) {
      return file.epoch != Epoch(options.epoch);
    });
  }
  if (!checkpoints.manifests.empty()) return checkpoints;
  return absl::NotFoundError(
      absl::StrCat("there is no manifest ",
                   options.epoch == 0 ? "" : absl::StrCat("of epoch ", options.epoch, " "), "in ",
                   place.folder));
}

int List(const Checkpoints& checkpoints, bool json) {
  std::cout << (json ? CheckpointTableJson(checkpoints.manifests)
                     : CheckpointTable(checkpoints.manifests));
  return 0;
}

int Show(const Checkpoints& checkpoints, bool json) {
  const ManifestFile& file = checkpoints.manifests.front();
  if (!file.manifest.ok()) {
    std::cerr << checkpoints.folder << "/" << file.path << ": " << file.manifest.status().message()
              << "\n";
    return 1;
  }
  std::cout << (json ? CheckpointDetailsJson(file) : CheckpointDetails(file));
  return 0;
}

int Verify(const Checkpoints& checkpoints, bool /*json*/) {
  const VerificationReport report =
      VerifyCheckpoints(PosixFileSystem(), checkpoints.folder, checkpoints.manifests);
  std::cout << VerificationText(report);
  return report.faults.empty() ? 0 : 1;
}

using Act = int (*)(const Checkpoints&, bool json);

int FindAnd(Act act, const CheckpointOptions& options) {
  const absl::StatusOr<Checkpoints> checkpoints = Find(options);
  if (checkpoints.ok()) return act(*checkpoints, options.json());
  std::cerr << "millrace: " << checkpoints.status().message() << "\n";
  return absl::IsInvalidArgument(checkpoints.status()) ? 2 : 1;
}

}  // namespace

void AddCheckpointCommands(CLI::App& app, Run& run) {
  CLI::App* const checkpoint = app.add_subcommand(
      "checkpoint", "Look at the files of checkpoints and verify them; needs no coordinator");
  checkpoint->require_subcommand(1);
  const auto options = std::make_shared<CheckpointOptions>();

  const auto add_one = [&](const char* name, const char* help, Act act) {
    CLI::App* const command = checkpoint->add_subcommand(name, help);
    command
        ->add_option(
            "place", options->place,
            "Id of a job, or path of its checkpoint folder, of a savepoint or of one manifest")
        ->required();
    command->add_option("--dir", options->dir,
                        "Folder of all jobs' checkpoints; default: checkpoint.dir");
    command->add_option("--epoch", options->epoch, "Only the checkpoint of this epoch")
        ->check(CLI::PositiveNumber);
    command->add_option("--config", options->config, "YAML file of the coordinator");
    command->add_option("--set", options->settings, "Setting SECTION.KEY=VALUE of the coordinator");
    command->callback(
        [options, act, &run] { run = [options, act] { return FindAnd(act, *options); }; });
    return command;
  };
  const auto with_output = [&](CLI::App* command) {
    command->add_option("-o,--output", options->output, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
  };
  with_output(add_one("list", "List the checkpoints of a job, newest first", List));
  with_output(add_one("show", "Show everything in one checkpoint, by default the newest", Show));
  add_one("verify",
          "Read every byte of a job's checkpoints; exit status 1 if anything is damaged or missing",
          Verify);
}

}  // namespace millrace
