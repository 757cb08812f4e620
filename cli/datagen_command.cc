// millrace datagen nexmark|cards: lines of JSON for a topic or a file.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/datagen/card_transactions.h"
#include "cli/datagen/fraud_truth.h"
#include "cli/line_output.h"
#include "cli/signals.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "worker/source/generator/nexmark_events.h"

namespace millrace {
namespace {

constexpr int64_t kLinesMost = int64_t{1} << 50;

struct DatagenCommandOptions {
  LineDestination destination;
  int64_t lines = 0;
  uint64_t seed = 0;
  int64_t rate = 0;
  std::string truth;
};

// Holds a generator back to so many lines per second of wall time.
class LinePace {
 public:
  // 0: does not hold back.
  explicit LinePace(int64_t lines_per_second)
      : lines_per_second_(lines_per_second),
        lines_per_look_(std::max<int64_t>(1, lines_per_second / kLooksPerSecond)),
        began_(SystemClock().Monotonic()) {}

  // Waits until `lines` lines may be written. kCancelled if a signal came meanwhile.
  absl::Status Await(int64_t lines, LineOutput& output) {
    if (lines_per_second_ == 0 || lines % lines_per_look_ != 0) return absl::OkStatus();
    const absl::Duration due =
        began_ + absl::Seconds(static_cast<double>(lines) / static_cast<double>(lines_per_second_));
    const absl::Duration early = due - SystemClock().Monotonic();
    if (early <= absl::ZeroDuration()) return absl::OkStatus();
    RETURN_IF_ERROR(output.Flush());
    if (WaitForSignal(early)) return absl::CancelledError("interrupted");
    return absl::OkStatus();
  }

 private:
  static constexpr int64_t kLooksPerSecond = 100;

  const int64_t lines_per_second_;
  const int64_t lines_per_look_;
  const absl::Duration began_;
};

absl::Status WriteNexmark(const DatagenCommandOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<LineOutput> output, OpenLineOutput(options.destination));
  NexmarkEvents events({.seed = options.seed, .events_per_second = options.rate});
  std::string line;
  for (int64_t i = 0; i < options.lines; ++i) {
    line.clear();
    AppendNexmarkJson(events.Next(), line);
    RETURN_IF_ERROR(output->Write(line));
  }
  return output->Finish();
}

absl::Status WriteTruth(const std::string& file, FraudTruth& truth) {
  ASSIGN_OR_RETURN(const std::unique_ptr<LineOutput> output, OpenLineOutput({.file = file}));
  for (const std::string& alert : truth.TakeAlerts()) RETURN_IF_ERROR(output->Write(alert));
  return output->Finish();
}

absl::Status WriteCards(const DatagenCommandOptions& options) {
  HoldSignals();
  ASSIGN_OR_RETURN(const std::unique_ptr<LineOutput> output, OpenLineOutput(options.destination));
  CardTransactions transactions(
      {.transactions = options.lines, .seed = options.seed, .flush_lines = output->partitions()});
  FraudTruth truth;
  LinePace pace(options.rate);
  CardTransaction transaction;
  std::string line;
  for (int64_t lines = 0; transactions.Next(transaction); ++lines) {
    RETURN_IF_ERROR(pace.Await(lines, *output));
    if (!options.truth.empty()) truth.Add(transaction);
    line.clear();
    AppendTransactionJson(transaction, line);
    RETURN_IF_ERROR(output->Write(line));
  }
  RETURN_IF_ERROR(output->Finish());
  return options.truth.empty() ? absl::OkStatus() : WriteTruth(options.truth, truth);
}

int ExitStatus(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << status.message() << "\n";
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

void AddDestination(CLI::App* command, DatagenCommandOptions& options) {
  LineDestination& destination = options.destination;
  command->add_option("--seed", options.seed, "Other seeds give other lines")
      ->capture_default_str();
  CLI::Option* const kafka =
      command->add_option("--kafka", destination.kafka, "Write to the Kafka broker at HOST:PORT");
  command->add_option("--topic", destination.topic, "Topic; line i goes to partition i modulo n");
  command->add_option("--output", destination.file, "Write to a file, - for standard output")
      ->excludes(kafka)
      ->capture_default_str();
}

}  // namespace

void AddDatagenCommand(CLI::App& app, Run& run) {
  CLI::App* const datagen = app.add_subcommand("datagen", "Write generated lines of JSON");
  datagen->require_subcommand(1);

  const auto nexmark = std::make_shared<DatagenCommandOptions>();
  nexmark->seed = 42;
  nexmark->lines = 1'000'000;
  nexmark->rate = 10'000;
  CLI::App* const nexmark_command =
      datagen->add_subcommand("nexmark", "Events of the Nexmark benchmark");
  nexmark_command->add_option("--events", nexmark->lines, "How many")
      ->check(CLI::Range(int64_t{0}, kLinesMost))
      ->capture_default_str();
  nexmark_command->add_option("--rate", nexmark->rate, "Events per second of event time")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->capture_default_str();
  AddDestination(nexmark_command, *nexmark);
  nexmark_command->callback(
      [nexmark, &run] { run = [nexmark] { return ExitStatus(WriteNexmark(*nexmark)); }; });

  const auto cards = std::make_shared<DatagenCommandOptions>();
  cards->seed = 1;
  cards->lines = 1'000'000;
  CLI::App* const cards_command =
      datagen->add_subcommand("cards", "Card transactions with frauds, for examples/fraud");
  cards_command->add_option("--transactions", cards->lines, "How many")
      ->check(CLI::Range(int64_t{0}, kLinesMost))
      ->capture_default_str();
  cards_command
      ->add_option("--rate", cards->rate, "Per second of wall time; 0: as fast as possible")
      ->check(CLI::Range(int64_t{0}, kLinesMost))
      ->capture_default_str();
  cards_command->add_option("--truth", cards->truth,
                            "File for the alerts that must be found, one JSON line each");
  AddDestination(cards_command, *cards);
  cards_command->callback(
      [cards, &run] { run = [cards] { return ExitStatus(WriteCards(*cards)); }; });
}

}  // namespace millrace
