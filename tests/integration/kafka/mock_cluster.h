// A broker inside this process that can be taken away and made to refuse, over real sockets:
// librdkafka's own mock. For what a real broker does not do on demand.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>

#include "common/base/check.h"
#include "common/kafka/client.h"

namespace millrace {

class MockCluster {
 public:
  // One broker with one topic.
  MockCluster(const std::string& topic, int partitions) {
    auto client = KafkaClient::Create({.type = RD_KAFKA_PRODUCER,
                                       .table = "of the test",
                                       .client_id = "mock",
                                       .properties = {{"bootstrap.servers", "127.0.0.1:1"}}});
    CHECK(client.ok());
    client_ = *std::move(client);
    cluster_.reset(rd_kafka_mock_cluster_new(client_->get(), 1));
    CHECK(cluster_ != nullptr);
    CHECK(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1) ==
          RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  std::string address() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  void Stop() { rd_kafka_mock_broker_set_down(cluster_.get(), 1); }
  void Start() { rd_kafka_mock_broker_set_up(cluster_.get(), 1); }

  // Answers the next write with `error`.
  void RefuseWrite(rd_kafka_resp_err_t error) {
    constexpr int16_t kProduce = 0;
    rd_kafka_mock_push_request_errors(cluster_.get(), kProduce, 1, error);
  }

 private:
  struct Destroy {
    void operator()(rd_kafka_mock_cluster_t* cluster) const {
      rd_kafka_mock_cluster_destroy(cluster);
    }
  };
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster_;
};

}  // namespace millrace
