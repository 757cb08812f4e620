// Where generated lines go: a Kafka topic, a file, or standard output.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace millrace {

struct LineDestination {
  std::string kafka;  // host:port,...; empty: a file.
  std::string topic;
  std::string file = "-";  // "-" is standard output.
};

// Not thread-safe.
class LineOutput {
 public:
  virtual ~LineOutput() = default;

  // `line` without a line feed.
  virtual absl::Status Write(std::string_view line) = 0;
  // Sends on what was gathered, before a pause.
  virtual absl::Status Flush() = 0;
  // Everything is where it belongs. Once, at the end.
  virtual absl::Status Finish() = 0;
  // Lines are dealt out to so many partitions, in turn.
  virtual int32_t partitions() const = 0;
};

// kInvalidArgument for a destination that is not complete; else as LinePublisher and the file
// system say.
absl::StatusOr<std::unique_ptr<LineOutput>> OpenLineOutput(const LineDestination& destination);

}  // namespace millrace
