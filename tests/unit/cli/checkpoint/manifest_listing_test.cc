#include "cli/checkpoint/manifest_listing.h"

#include <gmock/gmock.h>

#include "common/checkpoint/paths.h"
#include "common/wire/checkpoint_wire.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

class ManifestListingTest : public testing::Test {
 protected:
  ManifestListingTest() {
    for (const int64_t epoch : {9, 10, 11}) {
      Manifest manifest = FullManifest();
      manifest.epoch = Epoch(epoch);
      manifest.parent = Epoch(epoch - 1);
      const std::string bytes = EncodeManifest(manifest);
      const std::string path = ManifestPath(manifest.epoch, manifest.term, manifest.uuid);
      files_.bytes("/c/job/" + path) = bytes;
      refs_.push_back(MakeManifestRef(manifest, path, bytes));
    }
  }

  absl::StatusOr<CheckpointPlace> Find(const std::string& given) {
    return FindCheckpoints(files_, given, "/c");
  }
  std::string& bytes(size_t manifest) { return files_.bytes("/c/job/" + refs_[manifest].path); }

  MemoryFiles files_;
  std::vector<ManifestRef> refs_;  // Epochs 9, 10, 11.
};

TEST_F(ManifestListingTest, AJobAFolderAndAManifestAreFound) {
  ASSERT_OK_AND_ASSIGN(const CheckpointPlace job, Find("job"));
  EXPECT_EQ(job.folder, "/c/job");
  EXPECT_EQ(job.job, JobId("job"));
  ASSERT_OK_AND_ASSIGN(const CheckpointPlace folder, Find("/c/job/"));
  EXPECT_EQ(folder.folder, "/c/job");
  EXPECT_FALSE(folder.job.has_value());
  ASSERT_OK_AND_ASSIGN(const CheckpointPlace manifest, Find("/c/job/" + refs_[1].path));
  EXPECT_EQ(manifest.folder, "/c/job");
  EXPECT_EQ(manifest.manifest, refs_[1].path);
}

TEST_F(ManifestListingTest, WhatIsNoneOfThemIsSaidWithWhereItWasLookedFor) {
  for (const char* given : {"other", "/c", "/c/job/manifests/x", "../c/other"}) {
    EXPECT_THAT(Find(given), StatusIs(StatusCode::kNotFound, HasSubstr(given))) << given;
  }
  EXPECT_THAT(Find("other"), StatusIs(StatusCode::kNotFound, HasSubstr("in /c.")));
}

TEST_F(ManifestListingTest, TheNewestComesFirstAndOtherFilesAreLeftOut) {
  files_.bytes("/c/job/manifests/12-3-x.manifest.7-1.tmp") = "half";
  files_.bytes("/c/job/manifests/notes") = "mine";
  ASSERT_OK_AND_ASSIGN(const auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  EXPECT_THAT(manifests, ElementsAre(Field(&ManifestFile::path, refs_[2].path),
                                     Field(&ManifestFile::path, refs_[1].path),
                                     Field(&ManifestFile::path, refs_[0].path)));
  EXPECT_EQ(manifests[0].manifest->epoch, Epoch(11));
  EXPECT_FALSE(manifests[0].retained.has_value());
}

TEST_F(ManifestListingTest, ADamagedOneIsListedWithWhatIsWrong) {
  bytes(1)[100] ^= 1;
  ASSERT_OK_AND_ASSIGN(const auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  ASSERT_EQ(manifests.size(), 3u);
  EXPECT_EQ(manifests[1].epoch, Epoch(10));
  EXPECT_THAT(manifests[1].manifest, StatusIs(StatusCode::kDataLoss, HasSubstr("checksum")));
}

TEST_F(ManifestListingTest, AManifestUnderAnothersNameIsDamaged) {
  bytes(0) = bytes(1);
  ASSERT_OK_AND_ASSIGN(const auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  EXPECT_THAT(manifests[2].manifest, StatusIs(StatusCode::kDataLoss, HasSubstr(refs_[1].path)));
}

TEST_F(ManifestListingTest, OneAloneIsRead) {
  ASSERT_OK_AND_ASSIGN(const auto manifests,
                       ReadManifests(files_, {.folder = "/c/job", .manifest = refs_[0].path}));
  EXPECT_THAT(manifests, ElementsAre(Field(&ManifestFile::path, refs_[0].path)));
  EXPECT_THAT(ReadManifests(files_, {.folder = "/c/job", .manifest = "manifests/8-1-x.manifest"}),
              StatusIs(StatusCode::kNotFound, HasSubstr("8-1-x")));
}

TEST_F(ManifestListingTest, TheStoreSaysWhichAreRetained) {
  ASSERT_OK_AND_ASSIGN(auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  CompareWithStore(files_, "/c/job", {refs_[1], refs_[2]}, manifests);
  EXPECT_THAT(manifests, ElementsAre(Field(&ManifestFile::retained, Optional(true)),
                                     Field(&ManifestFile::retained, Optional(true)),
                                     Field(&ManifestFile::retained, Optional(false))));
}

TEST_F(ManifestListingTest, AManifestThatHasGoneIsKnownFromTheStore) {
  ASSERT_OK(files_.Remove("/c/job/" + refs_[2].path));
  ASSERT_OK_AND_ASSIGN(auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  CompareWithStore(files_, "/c/job", refs_, manifests);
  ASSERT_EQ(manifests.size(), 3u);
  EXPECT_EQ(manifests[0].epoch, Epoch(11));
  EXPECT_THAT(manifests[0].manifest, StatusIs(StatusCode::kNotFound, HasSubstr("retains")));
}

TEST_F(ManifestListingTest, AnotherManifestThanTheStoreRetainsIsDamaged) {
  Manifest other = FullManifest();
  other.epoch = Epoch(11);
  other.parent = Epoch(3);
  bytes(2) = EncodeManifest(other);
  ASSERT_OK_AND_ASSIGN(auto manifests, ReadManifests(files_, {.folder = "/c/job"}));
  EXPECT_OK(manifests[0].manifest);
  CompareWithStore(files_, "/c/job", refs_, manifests);
  EXPECT_THAT(manifests[0].manifest, StatusIs(StatusCode::kDataLoss, HasSubstr("checksum")));
}

}  // namespace
}  // namespace millrace
