#include "common/kafka/properties.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TableDescription Table(TableOptions options) {
  options.emplace("properties.bootstrap.servers", "localhost:9092");
  return {.name = "clicks", .options = std::move(options)};
}

TEST(ClientPropertiesTest, HandsOnWhatBothClientsCallTheSame) {
  EXPECT_THAT(
      ClientProperties(Table({{"properties.security.protocol", "SASL_SSL"}, {"topic", "t"}})),
      IsOkAndHolds(ElementsAre(Pair("bootstrap.servers", "localhost:9092"),
                               Pair("security.protocol", "SASL_SSL"))));
}

TEST(ClientPropertiesTest, TranslatesTheNamesOfTheJavaClient) {
  EXPECT_THAT(ClientProperties(Table({{"properties.fetch.max.wait.ms", "20"},
                                      {"properties.buffer.memory", "1048576"}})),
              IsOkAndHolds(ElementsAre(Pair("bootstrap.servers", "localhost:9092"),
                                       Pair("fetch.wait.max.ms", "20"),
                                       Pair("queue.buffering.max.kbytes", "1024"))));
}

TEST(ClientPropertiesTest, TakesNameAndPasswordFromAJaasEntry) {
  for (const char* module : {"plain.PlainLoginModule", "scram.ScramLoginModule"}) {
    const std::string entry = std::string("org.apache.kafka.common.security.") + module +
                              " required username=\"ann\" password='s3cret';";
    EXPECT_THAT(
        ClientProperties(Table({{"properties.sasl.jaas.config", entry}})),
        IsOkAndHolds(ElementsAre(Pair("bootstrap.servers", "localhost:9092"),
                                 Pair("sasl.password", "s3cret"), Pair("sasl.username", "ann"))));
  }
}

TEST(ClientPropertiesTest, AJaasEntryThatIsNotUnderstoodIsRefusedWithoutQuotingIt) {
  EXPECT_THAT(ClientProperties(Table({{"properties.sasl.jaas.config",
                                       "com.sun.security.auth.module.Krb5LoginModule required "
                                       "keyTab=\"/etc/s3cret\";"}})),
              StatusIs(absl::StatusCode::kUnimplemented,
                       AllOf(HasSubstr("sasl.jaas.config"), Not(HasSubstr("s3cret")))));
}

TEST(ClientPropertiesTest, LeavesOutWhatOnlySteersTheJavaClient) {
  EXPECT_THAT(ClientProperties(Table({{"properties.key.deserializer", "StringDeserializer"},
                                      {"properties.max.poll.records", "500"},
                                      {"properties.auto.offset.reset", "earliest"}})),
              IsOkAndHolds(ElementsAre(Pair("bootstrap.servers", "localhost:9092"))));
}

TEST(ClientPropertiesTest, RefusesWhatWouldRunOrLoadAProgram) {
  for (const std::string name :
       {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.providers",
        "sasl.oauthbearer.token.endpoint.url"}) {
    EXPECT_THAT(ClientProperties(Table({{"properties." + name, "x"}})),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(HasSubstr("table clicks"), HasSubstr(name))));
  }
}

TEST(ClientPropertiesTest, NamesTheRemedyForWhatOnlyTheJavaClientHas) {
  EXPECT_THAT(ClientProperties(Table({{"properties.ssl.truststore.location", "/x.jks"}})),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("properties.ssl.ca.location")));
}

TEST(ClientPropertiesTest, SuggestsTheNameThatWasMeant) {
  EXPECT_THAT(ClientProperties(Table({{"properties.security.protocoll", "SSL"}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'security.protocol'")));
}

TEST(ClientPropertiesTest, TwoNamesOfOnePropertyMustAgree) {
  EXPECT_OK(ClientProperties(
      Table({{"properties.fetch.max.wait.ms", "20"}, {"properties.fetch.wait.max.ms", "20"}})));
  EXPECT_THAT(ClientProperties(Table({{"properties.fetch.max.wait.ms", "20"},
                                      {"properties.fetch.wait.max.ms", "30"}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the same property")));
}

TEST(ClientPropertiesTest, NeedsAServer) {
  EXPECT_THAT(ClientProperties({.name = "clicks", .options = {{"topic", "t"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("table clicks"), HasSubstr("bootstrap.servers"))));
}

}  // namespace
}  // namespace millrace
