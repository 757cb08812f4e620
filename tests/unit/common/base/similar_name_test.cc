#include "common/base/similar_name.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(SimilarNameTest, FindsTheNameBehindASlipOfTheHand) {
  EXPECT_EQ(SimilarName("transactons", {"alerts", "transactions"}), "transactions");
  EXPECT_EQ(SimilarName("crad", {"card", "cart"}), "card");
}

TEST(SimilarNameTest, AWrongCaseIsNearerThanAWrongLetter) {
  EXPECT_EQ(SimilarName("DATETIME", {"datatime", "dateTime"}), "dateTime");
}

TEST(SimilarNameTest, NamesNothingWhenNothingIsNear) {
  EXPECT_EQ(SimilarName("merchant", {"card", "amount"}), std::nullopt);
  EXPECT_EQ(DidYouMean("merchant", {"card", "amount"}), "");
  EXPECT_EQ(SimilarName("a", {"b", "c"}), std::nullopt);
}

TEST(SimilarNameTest, OfEquallyNearNamesTheFirstIsMeant) {
  EXPECT_EQ(DidYouMean("cart", {"card", "care"}), "did you mean 'card'?");
}

}  // namespace
}  // namespace millrace
