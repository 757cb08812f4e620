// A table's 'properties.*' options as properties of the Kafka client.
//
// Scripts are written for Flink, whose client is the Java one: its names are translated where this
// client has an equal, and left out where they have no meaning here. Everything else is handed on
// only if it is on a list: some properties run programs, load code, or make the worker call an
// address of the job author's choice. Pure.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/plan/table.h"

namespace millrace {

// Names are librdkafka's.
using KafkaProperties = std::map<std::string, std::string>;

// kInvalidArgument, naming table and option, for a property that is unknown, contradicts another
// or lacks 'bootstrap.servers'; kPermissionDenied for one that a job may not set; kUnimplemented
// for one that only the Java client has and that changes what a job does. No message quotes a
// value.
absl::StatusOr<KafkaProperties> ClientProperties(const TableDescription& table);

// The value of option `name` of `table`, or `otherwise`.
std::string OptionOf(const TableDescription& table, const std::string& name,
                     std::string otherwise = "");

}  // namespace millrace
