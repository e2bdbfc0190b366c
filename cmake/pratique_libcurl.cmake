# CURL::libcurl for HTTP alone, linked into the programs: Debian's shared one speaks thirty protocols, and the thirty
# libraries that they need are mapped at each start of a program, each sandboxed child's included, and lie in its image.
# docs/decisions/0018-libcurl-for-http-alone.md
option(PRATIQUE_SYSTEM_CURL "Use the system's shared libcurl" OFF)

if(NOT PRATIQUE_SYSTEM_CURL)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/libcurl/build OUTPUT_VARIABLE curl_folder RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    message(WARNING "libcurl for HTTP alone was not built: the programs get the system's, and start some 10 ms later")
  endif()
endif()

if(PRATIQUE_SYSTEM_CURL OR NOT status EQUAL 0)
  find_package(CURL REQUIRED)
else()
  add_library(CURL::libcurl STATIC IMPORTED)
  set_target_properties(CURL::libcurl PROPERTIES
    IMPORTED_LOCATION ${curl_folder}/lib/libcurl.a
    INTERFACE_INCLUDE_DIRECTORIES ${curl_folder}/include
    INTERFACE_COMPILE_DEFINITIONS CURL_STATICLIB)
  target_link_libraries(CURL::libcurl INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
endif()
