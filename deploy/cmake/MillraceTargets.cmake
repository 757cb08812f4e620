# One library per source folder and one test binary per test folder. The folder's path names the target, so that the
# include directions of the project are the DEPS lines of its CMakeLists.txt files.
#
#   millrace_library(DEPS millrace_common_base absl::status)    in common/io  ->  target millrace_common_io
#   millrace_test(DEPS millrace_common_io)                      in tests/unit/common/io  ->  test unit_common_io
#
# Sources are globbed: a new operator is a new file, not a new line here. CONFIGURE_DEPENDS keeps that correct.

function(_millrace_folder_name out)
  file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  string(REPLACE "/" "_" name "${path}")
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

# Precompiled headers come in two sizes: `columns` (std, Abseil, Arrow) for nearly everything and `rpc` (adds gRPC and
# the generated messages) for the folders that are allowed to see the wire.
function(_millrace_precompile target kind)
  if(NOT MILLRACE_PRECOMPILE)
    return()
  endif()
  # An executable's -fPIE would not fit the precompiled header, which libraries share.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM millrace_pch_${kind})
endfunction()

# millrace_library([RPC] [DEPS target...])
function(millrace_library)
  cmake_parse_arguments(ARG "RPC" "" "DEPS" ${ARGN})
  _millrace_folder_name(folder)
  set(target "millrace_${folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(NOT sources)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${ARG_DEPS} millrace_settings)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} millrace_settings PRIVATE millrace_warnings)
  if(ARG_RPC)
    target_link_libraries(${target} PUBLIC millrace_proto)
    _millrace_precompile(${target} rpc)
  else()
    _millrace_precompile(${target} columns)
  endif()
endfunction()

# millrace_test([RPC] [DEPS target...] [ARGS argument...] [TIMEOUT seconds] [LABELS label...])
function(millrace_test)
  cmake_parse_arguments(ARG "RPC" "TIMEOUT" "DEPS;ARGS;LABELS" ${ARGN})
  _millrace_folder_name(folder)
  string(REGEX REPLACE "^tests_" "" target "${folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARG_DEPS} millrace_tests_harness GTest::gmock_main millrace_warnings)
  if(ARG_RPC)
    target_link_libraries(${target} PRIVATE millrace_proto)
    _millrace_precompile(${target} rpc)
  else()
    _millrace_precompile(${target} columns)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(MILLRACE_SANITIZER)  # Programs are up to ten times slower.
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  add_test(NAME ${target} COMMAND ${target} ${ARG_ARGS} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${target} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
