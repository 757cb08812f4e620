#include "common/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/check.h"
#include "common/metrics/metric_catalog.h"

namespace millrace {
namespace {

class CounterHandle final : public Counter {
 public:
  explicit CounterHandle(prometheus::Counter& counter) : counter_(counter) {}
  void Add(double value) override { counter_.Increment(value); }

 private:
  prometheus::Counter& counter_;
};

class GaugeHandle final : public Gauge {
 public:
  explicit GaugeHandle(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};

class HistogramHandle final : public Histogram {
 public:
  explicit HistogramHandle(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

// How many scopes use a series. The attempts of a job have the same labels, and one may still be
// ending while the next one begins: the series goes with the last of them.
struct SeriesUses {
  absl::Mutex mutex;
  std::map<const void*, int> uses ABSL_GUARDED_BY(mutex);
};

class Scope final : public MetricScope {
 public:
  Scope(prometheus::Registry& registry, std::shared_ptr<SeriesUses> series, MetricLabels labels)
      : registry_(registry), series_(std::move(series)), labels_(std::move(labels)) {}

  ~Scope() override {
    absl::MutexLock lock(&mutex_);
    for (const auto& remove : removals_) remove();
  }

  Counter* GetCounter(std::string_view name, const MetricLabels& labels) override {
    return Get<CounterHandle>(name, MetricKind::kCounter, labels, counters_,
                              [&](const MetricFamily& family, const MetricLabels& all) {
                                auto& built = prometheus::BuildCounter()
                                                  .Name(std::string(family.name))
                                                  .Help(std::string(family.help))
                                                  .Register(registry_);
                                return Add<CounterHandle>(built, all);
                              });
  }

  Gauge* GetGauge(std::string_view name, const MetricLabels& labels) override {
    return Get<GaugeHandle>(name, MetricKind::kGauge, labels, gauges_,
                            [&](const MetricFamily& family, const MetricLabels& all) {
                              auto& built = prometheus::BuildGauge()
                                                .Name(std::string(family.name))
                                                .Help(std::string(family.help))
                                                .Register(registry_);
                              return Add<GaugeHandle>(built, all);
                            });
  }

  Histogram* GetHistogram(std::string_view name, const MetricLabels& labels) override {
    return Get<HistogramHandle>(name, MetricKind::kHistogram, labels, histograms_,
                                [&](const MetricFamily& family, const MetricLabels& all) {
                                  auto& built = prometheus::BuildHistogram()
                                                    .Name(std::string(family.name))
                                                    .Help(std::string(family.help))
                                                    .Register(registry_);
                                  return Add<HistogramHandle>(built, all, family.buckets);
                                });
  }

  std::unique_ptr<MetricScope> Child(const MetricLabels& labels) override {
    MetricLabels all = labels_;
    for (const auto& [key, value] : labels) all[key] = value;
    return std::make_unique<Scope>(registry_, series_, std::move(all));
  }

 private:
  using Key = std::pair<std::string, MetricLabels>;

  template <typename Handle, typename Handles, typename Make>
  Handle* Get(std::string_view name, MetricKind kind, const MetricLabels& labels, Handles& handles,
              Make make) {
    const MetricFamily* family = FindMetric(name);
    CHECK(family != nullptr && family->kind == kind && "declare it in metric_catalog.cc");
    MetricLabels all;
    for (const std::string_view label : family->labels) {
      const std::string key(label);
      const auto own = labels.find(key);
      const auto scoped = labels_.find(key);
      CHECK((own != labels.end() || scoped != labels_.end()) &&
            "a label of the family has no value");
      all[key] = own != labels.end() ? own->second : scoped->second;
    }
    absl::MutexLock lock(&mutex_);
    auto& handle = handles[Key(family->name, labels)];
    if (handle == nullptr) handle = make(*family, all);
    return handle.get();
  }

  template <typename Handle, typename Family, typename... Arguments>
  std::unique_ptr<Handle> Add(Family& family, const MetricLabels& labels, Arguments&&... arguments)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::MutexLock lock(&series_->mutex);
    auto& series = family.Add(labels, std::forward<Arguments>(arguments)...);
    ++series_->uses[&series];
    removals_.push_back([all = series_, &family, &series] {
      absl::MutexLock lock(&all->mutex);
      if (--all->uses[&series] > 0) return;
      all->uses.erase(&series);
      family.Remove(&series);
    });
    return std::make_unique<Handle>(series);
  }

  prometheus::Registry& registry_;
  const std::shared_ptr<SeriesUses> series_;
  const MetricLabels labels_;
  absl::Mutex mutex_;
  std::map<Key, std::unique_ptr<CounterHandle>> counters_ ABSL_GUARDED_BY(mutex_);
  std::map<Key, std::unique_ptr<GaugeHandle>> gauges_ ABSL_GUARDED_BY(mutex_);
  std::map<Key, std::unique_ptr<HistogramHandle>> histograms_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> removals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

MetricRegistry::MetricRegistry()
    : registry_(
          std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)),
      root_(std::make_unique<Scope>(*registry_, std::make_shared<SeriesUses>(), MetricLabels())) {}

MetricRegistry::~MetricRegistry() { root_.reset(); }

std::string MetricRegistry::Expose() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace millrace
