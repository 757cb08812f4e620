// Where a task without a source gets its input: the channels of all edges that enter its stage,
// merged.
//
// Channels are polled round robin; one that waits for the barriers of others is not. Watermarks and
// idle states leave the gate merged (watermark_valve.h), barriers once (barrier_alignment.h).
// Driven by the task's thread only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/contract/channel.h"
#include "worker/task/barrier_alignment.h"
#include "worker/task/watermark_valve.h"

namespace millrace {

class InputGate {
 public:
  // REQUIRES: receivers is not empty. `inputs` names the operator's input that each of them is of;
  // empty: all are of its only one.
  explicit InputGate(std::vector<std::unique_ptr<ChannelReceiver>> receivers,
                     std::vector<int> inputs = {});

  // What came next, empty if nothing has. One channel event can mean several elements (active, then
  // a watermark). EndOfInput once every channel has ended.
  absl::StatusOr<std::vector<Element>> Poll();

  // The input that the rows are of that Poll gave last.
  int input() const { return input_; }

  // The coordinator gave the checkpoint up.
  void CancelCheckpoint(Epoch epoch) { alignment_.OnCancel(epoch); }

  // The epoch whose barriers have arrived on some channels and not on all.
  std::optional<Epoch> aligning() const { return alignment_.pending(); }

  std::vector<EventTime> watermarks() const { return valve_.watermarks(); }
  void RestoreWatermarks(const std::vector<EventTime>& watermarks) { valve_.Restore(watermarks); }
  EventTime watermark() const { return valve_.output(); }

 private:
  std::vector<Element> OnElement(int channel, Element element);

  std::vector<std::unique_ptr<ChannelReceiver>> receivers_;
  const std::vector<int> inputs_;
  int input_ = 0;
  std::vector<bool> ended_;
  int open_;
  int next_ = 0;  // Channel to poll first.
  WatermarkValve valve_;
  BarrierAlignment alignment_;
};

}  // namespace millrace
