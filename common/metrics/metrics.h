// Metrics in the Prometheus model, kept by prometheus-cpp's registry.
//
// Every family is declared once in metric_catalog.h (name, kind, help, labels): the reference page
// and the tests read that table. A MetricScope hands out handles that carry its labels. Handles may
// be used from any thread and live as long as the scope that made them; destroying a scope removes
// its series.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace millrace {

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double value = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

using MetricLabels = std::map<std::string, std::string>;

// Thread-safe.
class MetricScope {
 public:
  virtual ~MetricScope() = default;

  // The series of family `name` with the scope's labels and `labels`; the same call gives the same
  // handle. REQUIRES: the catalog has `name` with that kind, and its labels are exactly those
  // given.
  virtual Counter* GetCounter(std::string_view name, const MetricLabels& labels = {}) = 0;
  virtual Gauge* GetGauge(std::string_view name, const MetricLabels& labels = {}) = 0;
  virtual Histogram* GetHistogram(std::string_view name, const MetricLabels& labels = {}) = 0;

  // A scope with these labels added, which must not outlive this one.
  virtual std::unique_ptr<MetricScope> Child(const MetricLabels& labels) = 0;
};

// One per process. Thread-safe.
class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();

  MetricScope& root() { return *root_; }

  // Everything in Prometheus' text exposition format.
  std::string Expose() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<MetricScope> root_;
};

}  // namespace millrace
