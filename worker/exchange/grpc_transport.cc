// Frames over gRPC: one bidirectional stream of raw byte slices per connection, callback API.
//
// Each gRPC message holds whole frames; payloads go to gRPC as slices that point into the column
// buffers. One message is being written at a time, so no more than that waits inside gRPC.
#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "worker/exchange/frame_codec.h"
#include "worker/exchange/transport.h"

namespace millrace {
namespace {

constexpr char kMethod[] = "/millrace.v1.Exchange/Stream";

// Small frames are put together into messages of about this size.
constexpr int64_t kMessageBytes = 256 * 1024;

// A peer that vanished without closing its connection is noticed after about 10 seconds; the
// coordinator's heartbeats are usually faster.
constexpr int kKeepaliveMs = 5000;

// HTTP/2's default of 16 KiB would cut each batch into many frames.
constexpr int kHttp2FrameBytes = 1024 * 1024;

// What all streams of a transport share. Keeps a stream alive until gRPC is done with it.
struct SharedState {
  std::atomic<int64_t> sent_bytes = 0, sent_frames = 0, received_bytes = 0, received_frames = 0;
  absl::Mutex mutex;
  bool shut_down ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::shared_ptr<FrameStream>> streams ABSL_GUARDED_BY(mutex);

  // False if the transport is being shut down.
  bool Add(std::shared_ptr<FrameStream> stream) {
    absl::MutexLock lock(&mutex);
    if (shut_down) return false;
    streams.push_back(std::move(stream));
    return true;
  }

  void Remove(const FrameStream* stream) {
    std::shared_ptr<FrameStream> last;  // Goes after the lock.
    absl::MutexLock lock(&mutex);
    const auto found = std::find_if(streams.begin(), streams.end(),
                                    [&](const auto& s) { return s.get() == stream; });
    last = std::move(*found);
    streams.erase(found);
  }

