// A gRPC server with what every server of the project has: health, reflection, message limits, a
// real port.
//
// Thread-safe after Start. Services must outlive it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/listen_address.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace millrace {

struct RpcServerOptions {
  ListenAddress address;
  std::vector<grpc::Service*> services;
};

class RpcServer {
 public:
  // Listens and serves at once. kUnavailable, naming the address and the likely cause, if it cannot
  // listen there.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const RpcServerOptions& options);
  ~RpcServer();  // Shutdown without grace, if it was not called.

  const ListenAddress& address() const { return address_; }  // With the real port.

  // What the health service answers; serving from the start.
  void SetServing(bool serving);

  // Takes no new calls, gives those under way `grace` to end, then cancels them. Once.
  void Shutdown(absl::Duration grace);

 private:
  RpcServer(std::unique_ptr<grpc::Server> server, ListenAddress address);

  std::unique_ptr<grpc::Server> server_;
  const ListenAddress address_;
};

}  // namespace millrace
