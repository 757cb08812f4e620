// A committed manifest as the metadata store names it: enough to find the file and to know that it
// is the right one.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"

namespace millrace {

struct ManifestRef {
  Epoch epoch;
  Term term;
  std::string path;  // Relative to the job's checkpoint folder.
  int64_t bytes = 0;
  uint32_t crc32c = 0;
  Epoch parent;  // 0: none.

  friend bool operator==(const ManifestRef&, const ManifestRef&) = default;
};

// The reference to a manifest whose durable form is `bytes`.
ManifestRef MakeManifestRef(const Manifest& manifest, std::string path, std::string_view bytes);

// OK if `bytes` are what the reference was made of; else kDataLoss naming the file and what
// differs.
absl::Status CheckDigest(const ManifestRef& ref, std::string_view bytes);

// Every file that the manifest names, without the manifest's own.
std::set<std::string> FilesOf(const Manifest& manifest);

// The same with what must be in them, in the order of the manifest.
std::vector<FileRef> FileRefsOf(const Manifest& manifest);

// Bytes of all sections that it names: the size of the state it restores.
int64_t BytesOf(const Manifest& manifest);

}  // namespace millrace
