#include "common/columnar/batch_codec.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/ipc/message.h"
#include "arrow/ipc/reader.h"
#include "arrow/ipc/writer.h"
#include "arrow/type.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {
namespace {

// header | IPC metadata | padding to kAlignment | IPC body | row kinds, a byte each
//
// header: version (1), flags (1), zero (2), metadata length (4), body length (8), little-endian.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kHasRowKinds = 1;
constexpr int64_t kHeaderBytes = 16;
// The body starts at a multiple of this, so that columns can be used where they were received.
constexpr int64_t kAlignment = 64;

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::shared_ptr<arrow::Buffer> Zeros(int64_t bytes) {
  static const uint8_t kZeros[kAlignment] = {};
  CHECK_LE(bytes, kAlignment);
  return std::make_shared<arrow::Buffer>(kZeros, bytes);
}

class Slices {
 public:
  void Add(std::shared_ptr<arrow::Buffer> slice) {
    if (slice == nullptr || slice->size() == 0) return;
    encoded_.bytes += slice->size();
    encoded_.slices.push_back(std::move(slice));
  }
  EncodedBatch Take() && { return std::move(encoded_); }

 private:
  EncodedBatch encoded_;
};

// Keeps the vector of row kinds alive for as long as a carrier holds its bytes.
class RowKindBuffer final : public arrow::Buffer {
 public:
  explicit RowKindBuffer(std::shared_ptr<const std::vector<RowKind>> kinds)
      : arrow::Buffer(reinterpret_cast<const uint8_t*>(kinds->data()),
                      static_cast<int64_t>(kinds->size())),
        kinds_(std::move(kinds)) {}

 private:
  std::shared_ptr<const std::vector<RowKind>> kinds_;
};

std::shared_ptr<arrow::Buffer> MakeHeader(int64_t metadata_bytes, int64_t body_bytes, bool kinds) {
  std::string header(kHeaderBytes, '\0');
  header[0] = static_cast<char>(kVersion);
  header[1] = static_cast<char>(kinds ? kHasRowKinds : 0);
  StoreLittle<uint32_t>(header.data() + 4, static_cast<uint32_t>(metadata_bytes));
  StoreLittle<uint64_t>(header.data() + 8, static_cast<uint64_t>(body_bytes));
  return arrow::Buffer::FromString(std::move(header));
}

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("batch bytes are damaged: ", AbslView(what)));
}

struct Layout {
  int64_t metadata_bytes = 0;
  int64_t body_offset = 0;
  int64_t body_bytes = 0;
  bool row_kinds = false;
};

absl::StatusOr<Layout> ReadHeader(const arrow::Buffer& bytes) {
  if (bytes.size() < kHeaderBytes) return Damaged("shorter than its header");
  const uint8_t* header = bytes.data();
  if (header[0] != kVersion) return Damaged(absl::StrCat("unknown version ", header[0]));
  if (header[1] > kHasRowKinds || header[2] != 0 || header[3] != 0) return Damaged("unknown flags");
  const uint64_t metadata_bytes = LoadLittle<uint32_t>(header + 4);
  const uint64_t body_bytes = LoadLittle<uint64_t>(header + 8);
  const uint64_t available = static_cast<uint64_t>(bytes.size());
  if (metadata_bytes > available || body_bytes > available) return Damaged("it is cut off");
  Layout layout;
  layout.row_kinds = (header[1] & kHasRowKinds) != 0;
  layout.metadata_bytes = static_cast<int64_t>(metadata_bytes);
  layout.body_bytes = static_cast<int64_t>(body_bytes);
  layout.body_offset = RoundUp(kHeaderBytes + layout.metadata_bytes, kAlignment);
  if (layout.body_offset + layout.body_bytes > bytes.size()) return Damaged("it is cut off");
  return layout;
}

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> ReadColumns(
    const std::shared_ptr<arrow::Schema>& schema, const std::shared_ptr<arrow::Buffer>& bytes,
    const Layout& layout) {
  auto metadata = arrow::SliceBuffer(bytes, kHeaderBytes, layout.metadata_bytes);
  auto body = arrow::SliceBuffer(bytes, layout.body_offset, layout.body_bytes);
  auto message = arrow::ipc::Message::Open(std::move(metadata), std::move(body));
  if (!message.ok()) return Damaged(message.status().message());
  if ((*message)->type() != arrow::ipc::MessageType::RECORD_BATCH) {
    return Damaged("it is not a record batch");
  }
  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  auto batch = arrow::ipc::ReadRecordBatch(**message, schema, nullptr, options);
  if (!batch.ok()) return Damaged(batch.status().message());
  const arrow::Status valid = (*batch)->ValidateFull();
  if (!valid.ok()) return Damaged(valid.message());
  return *std::move(batch);
}