  void CloseAll() {
    std::vector<std::shared_ptr<FrameStream>> open;
    {
      absl::MutexLock lock(&mutex);
      shut_down = true;
      open = streams;
    }
    for (const auto& stream : open) {
      stream->Close(absl::CancelledError("this worker's exchange is shutting down"));
    }
    open.clear();
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(
        +[](SharedState* state) ABSL_NO_THREAD_SAFETY_ANALYSIS { return state->streams.empty(); },
        this));
  }
};

grpc::ByteBuffer ToByteBuffer(std::vector<WirePiece> pieces) {
  std::vector<grpc::Slice> slices;
  slices.reserve(pieces.size());
  for (WirePiece& piece : pieces) {
    if (piece.buffer == nullptr) {
      slices.emplace_back(piece.bytes);
      continue;
    }
    auto* owner = new std::shared_ptr<arrow::Buffer>(std::move(piece.buffer));
    slices.emplace_back(
        const_cast<uint8_t*>((*owner)->data()), static_cast<size_t>((*owner)->size()),
        [](void* o) { delete static_cast<std::shared_ptr<arrow::Buffer>*>(o); }, owner);
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

// The half that both ends of a stream have in common: the read loop, the write loop, and an end
// that is reached once.
//
// Calls into gRPC are made without the mutex held, as callbacks may come at any time. The call is
// terminated when it is closed and nobody writes, so no write can be started on a call that is
// over.
template <typename Reactor>
class GrpcStream : public Reactor, public FrameStream {
 public:
  GrpcStream(SharedState& shared, std::shared_ptr<FrameHandler> handler)
      : shared_(shared), handler_(std::move(handler)) {}

  void OnFramesReady() final {
    {
      absl::MutexLock lock(&mutex_);
      more_ = true;
      if (writing_ || closed_) return;
      writing_ = true;
    }
    Pump();
  }

  void Close(const absl::Status& reason) final {
    bool writing = false;
    {
      absl::MutexLock lock(&mutex_);
      if (closed_) return;
      closed_ = true;
      reason_ = reason;
      writing = writing_;
    }
    Interrupt(writing);
    TerminateIfDue();
  }

  void OnReadDone(bool ok) final {
    if (ok) {
      const absl::Status status = Receive();
      in_.Clear();
      if (status.ok()) return Reactor::StartRead(&in_);
      return Close(status);
    }
    {
      absl::MutexLock lock(&mutex_);
      closed_ = true;
    }
    TerminateIfDue();
  }

  void OnWriteDone(bool ok) final {
    if (ok) return Pump();
    {
      absl::MutexLock lock(&mutex_);
      closed_ = true;
      writing_ = false;
    }
    TerminateIfDue();
  }

 protected:
  // Makes what is under way come back, `writing` or reading.
  virtual void Interrupt(bool writing) = 0;
  // Lets the call end. Called once.
  virtual void Terminate(const absl::Status& reason) = 0;

  void Begin(std::shared_ptr<FrameStream> self) {
    handler_->OnOpen(std::move(self));
    Reactor::StartRead(&in_);
  }

  // gRPC is done with this. `status` is how the call ended if this side did not end it.
  void End(const absl::Status& status) {
    absl::Status reason;
    {
      absl::MutexLock lock(&mutex_);
      reason = reason_.ok() ? status : reason_;
    }
    handler_->OnClosed(reason);
    handler_.reset();
    shared_.Remove(this);  // The last thing: it may delete this.
  }

 private:
  // Writes one message of what the handler has, or stops writing. REQUIRES: the caller set
  // writing_.
  void Pump() {
    while (true) {
      bool closed = false;
      {
        absl::MutexLock lock(&mutex_);
        more_ = false;
        closed = closed_;
      }
      if (!closed && Gather()) return Reactor::StartWrite(&out_);
      absl::MutexLock lock(&mutex_);
      if (more_ && !closed_) continue;
      writing_ = false;
      break;
    }
    TerminateIfDue();
  }

  bool Gather() {
    while (writer_.bytes() < kMessageBytes) {
      const std::optional<OutboundWireFrame> frame = handler_->NextFrame();
      if (!frame.has_value()) break;
      writer_.Append(*frame);
    }
    if (writer_.frames() == 0) return false;
    shared_.sent_bytes += writer_.bytes();
    shared_.sent_frames += writer_.frames();
    out_ = ToByteBuffer(writer_.Take());
    return true;
  }

  void TerminateIfDue() {
    absl::Status reason;
    {
      absl::MutexLock lock(&mutex_);
      if (!closed_ || writing_ || terminated_) return;
      terminated_ = true;
      reason = reason_;
    }
    Terminate(reason);
  }

  absl::Status Receive() {
    std::vector<grpc::Slice> slices;
    if (!in_.Dump(&slices).ok()) return absl::DataLossError("a message of the exchange is damaged");
    std::vector<std::string_view> pieces;
    for (const grpc::Slice& slice : slices) {
      pieces.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    shared_.received_bytes += static_cast<int64_t>(in_.Length());
    FrameReader reader(std::move(pieces));
    while (true) {
      ASSIGN_OR_RETURN(std::optional<InboundWireFrame> frame, reader.Next());
      if (!frame.has_value()) return absl::OkStatus();
      ++shared_.received_frames;
      RETURN_IF_ERROR(handler_->OnFrame(std::move(*frame)));
    }
  }

  SharedState& shared_;
  std::shared_ptr<FrameHandler> handler_;
  grpc::ByteBuffer in_;   // Belongs to the read that is under way.
  grpc::ByteBuffer out_;  // Belongs to the write that is under way.
  FrameWriter writer_;    // Belongs to whoever set writing_.

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool more_ ABSL_GUARDED_BY(mutex_) = false;  // Frames became ready since the last look.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool terminated_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status reason_ ABSL_GUARDED_BY(mutex_);  // Why this side closed it.
};

class ClientStream final
    : public GrpcStream<grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>> {
 public:
  ClientStream(SharedState& shared, std::string peer, std::shared_ptr<FrameHandler> handler)
      : GrpcStream(shared, std::move(handler)),
        peer_(std::move(peer)),
        stub_(grpc::CreateCustomChannel(peer_, grpc::InsecureChannelCredentials(), Arguments())) {}

  void Start(std::shared_ptr<FrameStream> self) {
    stub_.PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
    AddHold();
    Begin(std::move(self));
    StartCall();
  }

  void OnDone(const grpc::Status& status) override {
    const auto code = status.ok() ? absl::StatusCode::kUnavailable
                                  : static_cast<absl::StatusCode>(status.error_code());
    End(absl::Status(code,
                     absl::StrCat("the exchange connection to ", peer_, " was lost: ",
                                  status.ok() ? "closed by the peer" : status.error_message())));
  }

 private:
  void Interrupt(bool writing) override { context_.TryCancel(); }
  void Terminate(const absl::Status& reason) override { RemoveHold(); }

  static grpc::ChannelArguments Arguments() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetMaxSendMessageSize(-1);
    // A peer that comes back is a new connection, not one that sits out another's back-off.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kHttp2FrameBytes);
    return arguments;
  }

  const std::string peer_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
};

class ServerStream final : public GrpcStream<grpc::ServerGenericBidiReactor> {
 public:
  ServerStream(SharedState& shared, grpc::GenericCallbackServerContext* context,
               std::shared_ptr<FrameHandler> handler)
      : GrpcStream(shared, std::move(handler)), context_(context), peer_(context->peer()) {}

  using GrpcStream::Begin;

  void OnDone() override {
    End(absl::UnavailableError(absl::StrCat("the exchange connection from ", peer_, " was lost")));
  }

 private:
  void Interrupt(bool writing) override {
    if (writing) context_->TryCancel();
  }
  void Terminate(const absl::Status& reason) override {
    Finish(
        grpc::Status(static_cast<grpc::StatusCode>(reason.code()), std::string(reason.message())));
  }

  grpc::GenericCallbackServerContext* const context_;
  const std::string peer_;
};

class RefusingReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusingReactor(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

class Service final : public grpc::CallbackGenericService {
 public:
  Service(SharedState& shared, Transport::Acceptor acceptor)
      : shared_(shared), acceptor_(std::move(acceptor)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (context->method() != kMethod) {
      return new RefusingReactor(
          grpc::Status(grpc::StatusCode::UNIMPLEMENTED,
                       "this is the exchange port of a worker; jobs go to the coordinator"));
    }
    auto stream = std::make_shared<ServerStream>(shared_, context, acceptor_());
    if (!shared_.Add(stream)) {
      return new RefusingReactor(
          grpc::Status(grpc::StatusCode::UNAVAILABLE, "this worker is shutting down"));
    }
    stream->Begin(stream);
    return stream.get();
  }

 private:
  SharedState& shared_;
  const Transport::Acceptor acceptor_;
};

class GrpcTransport final : public Transport {
 public:
  ~GrpcTransport() override { Shutdown(); }

  absl::StatusOr<std::string> Listen(const std::string& address, Acceptor acceptor) override {
    CHECK(server_ == nullptr);
    service_ = std::make_unique<Service>(shared_, std::move(acceptor));
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(service_.get());
    builder.SetMaxReceiveMessageSize(-1);
    builder.SetMaxSendMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kKeepaliveMs / 2);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kHttp2FrameBytes);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", address,
                       " for the exchange: is the address this machine's, and the port free?"));
    }
    return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
  }

  void Connect(const std::string& peer, std::shared_ptr<FrameHandler> handler) override {
    auto stream = std::make_shared<ClientStream>(shared_, peer, handler);
    if (!shared_.Add(stream)) {
      handler->OnClosed(absl::CancelledError("this worker's exchange is shutting down"));
      return;
    }
    stream->Start(stream);
  }

  void Shutdown() override {
    shared_.CloseAll();
    if (server_ != nullptr) {
      server_->Shutdown(gpr_inf_past(GPR_CLOCK_MONOTONIC));
      server_->Wait();
      server_.reset();
    }
  }

  WireCounts counts() const override {
    return {.sent_bytes = shared_.sent_bytes,
            .sent_frames = shared_.sent_frames,
            .received_bytes = shared_.received_bytes,
            .received_frames = shared_.received_frames};
  }

 private:
  SharedState shared_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

std::unique_ptr<Transport> NewGrpcTransport() { return std::make_unique<GrpcTransport>(); }

}  // namespace millrace
