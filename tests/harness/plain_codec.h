// A CheckpointCodec for tests that need none of the details: it keeps what it has encoded and hands
// out tickets, so that a changed byte is a decoding error.
#pragma once

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/checkpoint/checkpoint_record.h"

namespace millrace {

class PlainCodec final : public CheckpointCodec {
 public:
  std::string EncodeManifest(const Manifest& manifest) const override {
    const std::string ticket = absl::StrCat("manifest ", manifests_.size());
    manifests_[ticket] = manifest;
    return ticket;
  }
  absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) const override {
    const auto found = manifests_.find(std::string(bytes));
    if (found == manifests_.end()) return absl::DataLossError("not a manifest");
    return found->second;
  }
  std::string EncodeRecord(const CheckpointRecord& record) const override {
    const std::string ticket = absl::StrCat("record ", records_.size());
    records_[ticket] = record;
    return ticket;
  }
  absl::StatusOr<CheckpointRecord> DecodeRecord(std::string_view bytes) const override {
    const auto found = records_.find(std::string(bytes));
    if (found == records_.end()) return absl::DataLossError("not a record");
    return found->second;
  }

 private:
  mutable std::map<std::string, Manifest> manifests_;
  mutable std::map<std::string, CheckpointRecord> records_;
};

}  // namespace millrace
