// The tables, views and functions that the statements of one script or session have made.
//
// Names of tables are case-sensitive, those of functions are not, as in Flink. There is one catalog
// and one database, with Flink's names: `default_catalog`.`default_database`. A temporary object
// hides a permanent one of its name. Not thread-safe. Errors name the object and, for an unknown
// one, the nearest known name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/catalog/table_definition.h"
#include "coordinator/catalog/user_function.h"

namespace millrace {

// The parts of a name as written: "t", "db.t" or "catalog.db.t".
using ObjectPath = std::vector<std::string>;

using CatalogObject = std::variant<TablePtr, ViewPtr>;

enum class ObjectKind : uint8_t { kTable, kView };

class Catalog {
 public:
  static constexpr const char* kCatalogName = "default_catalog";
  static constexpr const char* kDatabaseName = "default_database";

  // The object's own name. kNotFound if `path` names a catalog or database that does not exist.
  static absl::StatusOr<std::string> ResolveName(const ObjectPath& path);

  // kAlreadyExists if the name is taken by an object of the same permanence, unless
  // `if_not_exists`.
  absl::Status Create(CatalogObject object, bool if_not_exists = false);

  struct Drop {
    ObjectKind kind = ObjectKind::kTable;
    bool temporary = false;
    bool if_exists = false;
  };
  // kNotFound if there is no such object; kFailedPrecondition if a temporary object hides it.
  absl::Status Remove(const std::string& name, const Drop& drop);

  // kNotFound with a "did you mean" for an unknown name.
  absl::StatusOr<CatalogObject> Find(const ObjectPath& path) const;

  // Of functions: the same as for tables and views. A name of a function in any case.
  absl::Status CreateFunction(UserFunctionPtr function, bool if_not_exists = false);
  struct DropFunction {
    bool temporary = false;
    bool system = false;
    bool if_exists = false;
  };
  absl::Status RemoveFunction(const ObjectPath& path, const DropFunction& drop);
  // Null if there is none. A SYSTEM function is found by its bare name only.
  UserFunctionPtr FindFunction(const ObjectPath& path) const;
  UserFunctionPtr FindSystemFunction(const std::string& name) const;
  std::vector<std::string> FunctionNames() const;

  // Sorted. A view counts as a table too, as in Flink's SHOW TABLES.
  std::vector<std::string> TableNames() const;
  std::vector<std::string> ViewNames() const;

 private:
  using Objects = std::map<std::string, CatalogObject, std::less<>>;

  using Functions = std::map<std::string, UserFunctionPtr, std::less<>>;

  std::vector<std::string> Names(bool views_only) const;

  Objects permanent_;
  Objects temporary_;
  Functions system_functions_;
  Functions temporary_functions_;
  Functions permanent_functions_;
};

}  // namespace millrace
