// The StateWriter that fills an OperatorSnapshot.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "common/checkpoint/manifest.h"
#include "worker/contract/state_io.h"

namespace millrace {

class SnapshotWriter final : public StateWriter {
 public:
  explicit SnapshotWriter(OperatorSnapshot& snapshot) : snapshot_(snapshot) {}

  void Put(std::string_view name, std::string bytes) override {
    const bool is_new = snapshot_.values.emplace(name, std::move(bytes)).second;
    CHECK(is_new);
  }

 private:
  OperatorSnapshot& snapshot_;
};

}  // namespace millrace
