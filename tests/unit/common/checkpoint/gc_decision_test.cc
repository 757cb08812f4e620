#include "common/checkpoint/gc_decision.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Term 2, attempt 5 runs; epoch 20 is the latest; 19 and 20 are retained.
GcInput Now(std::vector<std::string> files) {
  return {.files = std::move(files),
          .retained = {"manifests/19-2-a.manifest", "manifests/20-2-b.manifest",
                       "state/18-2-5-w.delta", "state/20-2-5-w.delta", "state/3-1-1-w-0-0-1.sst"},
          .let_go = {"state/10-2-5-w.delta", "state/18-2-5-w.delta"},
          .latest = Epoch(20),
          .term = Term(2),
          .attempt = Attempt(5)};
}

TEST(GcDecisionTest, WhatARetainedManifestNamesStays) {
  EXPECT_THAT(FilesToDelete(Now({"manifests/19-2-a.manifest", "state/20-2-5-w.delta"})), IsEmpty());
}

TEST(GcDecisionTest, AFileOfAnOldExecutionStaysWhileItIsNamed) {
  EXPECT_THAT(FilesToDelete(Now({"state/3-1-1-w-0-0-1.sst"})), IsEmpty());
}

TEST(GcDecisionTest, AFileThatIsNamedAgainByARetainedManifestStaysThoughAnOlderOneLetItGo) {
  EXPECT_THAT(FilesToDelete(Now({"state/18-2-5-w.delta"})), IsEmpty());
}

TEST(GcDecisionTest, WhatHasLeftTheChainOfManifestsGoes) {
  EXPECT_THAT(FilesToDelete(Now({"state/10-2-5-w.delta"})), ElementsAre("state/10-2-5-w.delta"));
}

TEST(GcDecisionTest, WhatThisExecutionHasWrittenAndNotYetNamedStays) {
  // A materialisation that began at epoch 12 and will be named by epoch 21; the delta of epoch 21.
  EXPECT_THAT(FilesToDelete(Now({"state/12-2-5-w-0-0-7.sst", "state/21-2-5-w.delta",
                                 "segments/21-2-5-w-1-0.segment"})),
              IsEmpty());
}

TEST(GcDecisionTest, LeftoversOfOlderAttemptsAndTermsGo) {
  EXPECT_THAT(FilesToDelete(Now({"state/21-2-4-w.delta", "state/9-1-9-w.delta"})),
              ElementsAre("state/21-2-4-w.delta", "state/9-1-9-w.delta"));
}

TEST(GcDecisionTest, AManifestOfAnInFlightOrNewerEpochStays) {
  EXPECT_THAT(FilesToDelete(Now({"manifests/21-2-c.manifest"})), IsEmpty());
}

TEST(GcDecisionTest, OrphanedAndExpiredManifestsGo) {
  EXPECT_THAT(FilesToDelete(Now({"manifests/17-2-x.manifest", "manifests/5-1-y.manifest"})),
              ElementsAre("manifests/17-2-x.manifest", "manifests/5-1-y.manifest"));
}

TEST(GcDecisionTest, WhatAKilledProcessWasWritingGoesOnceItsExecutionIsOver) {
  EXPECT_THAT(
      FilesToDelete(
          Now({"manifests/18-2-x.manifest.77-3.tmp", "segments/21-2-4-w-1-0.segment.77-4.tmp",
               "state/9-1-9-w.delta.77-1.tmp"})),
      ElementsAre("manifests/18-2-x.manifest.77-3.tmp", "segments/21-2-4-w-1-0.segment.77-4.tmp",
                  "state/9-1-9-w.delta.77-1.tmp"));
}

TEST(GcDecisionTest, WhatThisExecutionIsWritingStays) {
  EXPECT_THAT(FilesToDelete(
                  Now({"manifests/21-2-x.manifest.77-3.tmp",
                       "segments/20-2-5-w-1-0.segment.77-4.tmp", "state/21-2-5-w.delta.77-1.tmp"})),
              IsEmpty());
}

TEST(GcDecisionTest, ForeignFilesAreNeverTouched) {
  EXPECT_THAT(FilesToDelete(Now({"README", "state/1-1-1-w.delta.tmp", "state/backup.delta"})),
              IsEmpty());
}

TEST(GcDecisionTest, BeforeTheFirstCheckpointOnlyOldExecutionsLoseFiles) {
  GcInput first = Now({"manifests/1-2-a.manifest", "state/1-2-5-w.delta", "state/1-2-4-w.delta"});
  first.latest = Epoch(0);
  first.retained.clear();
  EXPECT_THAT(FilesToDelete(first), ElementsAre("state/1-2-4-w.delta"));
}

}  // namespace
}  // namespace millrace
