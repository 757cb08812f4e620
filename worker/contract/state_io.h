// Small named state of operators and sources (positions, counters, watermarks), as bytes in the
// manifest. Keyed state is not written this way: see keyed_state.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/checkpoint/manifest.h"

namespace millrace {

class StateWriter {
 public:
  virtual ~StateWriter() = default;
  // REQUIRES: each name once per snapshot.
  virtual void Put(std::string_view name, std::string bytes) = 0;
};

class StateReader {
 public:
  virtual ~StateReader() = default;
  // The values that all former tasks of the operator wrote under `name`, in task order: one per
  // task, so more or fewer than now after a rescale. Empty: never written.
  virtual std::vector<std::string> Get(std::string_view name) const = 0;

  // The staged output (Sink::Segments) of all former tasks, in the same order; an entry for each,
  // also an empty one.
  virtual std::vector<std::vector<SegmentRef>> Segments() const { return {}; }
};

}  // namespace millrace
