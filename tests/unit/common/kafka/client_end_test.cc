#include "common/kafka/client_end.h"

#include <gmock/gmock.h>

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"

namespace millrace {
namespace {

TEST(ClientEndTest, AnEndThatComesIsWaitedForAndLetsGoOfWhatWasUsed) {
  auto used = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = used;
  bool destroyed = false;
  EXPECT_TRUE(EndClient([&] { destroyed = true; }, std::move(used)));
  EXPECT_TRUE(destroyed);
  EXPECT_TRUE(watched.expired());
}

TEST(ClientEndTest, AnEndThatDoesNotComeIsGivenUpAndKeepsWhatIsUsed) {
  auto used = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = used;
  const auto never = std::make_shared<absl::Notification>();
  EXPECT_FALSE(
      EndClient([never] { never->WaitForNotification(); }, std::move(used), absl::Milliseconds(1)));
  EXPECT_FALSE(watched.expired());
  EXPECT_TRUE(EndClient([] {}, nullptr));  // The next one does not wait for it.
  never->Notify();
}

}  // namespace
}  // namespace millrace
