# pratique_library(NAME SOURCES a.cc ... DEPENDS target ...): one static library a folder. DEPENDS are the arrows of the
# dependency table; third-party libraries that stay inside .cc files go to PRIVATE_DEPENDS.
function(pratique_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC pratique_flags ${ARG_DEPENDS}
    PRIVATE pratique_hardening ${ARG_PRIVATE_DEPENDS})
endfunction()

# A library through which every byte of an image goes is optimised a little where others are not: tests read gigabytes.
# Coverage counts lines as they are written.
function(pratique_optimise_bytes name)
  if(CMAKE_CXX_FLAGS MATCHES "-O0" AND NOT PRATIQUE_COVERAGE)
    target_compile_options(${name} PRIVATE -O1)
  endif()
endfunction()

# pratique_program(NAME SOURCES main.cc ... DEPENDS target ...): an executable under bin/.
function(pratique_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE pratique_flags ${ARG_DEPENDS})
endfunction()

# A program that allocates for every request has jemalloc: a decision of the webhook takes a tenth less CPU than with
# glibc's allocator, in the same memory. (gperftools' takes a sixth less and keeps what a long list took when it was read.)
# Sanitizers bring their own.
function(pratique_fast_allocator name)
  if(NOT PRATIQUE_SANITIZE)
    find_library(JEMALLOC jemalloc REQUIRED)
    target_link_libraries(${name} PRIVATE ${JEMALLOC})
  endif()
endfunction()

# Where ctest starts the control plane that tests with CLUSTER share.
set(PRATIQUE_CTEST_CLUSTER ${PROJECT_BINARY_DIR}/tests/control_plane)

# pratique_test(NAME [LABEL unit] [CLUSTER] SOURCES a_test.cc ... DEPENDS target ...): a GoogleTest program and its ctest
# entry. CLUSTER: it uses tests/support/control_plane.h.
function(pratique_test name)
  cmake_parse_arguments(ARG "CLUSTER" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  target_link_libraries(${name} PRIVATE pratique_flags ${ARG_DEPENDS} test_support_paths GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(ARG_CLUSTER)
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED control_plane
      ENVIRONMENT PRATIQUE_CTEST_CLUSTER=${PRATIQUE_CTEST_CLUSTER})
  endif()
endfunction()

# pratique_fuzz(NAME SOURCES x_fuzz.cc DEPENDS target ...): a libFuzzer target fuzz/bin/fuzz_NAME in the fuzz preset. In
# the others, where there are seeds of it, a part of fuzz_corpora_test (tests/fuzz/CMakeLists.txt).
function(pratique_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  if(PRATIQUE_FUZZ)
    add_executable(fuzz_${name} ${ARG_SOURCES})
    target_link_libraries(fuzz_${name} PRIVATE pratique_flags ${ARG_DEPENDS})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  elseif(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    add_library(fuzz_${name} OBJECT ${ARG_SOURCES})
    target_compile_definitions(fuzz_${name} PRIVATE LLVMFuzzerTestOneInput=fuzz_${name})
    # FuzzedDataProvider.h is clang's; behind everything of the compiler's own.
    find_path(CLANG_HEADERS fuzzer/FuzzedDataProvider.h HINTS /usr/lib/llvm-16/lib/clang/16/include REQUIRED)
    target_compile_options(fuzz_${name} PRIVATE $<$<CONFIG:Release>:-O0> -idirafter ${CLANG_HEADERS})
    target_link_libraries(fuzz_${name} PUBLIC pratique_flags ${ARG_DEPENDS})
    set_property(GLOBAL APPEND PROPERTY PRATIQUE_FUZZ_TARGETS ${name})
  endif()
endfunction()
