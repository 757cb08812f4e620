// The layout of a job's checkpoint folder, <checkpoint_dir>/<job id>/:
//
//   manifests/<epoch>-<term>-<uuid>.manifest
//   state/<epoch>-<term>-<attempt>-<worker>.delta                        one per worker and epoch
//   state/<epoch>-<term>-<attempt>-<worker>-<stage>-<index>-<n>.sst      tables of keyed state
//   state/<epoch>-<term>-<attempt>-<worker>-<stage>-<index>-<n>.tables   what a set of tables is
//   state/<epoch>-<term>-<attempt>-<worker>-<stage>-<index>-<n>.whole    all of a table, as
//   sections segments/<epoch>-<term>-<attempt>-<worker>-<stage>-<index>[-<output>].segment   staged
//   output
//
// No name is ever used twice: a file of another term, attempt or worker has another name, so nobody
// overwrites what a zombie wrote and nobody reads it by accident. Every name begins with its epoch
// and term, which is what garbage collection decides by. Pure; all paths are relative to the job's
// folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/ids.h"

namespace millrace {

inline constexpr char kManifestFolder[] = "manifests";
inline constexpr char kStateFolder[] = "state";
inline constexpr char kSegmentFolder[] = "segments";

std::string JobCheckpointFolder(const std::string& checkpoint_dir, const JobId& job);

// Who writes a file, and of which epoch it is.
struct FileOrigin {
  Epoch epoch;
  Term term;
  Attempt attempt;
  WorkerId worker;  // Bytes that do not belong into a file name are escaped.
};

std::string ManifestPath(Epoch epoch, Term term, const std::string& uuid);
std::string DeltaPath(const FileOrigin& origin);
std::string TablePath(const FileOrigin& origin, TaskId task, int64_t number);
std::string TableListPath(const FileOrigin& origin, TaskId task, int64_t number);
std::string WholePath(const FileOrigin& origin, TaskId task, int64_t number);
// `output` tells the outputs of one task apart: "" is its sink. REQUIRES: letters and '-' only.
std::string SegmentPath(const FileOrigin& origin, TaskId task, const std::string& output = "");

struct FileAge {
  Epoch epoch;
  Term term;
  std::optional<Attempt> attempt;  // Manifests have none.
};

// Of any path made here, also while the file is being written under another name (TargetOfTemporary
// in common/io/file_system.h); nothing for other names.
std::optional<FileAge> AgeOfPath(const std::string& path);

}  // namespace millrace
