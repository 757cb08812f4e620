// What the tests need of a real Kafka broker beside the code under test: topics, records in them,
// and a look at what was written.
//
// The broker is the one that MILLRACE_TEST_KAFKA names. Without it every test of this folder fails:
// a suite that skips itself would prove nothing. Calls block for at most ten seconds each and stop
// the test if they fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/kafka/client.h"

namespace millrace {

// host:port
std::string BrokerAddress();

struct ReceivedRecord {
  int32_t partition = 0;
  std::optional<std::string> key;
  std::string value;
  std::map<std::string, std::string> headers;
};

// A client for the tests' own reads, writes and administration.
class Broker {
 public:
  // `properties` are those of the client beside the broker's address.
  explicit Broker(std::string address = BrokerAddress());

  // A topic of this test's own. The name begins with `name`.
  std::string CreateTopic(const std::string& name, int partitions,
                          const std::map<std::string, std::string>& configs = {});
  void AddPartitions(const std::string& topic, int total);
  void DeleteTopic(const std::string& topic);
  // Removes the records of a partition that are below `offset`.
  void DeleteRecords(const std::string& topic, int32_t partition, int64_t offset);

  void Produce(const std::string& topic, int32_t partition, const std::vector<std::string>& values);
  // The same in a transaction, which leaves a control record behind `values`.
  void ProduceInTransaction(const std::string& topic, int32_t partition,
                            const std::vector<std::string>& values, bool commit);

  // Everything in the topic, by partition.
  std::vector<ReceivedRecord> ReadAll(const std::string& topic, int partitions);
  std::optional<int64_t> Committed(const std::string& group, const std::string& topic,
                                   int32_t partition);

 private:
  std::unique_ptr<KafkaClient> NewClient(rd_kafka_type_t type, KafkaProperties properties) const;

  const std::string address_;
  std::unique_ptr<KafkaClient> producer_;
};

}  // namespace millrace
