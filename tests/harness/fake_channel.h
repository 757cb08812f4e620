// Channels for tests of tasks: what was sent can be read, what is to be received can be given, room
// is a switch.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "worker/contract/channel.h"

namespace millrace {

struct FakeSenderState {
  std::vector<Element> sent;
  bool full = false;
};

class FakeSender final : public ChannelSender {
 public:
  explicit FakeSender(FakeSenderState& state) : state_(state) {}
  absl::Status Send(Element element) override {
    state_.sent.push_back(std::move(element));
    return absl::OkStatus();
  }
  bool full() const override { return state_.full; }
  bool drained() const override { return true; }

 private:
  FakeSenderState& state_;
};

class FakeReceiver final : public ChannelReceiver {
 public:
  explicit FakeReceiver(std::deque<Element>& elements) : elements_(elements) {}
  absl::StatusOr<std::optional<Element>> Poll() override {
    if (elements_.empty()) return std::nullopt;
    Element element = std::move(elements_.front());
    elements_.pop_front();
    return element;
  }

 private:
  std::deque<Element>& elements_;
};

}  // namespace millrace
