// Checkpoints <-> their protobuf form: whole manifests, which are files, and the snapshots of tasks
// that workers acknowledge.
//
// FromProto trusts nothing: kInvalidArgument naming the field for a message that no ToProto made,
// e.g. a file path that would leave the job's folder. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "proto/checkpoint.pb.h"

namespace millrace {

v1::Manifest ManifestToProto(const Manifest& manifest);
absl::StatusOr<Manifest> ManifestFromProto(const v1::Manifest& message);

v1::TaskSnapshot TaskSnapshotToProto(const TaskSnapshot& snapshot);
absl::StatusOr<TaskSnapshot> TaskSnapshotFromProto(const v1::TaskSnapshot& message);

// The durable form: the message, then its checksum, which is a field of it. The same manifest
// always gives the same bytes (tests/compatibility holds them).
std::string EncodeManifest(const Manifest& manifest);

// kDataLoss for damaged bytes, whichever they are; kFailedPrecondition, naming both versions, for a
// manifest of a newer format.
absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes);

}  // namespace millrace
