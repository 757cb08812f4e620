// Every byte of a small checkpoint flipped, every file cut short at every length, or removed:
// `verify` finds all, and a restore finds what it meets before it uses it.
//
// The same is done to the checkpoint of a real cluster if checkpoint_test.py names one.

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "cli/checkpoint/verification_report.h"
#include "coordinator/server/stored_checkpoints.h"
#include "tests/integration/checkpoint/damage.h"
#include "tests/integration/checkpoint/small_checkpoint.h"

namespace millrace {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

// What of a file the manifest speaks of: anything else in it is nobody's.
using Extents = std::vector<FileRef>;

std::map<std::string, Extents> ExtentsOf(const Manifest& manifest) {
  std::map<std::string, Extents> extents;
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) {
        for (const FileRef& file : keyed.snapshot) extents[file.path].push_back(file);
        for (const FileRef& file : keyed.deltas) extents[file.path].push_back(file);
      }
      for (const SegmentRef& segment : snapshot.segments) {
        extents[segment.file.path].push_back(segment.file);
      }
    }
  }
  return extents;
}

bool Names(const Extents& extents, size_t at) {
  return std::any_of(extents.begin(), extents.end(), [at](const FileRef& ref) {
    return static_cast<int64_t>(at) >= ref.offset &&
           static_cast<int64_t>(at) < ref.offset + ref.bytes;
  });
}

// The checkpoint folder at hand, as `millrace checkpoint verify JOB` looks at it.
struct Verifier {
  std::string folder;
  std::vector<ManifestRef> retained;
  std::string manifest;  // Only this one.

  VerificationReport Run() const {
    const CheckpointPlace place{.folder = folder, .manifest = manifest};
    auto manifests = ReadManifests(PosixFileSystem(), {.folder = folder});
    EXPECT_OK(manifests);
    CompareWithStore(PosixFileSystem(), folder, retained, *manifests);
    std::erase_if(*manifests, [this](const ManifestFile& file) { return file.path != manifest; });
    return VerifyCheckpoints(PosixFileSystem(), folder, *manifests);
  }

  // Finds exactly this file, and nothing else.
  void ExpectFault(const std::string& path, bool missing) const {
    ++runs;
    const VerificationReport report = Run();
    ASSERT_EQ(report.faults.size(), 1u) << path << ": " << VerificationText(report);
    EXPECT_EQ(report.faults[0].fault.path, path);
    EXPECT_EQ(report.faults[0].fault.missing, missing);
    EXPECT_EQ(report.damaged() + report.missing(), 1);
  }
  void ExpectWhole() const {
    const VerificationReport report = Run();
    EXPECT_THAT(report.faults, IsEmpty()) << VerificationText(report);
  }

  mutable int64_t runs = 0;
};

struct Counts {
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t nobodys = 0;  // Bytes that the manifest does not name.
};

// Of a delta file, others' sections may have become nobody's; every other file is named whole.
void DamageFile(const Verifier& verifier, const std::string& path, const Extents& extents,
                Counts& counts) {
  DamagedFile file(absl::StrCat(verifier.folder, "/", path));
  ++counts.files;
  counts.bytes += static_cast<int64_t>(file.size());
  for (size_t at = 0; at < file.size(); ++at) {
    file.Flip(at);
    if (extents.empty() || Names(extents, at)) {
      ASSERT_NO_FATAL_FAILURE(verifier.ExpectFault(path, false)) << "byte " << at;
    } else {
      ++counts.nobodys;
    }
  }
  size_t end = extents.empty() ? file.size() : 0;
  for (const FileRef& ref : extents) {
    end = std::max(end, static_cast<size_t>(ref.offset + ref.bytes));
  }
  for (size_t length = 0; length < end; length += 1 + end / 50) {
    file.Truncate(length);
    ASSERT_NO_FATAL_FAILURE(verifier.ExpectFault(path, false)) << "cut to " << length;
  }
  file.Truncate(end - 1);
  ASSERT_NO_FATAL_FAILURE(verifier.ExpectFault(path, false));
  file.Remove();
  ASSERT_NO_FATAL_FAILURE(verifier.ExpectFault(path, true));
}

Counts DamageEverything(const Verifier& verifier, const Manifest& manifest) {
  Counts counts;
  verifier.ExpectWhole();
  DamageFile(verifier, verifier.manifest, {}, counts);
  for (const auto& [path, extents] : ExtentsOf(manifest)) {
    if (testing::Test::HasFatalFailure()) break;
    DamageFile(verifier, path, extents, counts);
  }
  verifier.ExpectWhole();
  std::cout << "damage: files=" << counts.files << " bytes=" << counts.bytes
            << " nobodys=" << counts.nobodys << " verified=" << verifier.runs << "\n";
  return counts;
}

