#include "cli/checkpoint/verification_report.h"

#include <gtest/gtest.h>

#include "tests/harness/checkpoints.h"
#include "tests/harness/memory_files.h"

namespace millrace {
namespace {

ManifestFile Of(int64_t epoch, absl::StatusOr<Manifest> manifest) {
  return {.path = absl::StrCat("manifests/", epoch, "-1-x.manifest"),
          .epoch = Epoch(epoch),
          .term = Term(1),
          .manifest = std::move(manifest)};
}

Manifest WithSections(std::vector<std::string> paths) {
  Manifest manifest = FullManifest();
  KeyedStateSnapshot& keyed = manifest.tasks[1].operators[0].keyed[0];
  keyed.snapshot.clear();
  keyed.deltas.clear();
  for (std::string& path : paths) keyed.deltas.push_back({.path = std::move(path), .bytes = 5});
  manifest.tasks[1].operators[1].segments.clear();
  return manifest;
}

class VerificationReportTest : public testing::Test {
 protected:
  std::string Verify(const std::vector<ManifestFile>& manifests) {
    return VerificationText(VerifyCheckpoints(files_, "/c/job", manifests));
  }
  void Put(int64_t epoch) {
    files_.bytes(absl::StrCat("/c/job/manifests/", epoch, "-1-x.manifest")) = "manifest";
  }

  MemoryFiles files_;
};

TEST_F(VerificationReportTest, AFileThatSeveralManifestsNameIsReadOnceAndToldOnceWithTheirEpochs) {
  Put(1);
  Put(2);
  files_.bytes("/c/job/state/b") = "12345";
  EXPECT_EQ(Verify({Of(2, WithSections({"state/a", "state/b"})), Of(1, WithSections({"state/a"}))}),
            "missing  state/a: the file is missing (epoch 2, 1)\n"
            "damaged  state/b: the 5 bytes at 0 have checksum 18d12335, the manifest says 00000000 "
            "(epoch 2)\n"
            "verify: manifests=2 files=2 bytes=10 damaged=1 missing=1\n");
}

TEST_F(VerificationReportTest, ManifestsThatAreDamagedMissingOrNotOneCheckpointAreFaults) {
  Put(3);
  Put(1);
  Manifest twice = WithSections({});
  twice.tasks.push_back(twice.tasks[0]);
  EXPECT_EQ(
      Verify({Of(3, absl::DataLossError("bad")), Of(2, absl::NotFoundError("gone")), Of(1, twice)}),
      "damaged  manifests/1-1-x.manifest: the checkpoint of epoch 42 holds task 0/0 twice "
      "(epoch 1)\n"
      "missing  manifests/2-1-x.manifest: gone (epoch 2)\n"
      "damaged  manifests/3-1-x.manifest: bad (epoch 3)\n"
      "verify: manifests=3 files=0 bytes=0 damaged=2 missing=1\n");
}

TEST_F(VerificationReportTest, WhatARunningJobHasReplacedMeanwhileIsNoFault) {
  const VerificationReport report =
      VerifyCheckpoints(files_, "/c/job", {Of(1, WithSections({"state/a"}))});
  EXPECT_TRUE(report.faults.empty());
  EXPECT_EQ(VerificationText(report),
            "gone     manifests/1-1-x.manifest: replaced while it was verified\n"
            "verify: manifests=0 files=1 bytes=5 damaged=0 missing=0\n");
}

}  // namespace
}  // namespace millrace
