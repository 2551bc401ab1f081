# How this project declares libraries, programs, tests and fuzz targets: one place for warnings and sanitizers.

add_library(mkb_options INTERFACE)
target_compile_options(mkb_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                             -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_include_directories(mkb_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(mkb_options INTERFACE MKB_VERSION="${PROJECT_VERSION}")
if(MKB_SANITIZE)
  target_compile_options(mkb_options INTERFACE -fsanitize=${MKB_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(mkb_options INTERFACE -fsanitize=${MKB_SANITIZE})
endif()
if(MKB_FUZZ)
  target_compile_options(mkb_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Sources of a target are compiled ten at a time, as one (see docs/testing.md): their headers are read once. What they
# have in anonymous namespaces must have different names, then; sources that are better left alone come after APART.
if(NOT DEFINED CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD ON)
endif()
set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)

# Test programs, but not what they test, are compiled without optimisation, which takes a third less time.
add_library(mkb_test_options INTERFACE)
target_compile_options(mkb_test_options INTERFACE -O0)

# mkb_library(NAME SOURCES ... [LIBS ...])
function(mkb_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC mkb_options ${arg_LIBS})
endfunction()

# mkb_program(NAME SOURCES ... [LIBS ...])
function(mkb_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE mkb_options ${arg_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# mkb_test(NAME [ONE_THREAD] SOURCES ... [APART ...] [LIBS ...]): a GoogleTest program whose tests ctest lists one by
# one. With ONE_THREAD, neither it nor what it tests ever starts a second thread: ThreadSanitizer has nothing to find.
function(mkb_test name)
  cmake_parse_arguments(arg "ONE_THREAD" "" "SOURCES;APART;LIBS" ${ARGN})
  if(NOT MKB_TESTS OR (arg_ONE_THREAD AND MKB_SANITIZE STREQUAL "thread"))
    return()
  endif()
  add_executable(${name} ${arg_SOURCES} ${arg_APART})
  if(arg_APART)
    set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  target_link_libraries(${name} PRIVATE mkb_options mkb_test_options ${arg_LIBS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX "${name}:" PROPERTIES TIMEOUT 300 LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()

# mkb_fuzz(NAME SOURCES ... [LIBS ...]): a libFuzzer program; its seeds are in fuzz/corpus/NAME.
function(mkb_fuzz name)
  if(NOT MKB_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE mkb_options ${arg_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