TEST(EveryByteTest, VerifyFindsEveryDamageAndNothingElse) {
  SmallCheckpoint checkpoint;
  std::set<std::string> kinds;
  for (const std::string& file : FilesOf(checkpoint.latest())) {
    kinds.insert(file.substr(file.rfind('.')));
  }
  ASSERT_EQ(kinds, (std::set<std::string>{".delta", ".segment", ".sst", ".tables"}));
  const Counts counts = DamageEverything({.folder = checkpoint.folder(),
                                          .retained = checkpoint.retained(),
                                          .manifest = checkpoint.retained().back().path},
                                         checkpoint.latest());
  EXPECT_EQ(counts.nobodys, 0);
  EXPECT_LT(counts.bytes, 64 << 10);
}

TEST(EveryByteTest, ARestoreStopsAtEveryDamageOfAFileAndNamesIt) {
  SmallCheckpoint checkpoint;
  for (const TaskSnapshot& task : checkpoint.latest().tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      std::vector<std::pair<FileRef, std::function<absl::Status()>>> parts;
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) {
        const auto restore = [&] { return checkpoint.RestoreTask(task.task.index, keyed); };
        EXPECT_OK(restore());
        for (const FileRef& file : keyed.snapshot) parts.emplace_back(file, restore);
        for (const FileRef& file : keyed.deltas) parts.emplace_back(file, restore);
      }
      for (const SegmentRef& segment : snapshot.segments) {
        const auto restore = [&] { return checkpoint.RestoreSegment(segment); };
        EXPECT_OK(restore());
        parts.emplace_back(segment.file, restore);
      }
      for (const auto& [ref, restore] : parts) {
        DamagedFile file(absl::StrCat(checkpoint.folder(), "/", ref.path));
        const auto is_found = StatusIs(StatusCode::kDataLoss,
                                       AllOf(HasSubstr(ref.path), HasSubstr("Put the file back")));
        for (int64_t at = 0; at < ref.bytes; ++at) {
          file.Flip(static_cast<size_t>(ref.offset + at));
          ASSERT_THAT(restore(), is_found) << "byte " << at;
        }
        file.Truncate(static_cast<size_t>(ref.offset + ref.bytes - 1));
        EXPECT_THAT(restore(), is_found);
        file.Truncate(0);
        EXPECT_THAT(restore(), is_found);
        file.Remove();
        EXPECT_THAT(restore(), is_found);
      }
    }
  }
}

TEST(EveryByteTest, ADamagedManifestStopsAJobWhoseOutputIsAheadOfTheOneBefore) {
  SmallCheckpoint checkpoint;
  ASSERT_OK_AND_ASSIGN(const RestorePoint whole, checkpoint.Load(checkpoint.graph()));
  EXPECT_EQ(whole.manifest->epoch, Epoch(5));
  const std::string& path = checkpoint.retained().back().path;
  const auto stops = StatusIs(StatusCode::kDataLoss, HasSubstr("epoch 5"));
  DamagedFile file(absl::StrCat(checkpoint.folder(), "/", path));
  for (size_t at = 0; at < file.size(); ++at) {
    file.Flip(at);
    ASSERT_THAT(checkpoint.Load(checkpoint.graph()), stops) << "byte " << at;
    file.Truncate(at);
    ASSERT_THAT(checkpoint.Load(checkpoint.graph()), stops) << "cut to " << at;
  }
  file.Remove();
  EXPECT_THAT(checkpoint.Load(checkpoint.graph()), stops);
}

TEST(EveryByteTest, ADamagedManifestIsPassedOverByAJobThatMayGoBack) {
  SmallCheckpoint checkpoint;
  JobGraph graph = checkpoint.graph();
  std::get<SinkSpec>(graph.stages[1].operators[1].spec).table.options["sink.delivery-guarantee"] =
      "at-least-once";
  DamagedFile file(absl::StrCat(checkpoint.folder(), "/", checkpoint.retained().back().path));
  for (size_t at = 0; at < file.size(); ++at) {
    file.Flip(at);
    ASSERT_OK_AND_ASSIGN(const RestorePoint point, checkpoint.Load(graph));
    ASSERT_EQ(point.manifest->epoch, Epoch(4));
    ASSERT_THAT(point.warning, HasSubstr(checkpoint.retained().back().path));
  }
}

// Where checkpoint_test.py has stopped a cluster: the newest checkpoint of the job.
TEST(EveryByteTest, TheSameForTheCheckpointOfACluster) {
  const char* const data_dir = std::getenv("MILLRACE_TEST_COORDINATOR_DIR");
  const char* const dir = std::getenv("MILLRACE_TEST_CHECKPOINT_DIR");
  const char* const job = std::getenv("MILLRACE_TEST_JOB");
  if (data_dir == nullptr || dir == nullptr || job == nullptr) {
    GTEST_SKIP() << "no cluster is named";
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<ManifestRef> retained,
                       ReadRetainedManifests(data_dir, JobId(job)));
  const std::string folder = JobCheckpointFolder(dir, JobId(job));
  ASSERT_OK_AND_ASSIGN(
      const auto manifests,
      ReadManifests(PosixFileSystem(), {.folder = folder, .manifest = retained.back().path}));
  ASSERT_OK(manifests[0].manifest);
  DamageEverything({.folder = folder, .retained = retained, .manifest = retained.back().path},
                   *manifests[0].manifest);
}

}  // namespace
}  // namespace millrace
