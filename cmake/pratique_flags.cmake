# Compiler and linker flags of every target. Presets choose the build type and PRATIQUE_SANITIZE.
set(PRATIQUE_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")
set(PRATIQUE_COVERAGE OFF CACHE BOOL "Count the branches that are written in the source (clang only)")

add_library(pratique_flags INTERFACE)
target_include_directories(pratique_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pratique_flags INTERFACE PRATIQUE_VERSION="${PROJECT_VERSION}" _GLIBCXX_ASSERTIONS)
target_compile_options(pratique_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror -fstack-protector-strong
  # Clang counts changes of signedness to -Wconversion, GCC does not: one meaning for both.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in every assignment of a literal to a std::string that it inlines (its bug 105651).
  target_compile_options(pratique_flags INTERFACE -Wno-restrict)
endif()
target_link_libraries(pratique_flags INTERFACE Threads::Threads)

# What is shipped has these too; test programs, which are compiled without optimisation, cannot.
add_library(pratique_hardening INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  # Asserts stay on in release: a broken invariant ends the process instead of admitting a pod.
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
  string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
  target_compile_options(pratique_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fcf-protection)
  target_link_options(pratique_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
endif()
if(PRATIQUE_SANITIZE)
  # The check of virtual tables reads memory through a pipe, which the worker's sandbox denies, and wants type information
  # that libcpprest does not have.
  target_compile_options(pratique_flags INTERFACE -fsanitize=${PRATIQUE_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(pratique_flags INTERFACE -fsanitize=${PRATIQUE_SANITIZE})
endif()
if(PRATIQUE_FUZZ)
  target_compile_options(pratique_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PRATIQUE_COVERAGE)
  target_compile_options(pratique_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(pratique_flags INTERFACE -fprofile-instr-generate)
endif()
