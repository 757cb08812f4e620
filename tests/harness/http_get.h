// A GET on loopback, as a browser would send it: the whole answer, head and body.
#pragma once

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <string>

namespace millrace {

// `address`: "host:port".
inline std::string HttpGet(const std::string& address, const std::string& target) {
  namespace asio = boost::asio;
  const size_t colon = address.rfind(':');
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  asio::connect(socket, asio::ip::tcp::resolver(io).resolve(address.substr(0, colon),
                                                            address.substr(colon + 1)));
  asio::write(socket, asio::buffer("GET " + target +
                                   " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
  boost::system::error_code ignored;
  asio::streambuf answer;
  asio::read(socket, answer, ignored);
  return {asio::buffers_begin(answer.data()), asio::buffers_end(answer.data())};
}

}  // namespace millrace
