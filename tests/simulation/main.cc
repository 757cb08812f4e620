// simulation --seeds N: runs seeds 1 to N, each twice, and compares the traces.
// simulation --seed N: prints the trace of one.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>

#include "tests/simulation/scenario.h"

int main(int argc, char** argv) {
  using millrace::simulation::Outcome;
  using millrace::simulation::Scenario;
  CLI::App app("The pure cores of a cluster under virtual time, delays, drops and crashes");
  uint64_t seeds = 200;
  uint64_t seed = 0;
  app.add_option("--seeds", seeds, "Run the seeds from 1 to this one")->capture_default_str();
  app.add_option("--seed", seed, "Run this seed alone and print its trace");
  CLI11_PARSE(app, argc, argv);

  if (seed != 0) {
    const Outcome outcome = Scenario(seed, /*print=*/true).Run();
    std::cout << "seed " << seed << ": " << outcome.status << "\n";
    return outcome.status.ok() ? 0 : 1;
  }
  int64_t faults = 0;
  int64_t restarts = 0;
  int64_t checkpoints = 0;
  int failed = 0;
  for (uint64_t n = 1; n <= seeds; ++n) {
    const Outcome outcome = Scenario(n, /*print=*/false).Run();
    const Outcome again = Scenario(n, /*print=*/false).Run();
    if (!outcome.status.ok()) {
      std::cout << "seed " << n << ": " << outcome.status << "\n";
      ++failed;
    }
    if (outcome.trace_hash != again.trace_hash) {
      std::cout << "seed " << n << ": the same seed gave two traces\n";
      ++failed;
    }
    faults += outcome.faults;
    restarts += outcome.restarts;
    checkpoints += outcome.checkpoints;
  }
  std::cout << "simulation: seeds=" << seeds << " failed=" << failed << " faults=" << faults
            << " restarts=" << restarts << " checkpoints=" << checkpoints << std::endl;
  return failed == 0 ? 0 : 1;
}
