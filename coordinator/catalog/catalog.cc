#include "coordinator/catalog/catalog.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

const std::string& NameOf(const CatalogObject& object) {
  return std::visit([](const auto& pointer) -> const std::string& { return pointer->name; },
                    object);
}

bool IsTemporary(const CatalogObject& object) {
  return std::visit([](const auto& pointer) { return pointer->temporary; }, object);
}

ObjectKind KindOf(const CatalogObject& object) {
  return std::holds_alternative<ViewPtr>(object) ? ObjectKind::kView : ObjectKind::kTable;
}

const char* KindName(ObjectKind kind) { return kind == ObjectKind::kView ? "view" : "table"; }

std::string Hint(const std::string& name, const std::vector<std::string>& candidates) {
  const std::string similar = DidYouMean(name, candidates);
  return similar.empty() ? "" : absl::StrCat("; ", similar);
}

}  // namespace

absl::StatusOr<std::string> Catalog::ResolveName(const ObjectPath& path) {
  if (path.empty()) return absl::InvalidArgumentError("a name is missing");
  if (path.size() > 3) {
    return absl::NotFoundError(absl::StrCat("'", absl::StrJoin(path, "."),
                                            "' has more parts than catalog.database.table"));
  }
  if (path.size() == 3 && path[0] != kCatalogName) {
    return absl::NotFoundError(
        absl::StrCat("there is no catalog '", path[0], "', only '", kCatalogName, "'"));
  }
  if (path.size() >= 2 && path[path.size() - 2] != kDatabaseName) {
    return absl::NotFoundError(absl::StrCat("there is no database '", path[path.size() - 2],
                                            "', only '", kDatabaseName, "'"));
  }
  return path.back();
}

absl::Status Catalog::Create(CatalogObject object, bool if_not_exists) {
  Objects& objects = IsTemporary(object) ? temporary_ : permanent_;
  const std::string name = NameOf(object);
  const auto existing = objects.find(name);
  if (existing == objects.end()) {
    objects.emplace(name, std::move(object));
    return absl::OkStatus();
  }
  if (if_not_exists) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("a ", KindName(KindOf(existing->second)), " '", name,
                   "' exists already; drop it first or write IF NOT EXISTS"));
}

absl::Status Catalog::Remove(const std::string& name, const Drop& drop) {
  Objects& objects = drop.temporary ? temporary_ : permanent_;
  const auto found = objects.find(name);
  const bool exists = found != objects.end() && KindOf(found->second) == drop.kind;
  if (!exists) {
    if (drop.if_exists) return absl::OkStatus();
    const char* temporary = drop.temporary ? "temporary " : "";
    return absl::NotFoundError(absl::StrCat("there is no ", temporary, KindName(drop.kind), " '",
                                            name, "'", Hint(name, Names(false))));
  }
  if (!drop.temporary && temporary_.find(name) != temporary_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("a temporary object '", name, "' hides this ",
                                                      KindName(drop.kind),
                                                      "; drop the temporary one first"));
  }
  objects.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<CatalogObject> Catalog::Find(const ObjectPath& path) const {
  ASSIGN_OR_RETURN(const std::string name, ResolveName(path));
  for (const Objects* objects : {&temporary_, &permanent_}) {
    const auto found = objects->find(name);
    if (found != objects->end()) return found->second;
  }
  return absl::NotFoundError(
      absl::StrCat("there is no table or view '", name, "'", Hint(name, Names(false))));
}

absl::Status Catalog::CreateFunction(UserFunctionPtr function, bool if_not_exists) {
  Functions& functions = function->system      ? system_functions_
                         : function->temporary ? temporary_functions_
                                               : permanent_functions_;
  const std::string name = function->name;
  if (functions.emplace(name, std::move(function)).second || if_not_exists) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat("a function '", name, "' exists already; drop it first or write IF NOT EXISTS"));
}

absl::Status Catalog::RemoveFunction(const ObjectPath& path, const DropFunction& drop) {
  ASSIGN_OR_RETURN(const std::string written, ResolveName(path));
  const std::string name = absl::AsciiStrToLower(written);
  Functions& functions = drop.system      ? system_functions_
                         : drop.temporary ? temporary_functions_
                                          : permanent_functions_;
  if (functions.erase(name) > 0 || drop.if_exists) return absl::OkStatus();
  const char* kind = drop.system ? "temporary system " : drop.temporary ? "temporary " : "";
  return absl::NotFoundError(
      absl::StrCat("there is no ", kind, "function '", name, "'", Hint(name, FunctionNames())));
}

UserFunctionPtr Catalog::FindFunction(const ObjectPath& path) const {
  const absl::StatusOr<std::string> written = ResolveName(path);
  if (!written.ok()) return nullptr;
  const std::string name = absl::AsciiStrToLower(*written);
  for (const Functions* functions : {&temporary_functions_, &permanent_functions_}) {
    const auto found = functions->find(name);
    if (found != functions->end()) return found->second;
  }
  return nullptr;
}

UserFunctionPtr Catalog::FindSystemFunction(const std::string& name) const {
  const auto found = system_functions_.find(absl::AsciiStrToLower(name));
  return found == system_functions_.end() ? nullptr : found->second;
}

std::vector<std::string> Catalog::FunctionNames() const {
  std::set<std::string> names;
  for (const Functions* functions :
       {&system_functions_, &temporary_functions_, &permanent_functions_}) {
    for (const auto& [name, function] : *functions) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Catalog::TableNames() const { return Names(false); }
std::vector<std::string> Catalog::ViewNames() const { return Names(true); }

std::vector<std::string> Catalog::Names(bool views_only) const {
  std::set<std::string> names;
  for (const Objects* objects : {&temporary_, &permanent_}) {
    for (const auto& [name, object] : *objects) {
      if (!views_only || KindOf(object) == ObjectKind::kView) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace millrace
