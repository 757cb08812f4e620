#include "common/rpc/listen_address.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ListenAddressTest, ReadsHostsOfBothFamilies) {
  ASSERT_OK_AND_ASSIGN(const ListenAddress v4, ParseListenAddress("127.0.0.1:7070"));
  EXPECT_EQ(v4.host, "127.0.0.1");
  EXPECT_EQ(v4.port, 7070);
  ASSERT_OK_AND_ASSIGN(const ListenAddress v6, ParseListenAddress("[::1]:0"));
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.ToString(), "[::1]:0");
}

TEST(ListenAddressTest, SaysWhatIsWrongWithAnAddress) {
  const auto error = [](const char* text) { return ParseListenAddress(text).status(); };
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(error("localhost"), StatusIs(invalid, HasSubstr("no port")));
  EXPECT_THAT(error(":7070"), StatusIs(invalid, HasSubstr("no host")));
  EXPECT_THAT(error("::1:7070"), StatusIs(invalid, HasSubstr("brackets")));
  EXPECT_THAT(error("a:70000"), StatusIs(invalid, HasSubstr("0 to 65535")));
  EXPECT_THAT(error("a:x"), StatusIs(invalid, HasSubstr("0 to 65535")));
}

TEST(ListenAddressTest, AServerOnAllAddressesIsReachedAtTheNameOfItsMachine) {
  EXPECT_EQ(ReachableAddress({"0.0.0.0", 7073}, "4f1c").ToString(), "4f1c:7073");
  EXPECT_EQ(ReachableAddress({"::", 7073}, "4f1c").ToString(), "4f1c:7073");
  EXPECT_EQ(ReachableAddress({"10.0.0.7", 7073}, "4f1c").ToString(), "10.0.0.7:7073");
}

TEST(ListenAddressTest, OnlyLoopbackIsOpenedWithoutTheOperatorsWord) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
    EXPECT_OK(CheckExposure("the port", {host, 7070}, false)) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.evil.example", "example.org"}) {
    EXPECT_THAT(
        CheckExposure("the gRPC port", {host, 7070}, false),
        StatusIs(absl::StatusCode::kFailedPrecondition,
                 AllOf(HasSubstr("the gRPC port"), HasSubstr(host), HasSubstr("--insecure"))));
    EXPECT_OK(CheckExposure("the gRPC port", {host, 7070}, true));
  }
}

}  // namespace
}  // namespace millrace
