#include "worker/task/watermark_valve.h"

#include <algorithm>

#include "common/base/check.h"

namespace millrace {

WatermarkValve::WatermarkValve(int channels) : channels_(channels) { CHECK_GT(channels, 0); }

WatermarkValve::Outcome WatermarkValve::OnWatermark(int channel, EventTime watermark) {
  Channel& input = channels_[channel];
  if (input.idle || idle_ || watermark <= input.watermark) return {};
  input.watermark = watermark;
  if (!input.aligned && input.watermark >= output_) input.aligned = true;
  return {.watermark = Advance()};
}

WatermarkValve::Outcome WatermarkValve::OnIdle(int channel, bool idle) {
  Channel& input = channels_[channel];
  if (input.idle == idle) return {};
  input.idle = idle;
  if (!idle) {
    input.aligned = input.watermark >= output_;
    if (!idle_) return {};
    idle_ = false;
    return {.idle = false};
  }
  input.aligned = false;
  if (!AllIdle()) return {.watermark = Advance()};
  EventTime latest = EventTime::Min();
  for (const Channel& each : channels_) latest = std::max(latest, each.watermark);
  idle_ = true;
  return {.watermark = Put(latest), .idle = true};
}

std::vector<EventTime> WatermarkValve::watermarks() const {
  std::vector<EventTime> watermarks;
  for (const Channel& channel : channels_) {
    watermarks.push_back(std::max(channel.watermark, output_));
  }
  return watermarks;
}

void WatermarkValve::Restore(const std::vector<EventTime>& watermarks) {
  if (watermarks.empty()) return;
  const EventTime least = *std::min_element(watermarks.begin(), watermarks.end());
  for (size_t i = 0; i < channels_.size(); ++i) {
    channels_[i].watermark = watermarks.size() == channels_.size() ? watermarks[i] : least;
  }
  output_ = least;
}

std::optional<EventTime> WatermarkValve::Advance() {
  std::optional<EventTime> least;
  for (const Channel& channel : channels_) {
    if (!channel.aligned) continue;
    least = least.has_value() ? std::min(*least, channel.watermark) : channel.watermark;
  }
  return least.has_value() ? Put(*least) : std::nullopt;
}

std::optional<EventTime> WatermarkValve::Put(EventTime watermark) {
  if (watermark <= output_) return std::nullopt;
  output_ = watermark;
  return watermark;
}

bool WatermarkValve::AllIdle() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.idle; });
}

}  // namespace millrace
