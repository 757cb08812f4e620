// CPU time of reading a topic, the client's threads included: the Kafka source as a task polls it,
// or the client alone with the source's settings (what no source on this client can be below).
//
//   MILLRACE_TEST_KAFKA=host:port bench_kafka_source [source|busy|client] [records] [topic]
//
// `busy` spends a microsecond on each record, as a decoder would: the client's queue fills up, and
// a client that does not fetch on in time shows as a collapse of the rate.
//
// A topic of four partitions with records of 334 bytes is made unless one is named.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/task_stand_in.h"
#include "worker/source/kafka/consumer_client.h"
#include "worker/source/kafka/kafka_source.h"

namespace millrace {
namespace {

constexpr int kPartitions = 4;
constexpr size_t kRecordBytes = 334;

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int64_t ResidentMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::string MakeTopic(int64_t records) {
  Broker broker;
  const std::string topic = broker.CreateTopic("bench", kPartitions);
  const std::vector<std::string> chunk(10'000, std::string(kRecordBytes, 'x'));
  for (int64_t made = 0; made < records; made += static_cast<int64_t>(chunk.size())) {
    broker.Produce(topic, static_cast<int32_t>(made / 10'000 % kPartitions), chunk);
  }
  return topic;
}

TableDescription Table(const std::string& topic) {
  return {.name = "t",
          .options = {{"topic", topic},
                      {"properties.bootstrap.servers", BrokerAddress()},
                      {"scan.startup.mode", "earliest-offset"},
                      {"scan.bounded.mode", "latest-offset"}}};
}

void WorkFor(absl::Duration time) {
  const absl::Duration end = SystemClock().Monotonic() + time;
  while (SystemClock().Monotonic() < end) {
  }
}

int64_t ReadWithSource(const std::string& topic, absl::Duration work_per_record) {
  TaskStandIn task;
  auto source = *NewKafkaSource({.table = Table(topic)});
  CHECK(source->Open(task.context(), nullptr).ok());
  int64_t records = 0;
  bool finished = false;
  CHECK(task.Until(
      [&] {
        while (true) {
          const SourcePoll poll = *source->Poll(Batch::kTargetRows);
          for (const SourceData& data : poll.data) {
            const int64_t size = std::get<Slab>(data.rows).size();
            records += size;
            WorkFor(size * work_per_record);
          }
          finished = poll.wait == SourceWait::kFinished;
          if (finished || poll.wait == SourceWait::kWait) return finished;
        }
      },
      absl::Minutes(10)));
  return records;
}

int64_t ReadWithClient(const std::string& topic) {
  const KafkaSourceOptions options = *ParseKafkaSourceOptions(Table(topic));
  const auto client = *KafkaClient::Create(ConsumerClientOptions("t", "bench", options));
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(kPartitions));
  for (int32_t p = 0; p < kPartitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p)->offset = 0;
  }
  CHECK(rd_kafka_assign(client->get(), list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_get_consumer(client->get()));
  std::vector<rd_kafka_message_t*> messages(4096);
  int64_t records = 0;
  for (int left = kPartitions; left > 0;) {
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue.get(), 100, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      if (messages[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) --left;
      if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++records;
      rd_kafka_message_destroy(messages[i]);
    }
  }
  return records;
}

int Measure(int argc, char** argv) {
  if (BrokerAddress().empty()) {
    std::fprintf(stderr, "set MILLRACE_TEST_KAFKA to the host:port of a Kafka broker\n");
    return 2;
  }
  const std::string mode = argc > 1 ? argv[1] : "source";
  const int64_t wanted = argc > 2 ? std::atoll(argv[2]) : 2'000'000;
  const std::string topic = argc > 3 ? argv[3] : MakeTopic(wanted);
  const double cpu = CpuSeconds();
  const absl::Duration start = SystemClock().Monotonic();
  const absl::Duration work = mode == "busy" ? absl::Microseconds(1) : absl::ZeroDuration();
  const int64_t records = mode == "client" ? ReadWithClient(topic) : ReadWithSource(topic, work);
  const double seconds = absl::ToDoubleSeconds(SystemClock().Monotonic() - start);
  const double used = CpuSeconds() - cpu;
  const double millions = static_cast<double>(records) / 1e6;
  std::printf(
      "%s: %lld records of topic %s in %.2f s, %.0f records/s, %.3f CPU-s per million, %lld "
      "MB at most\n",
      mode.c_str(), static_cast<long long>(records), topic.c_str(), seconds,
      static_cast<double>(records) / seconds, used / millions,
      static_cast<long long>(ResidentMegabytes()));
  return records > 0 ? 0 : 1;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::Measure(argc, argv); }
