#include "coordinator/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CatalogObject Table(std::string name, bool temporary = false, std::string comment = "") {
  TableDefinition table;
  table.name = std::move(name);
  table.temporary = temporary;
  table.comment = std::move(comment);
  return std::make_shared<const TableDefinition>(std::move(table));
}

CatalogObject View(std::string name) {
  ViewDefinition view;
  view.name = std::move(name);
  return std::make_shared<const ViewDefinition>(std::move(view));
}

std::string CommentOf(const Catalog& catalog, const std::string& name) {
  const auto object = catalog.Find({name});
  return object.ok() ? std::get<TablePtr>(*object)->comment : object.status().ToString();
}

TEST(CatalogTest, FindsATableByItsBareAndByItsQualifiedName) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(Table("clicks")));
  EXPECT_OK(catalog.Find({"clicks"}));
  EXPECT_OK(catalog.Find({"default_database", "clicks"}));
  EXPECT_OK(catalog.Find({"default_catalog", "default_database", "clicks"}));
  EXPECT_THAT(catalog.Find({"hive", "default_database", "clicks"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no catalog 'hive'")));
  EXPECT_THAT(catalog.Find({"other", "clicks"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no database 'other'")));
}

TEST(CatalogTest, NamesAreCaseSensitiveAndTheNearestOneIsOffered) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(Table("clicks")));
  EXPECT_THAT(catalog.Find({"Clicks"}),
              StatusIs(absl::StatusCode::kNotFound,
                       "there is no table or view 'Clicks'; did you mean 'clicks'?"));
}

TEST(CatalogTest, ATakenNameIsRefusedUnlessIfNotExistsIsSaid) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(Table("clicks", false, "first")));
  EXPECT_THAT(catalog.Create(View("clicks")),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("a table 'clicks' exists")));
  EXPECT_OK(catalog.Create(Table("clicks", false, "second"), /*if_not_exists=*/true));
  EXPECT_EQ(CommentOf(catalog, "clicks"), "first");
}

TEST(CatalogTest, ATemporaryTableHidesThePermanentOneUntilItIsDropped) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(Table("clicks", false, "permanent")));
  ASSERT_OK(catalog.Create(Table("clicks", true, "temporary")));
  EXPECT_EQ(CommentOf(catalog, "clicks"), "temporary");
  EXPECT_THAT(catalog.Remove("clicks", {.kind = ObjectKind::kTable}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("drop the temporary one")));
  ASSERT_OK(catalog.Remove("clicks", {.kind = ObjectKind::kTable, .temporary = true}));
  EXPECT_EQ(CommentOf(catalog, "clicks"), "permanent");
}

TEST(CatalogTest, DropNeedsAnObjectOfItsKindUnlessIfExistsIsSaid) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(View("recent")));
  EXPECT_THAT(catalog.Remove("recent", {.kind = ObjectKind::kTable}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("there is no table 'recent'")));
  EXPECT_OK(catalog.Remove("recent", {.kind = ObjectKind::kTable, .if_exists = true}));
  EXPECT_OK(catalog.Remove("recent", {.kind = ObjectKind::kView}));
  EXPECT_THAT(catalog.TableNames(), ElementsAre());
}

TEST(CatalogTest, ListsViewsAmongTheTablesAndByThemselves) {
  Catalog catalog;
  ASSERT_OK(catalog.Create(View("recent")));
  ASSERT_OK(catalog.Create(Table("clicks")));
  EXPECT_THAT(catalog.TableNames(), ElementsAre("clicks", "recent"));
  EXPECT_THAT(catalog.ViewNames(), ElementsAre("recent"));
}

}  // namespace
}  // namespace millrace
