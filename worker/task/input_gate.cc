#include "worker/task/input_gate.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/task/channel_trouble.h"

namespace millrace {
namespace {

void Append(const WatermarkValve::Outcome& outcome, std::vector<Element>& elements) {
  if (outcome.idle == false) elements.push_back(IdleStatus{false});
  if (outcome.watermark.has_value()) elements.push_back(Watermark{*outcome.watermark});
  if (outcome.idle == true) elements.push_back(IdleStatus{true});
}

}  // namespace

InputGate::InputGate(std::vector<std::unique_ptr<ChannelReceiver>> receivers,
                     std::vector<int> inputs)
    : receivers_(std::move(receivers)),
      inputs_(inputs.empty() ? std::vector<int>(receivers_.size(), 0) : std::move(inputs)),
      ended_(receivers_.size(), false),
      open_(static_cast<int>(receivers_.size())),
      valve_(static_cast<int>(receivers_.size())),
      alignment_(static_cast<int>(receivers_.size())) {
  CHECK_EQ(inputs_.size(), receivers_.size());
}

absl::StatusOr<std::vector<Element>> InputGate::Poll() {
  const int channels = static_cast<int>(receivers_.size());
  for (int tried = 0; tried < channels; ++tried) {
    const int channel = next_;
    next_ = (next_ + 1) % channels;
    if (ended_[channel] || alignment_.blocked(channel)) continue;
    // Consecutive silent elements (a watermark that moves nothing) are passed over without leaving
    // the channel.
    while (!alignment_.blocked(channel) && !ended_[channel]) {
      absl::StatusOr<std::optional<Element>> element = receivers_[channel]->Poll();
      if (!element.ok()) return ChannelTrouble(element.status());
      if (!element->has_value()) break;
      std::vector<Element> elements = OnElement(channel, std::move(**element));
      if (elements.empty()) continue;
      input_ = inputs_[static_cast<size_t>(channel)];
      return elements;
    }
  }
  return std::vector<Element>();
}

std::vector<Element> InputGate::OnElement(int channel, Element element) {
  std::vector<Element> elements;
  if (std::holds_alternative<Batch>(element)) {
    elements.push_back(std::move(element));
  } else if (const auto* watermark = std::get_if<Watermark>(&element)) {
    Append(valve_.OnWatermark(channel, watermark->time), elements);
  } else if (const auto* idle = std::get_if<IdleStatus>(&element)) {
    Append(valve_.OnIdle(channel, idle->idle), elements);
  } else if (const auto* barrier = std::get_if<Barrier>(&element)) {
    const std::optional<Barrier> aligned = alignment_.OnBarrier(channel, *barrier);
    if (aligned.has_value()) elements.push_back(*aligned);
  } else if (const auto* cancel = std::get_if<CancelBarrier>(&element)) {
    if (alignment_.OnCancel(cancel->epoch)) elements.push_back(*cancel);
  } else {
    ended_[channel] = true;
    --open_;
    Append(valve_.OnEnd(channel), elements);
    const std::optional<Barrier> aligned = alignment_.OnEnd(channel);
    if (aligned.has_value()) elements.push_back(*aligned);
    if (open_ == 0) elements.push_back(EndOfInput{});
  }
  return elements;
}

}  // namespace millrace