absl::StatusOr<std::shared_ptr<const std::vector<RowKind>>> ReadRowKinds(const uint8_t* kinds,
                                                                         int64_t rows) {
  auto row_kinds = std::make_shared<std::vector<RowKind>>(rows);
  for (int64_t i = 0; i < rows; ++i) {
    if (kinds[i] > static_cast<uint8_t>(RowKind::kDelete)) {
      return Damaged(absl::StrCat("row ", i, " has the unknown kind ", kinds[i]));
    }
    (*row_kinds)[i] = static_cast<RowKind>(kinds[i]);
  }
  return row_kinds;
}

}  // namespace

absl::StatusOr<EncodedBatch> EncodeBatch(const Batch& batch) {
  arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  options.alignment = 8;
  std::shared_ptr<arrow::RecordBatch> columns = batch.columns();
  if (columns == nullptr) {
    columns = arrow::RecordBatch::Make(arrow::schema({}), 0, arrow::ArrayVector{});
  }
  arrow::ipc::IpcPayload payload;
  RETURN_IF_ERROR(FromArrow(arrow::ipc::GetRecordBatchPayload(*columns, options, &payload)));
  const int64_t metadata_bytes = payload.metadata->size();
  Slices slices;
  slices.Add(MakeHeader(metadata_bytes, payload.body_length, !batch.insert_only()));
  slices.Add(payload.metadata);
  slices.Add(
      Zeros(RoundUp(kHeaderBytes + metadata_bytes, kAlignment) - kHeaderBytes - metadata_bytes));
  int64_t body_bytes = 0;
  for (auto& buffer : payload.body_buffers) {
    if (buffer == nullptr) continue;
    const int64_t size = buffer->size();
    slices.Add(std::move(buffer));
    slices.Add(Zeros(RoundUp(size, 8) - size));
    body_bytes += RoundUp(size, 8);
  }
  if (body_bytes != payload.body_length) {
    return absl::InternalError(absl::StrCat("Arrow announced a batch body of ", payload.body_length,
                                            " bytes and gave ", body_bytes));
  }
  if (!batch.insert_only()) slices.Add(std::make_shared<RowKindBuffer>(batch.row_kinds()));
  return std::move(slices).Take();
}

absl::StatusOr<Batch> DecodeBatch(const std::shared_ptr<arrow::Schema>& schema,
                                  std::shared_ptr<arrow::Buffer> bytes) {
  if (reinterpret_cast<uintptr_t>(bytes->data()) % 8 != 0) {
    // The metadata is read in place and needs its alignment.
    ASSIGN_OR_RETURN(bytes, FromArrow(bytes->CopySlice(0, bytes->size())));
  }
  ASSIGN_OR_RETURN(const Layout layout, ReadHeader(*bytes));
  ASSIGN_OR_RETURN(auto columns, ReadColumns(schema, bytes, layout));
  const int64_t kinds_offset = layout.body_offset + layout.body_bytes;
  const int64_t kinds_bytes = layout.row_kinds ? columns->num_rows() : 0;
  if (kinds_offset + kinds_bytes != bytes->size()) return Damaged("its length is wrong");
  std::shared_ptr<const std::vector<RowKind>> kinds;
  if (layout.row_kinds) {
    ASSIGN_OR_RETURN(kinds, ReadRowKinds(bytes->data() + kinds_offset, kinds_bytes));
  }
  return Batch(std::move(columns), std::move(kinds));
}

}  // namespace millrace
