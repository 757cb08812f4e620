// Names state by what it is the state of, not by where the operator stands in the job.
//
// The canonical text of a sub-plan says which rows it gives (sources, filters, windows, keys,
// aggregate calls) with every column traced back to the columns of tables. Aliases, the order of
// statements, other readers of the same table and columns that others need do not change it. A
// source is its table's name and the place it reads (connector, topic, path): neither a new column
// nor a new watermark loses its position.
#pragma once

#include <map>
#include <set>
#include <string>

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

class StateFingerprints {
 public:
  // The state id of the operator that `node` becomes: 16 hex digits. Equal sub-plans within one job
  // are told apart by "-2", "-3", ... in the order of asking.
  std::string IdOf(const LogicalNode& node);

  // What the id is the hash of.
  std::string CanonicalText(const LogicalNode& node);

 private:
  struct Traced {
    std::string rows;                  // Which rows the node gives.
    std::vector<std::string> columns;  // Each output column in terms of tables' columns.
  };

  const Traced& Trace(const LogicalNode& node);
  Traced TraceNode(const LogicalNode& node);
  Traced TraceJoin(const LogicalNode& node, const LogicalWindowJoin& join);

  std::map<const LogicalNode*, Traced> traced_;
  std::map<std::string, int> uses_;
};

}  // namespace millrace
