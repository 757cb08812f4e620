// What print and collect share: rows leave as text at once, so there is nothing to stage, flush or
// commit. After a restore the rows since the last checkpoint are printed again.
#pragma once

#include "worker/contract/sink.h"

namespace millrace {

class LineSink : public Sink {
 public:
  absl::Status Seal(Epoch epoch) override { return absl::OkStatus(); }
  absl::StatusOr<bool> Flushed(Epoch epoch) override { return true; }
  absl::Status OnDurable(Epoch epoch, Term term) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }
};

}  // namespace millrace
