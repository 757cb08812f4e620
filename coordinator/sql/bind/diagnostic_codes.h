// The codes of what the binder reports. Stable: documentation and tools refer to them.
#pragma once

namespace millrace::bind_code {

inline constexpr const char* kUnknownTable = "MR2001";
inline constexpr const char* kUnknownColumn = "MR2002";
inline constexpr const char* kAmbiguousColumn = "MR2003";
inline constexpr const char* kUnknownFunction = "MR2004";
inline constexpr const char* kWrongArguments = "MR2005";
inline constexpr const char* kWrongCast = "MR2006";
inline constexpr const char* kWrongLiteral = "MR2007";
inline constexpr const char* kNotACondition = "MR2008";
inline constexpr const char* kMisplacedAggregate = "MR2009";
inline constexpr const char* kNotGrouped = "MR2010";
inline constexpr const char* kWrongWindow = "MR2011";
inline constexpr const char* kDifferentQueries = "MR2012";  // UNION of unlike queries.
inline constexpr const char* kWrongInsert = "MR2013";
inline constexpr const char* kWrongType = "MR2014";
inline constexpr const char* kWrongTable = "MR2015";  // A CREATE TABLE or VIEW that makes no sense.
inline constexpr const char* kWrongWatermark = "MR2016";
inline constexpr const char* kWrongOption = "MR2017";
inline constexpr const char* kNameTaken = "MR2018";
inline constexpr const char* kWrongSetting = "MR2019";
inline constexpr const char* kWrongGroupBy = "MR2020";
inline constexpr const char* kWrongPlan =
    "MR2021";  // Found after binding: the statement as a whole.
inline constexpr const char* kTooLarge = "MR2022";
inline constexpr const char* kWrongFunction = "MR2023";  // A CREATE FUNCTION that makes no sense.
inline constexpr const char* kNotBuilt = "MR2900";
// The parser's code for the same: a statement or clause that is read, and that nothing runs at all.
inline constexpr const char* kSyntaxNotBuilt = "MR1201";

}  // namespace millrace::bind_code
