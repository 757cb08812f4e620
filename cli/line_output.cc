#include "cli/line_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/line_publisher.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

class KafkaLines final : public LineOutput {
 public:
  explicit KafkaLines(std::unique_ptr<LinePublisher> publisher)
      : publisher_(std::move(publisher)) {}

  absl::Status Write(std::string_view line) override { return publisher_->Publish(line); }
  absl::Status Flush() override { return absl::OkStatus(); }  // The client lingers for 20 ms only.
  absl::Status Finish() override { return publisher_->Flush(); }
  int32_t partitions() const override { return publisher_->partitions(); }

 private:
  const std::unique_ptr<LinePublisher> publisher_;
};

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};

class FileLines final : public LineOutput {
 public:
  FileLines(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}

  absl::Status Write(std::string_view line) override {
    const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                         std::fputc('\n', file_.get()) != EOF;
    return written ? absl::OkStatus() : Failed();
  }
  absl::Status Flush() override {
    return std::fflush(file_.get()) == 0 ? absl::OkStatus() : Failed();
  }
  absl::Status Finish() override { return Flush(); }
  int32_t partitions() const override { return 1; }

 private:
  absl::Status Failed() const {
    return absl::UnavailableError(absl::StrCat("cannot write ", name_, ": ", std::strerror(errno)));
  }

  const std::unique_ptr<std::FILE, CloseFile> file_;
  const std::string name_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LineOutput>> OpenLineOutput(const LineDestination& destination) {
  if (!destination.kafka.empty()) {
    if (destination.topic.empty()) {
      return absl::InvalidArgumentError("--kafka needs --topic, the topic to write to");
    }
    ASSIGN_OR_RETURN(std::unique_ptr<LinePublisher> publisher,
                     LinePublisher::Connect(destination.kafka, destination.topic));
    return std::make_unique<KafkaLines>(std::move(publisher));
  }
  if (!destination.topic.empty()) {
    return absl::InvalidArgumentError("--topic needs --kafka HOST:PORT, the broker that has it");
  }
  if (destination.file == "-") return std::make_unique<FileLines>(stdout, "standard output");
  std::FILE* const file = std::fopen(destination.file.c_str(), "wb");
  if (file == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("cannot write ", destination.file, ": ", std::strerror(errno)));
  }
  return std::make_unique<FileLines>(file, destination.file);
}

}  // namespace millrace
