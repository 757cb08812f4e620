// What a Kafka cluster answers to a client that comes from this machine.
#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "cli/doctor/facts.h"

namespace millrace {

// `properties` are the client's own (librdkafka's names): security.protocol and the like. Blocks
// for about `timeout`, then as long again for the brokers that the cluster names.
KafkaFacts GatherKafkaFacts(const std::string& bootstrap,
                            const std::map<std::string, std::string>& properties,
                            absl::Duration timeout);

}  // namespace millrace
