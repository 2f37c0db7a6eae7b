# Installs to a scratch prefix, looks at what is there, and builds the small project with it: by CMake and by pkg-config.
file(REMOVE_RECURSE ${SCRATCH})
set(prefix ${SCRATCH}/prefix)
set(max_headers 60)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The libraries alone must not look for packages that only programs and tests use.
set(of_programs)
foreach(package IN ITEMS benchmark CLI11 doctest ICU prometheus-cpp spdlog)
  list(APPEND of_programs -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/libraries_alone -DCMAKE_CXX_COMPILER=${CXX}
  -DBENNU_BUILD_APPLICATION=OFF -DBENNU_BUILD_APPS=OFF -DBENNU_BUILD_TESTS=OFF ${of_programs})
file(STRINGS ${SCRATCH}/libraries_alone/CMakeCache.txt asked_for REGEX "soci|argon2|libpq|doctest_DIR|ICU_")
if(asked_for)
  message(FATAL_ERROR "the libraries look for what the programs use: ${asked_for}")
endif()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

# Only public headers are installed. Each compiles by itself, without a warning, with only the installed tree.
file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/*)
list(LENGTH headers count)
if(count EQUAL 0 OR count GREATER max_headers)
  message(FATAL_ERROR "${count} headers are installed; at least 1 and at most ${max_headers} are expected")
endif()
set(wrong ${headers})
list(FILTER wrong EXCLUDE REGEX "^bennu/([a-z]+/)?[a-z_0-9]+\\.hpp$")
if(wrong)
  message(FATAL_ERROR "installed, and no public header: ${wrong}")
endif()
list(JOIN headers "\n" lines)
file(WRITE ${SCRATCH}/headers "${lines}\n")
run(sh -c "xargs -P 2 -I HEADER '${CXX}' -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I '${prefix}/include' \
  -include HEADER -x c++ /dev/null < '${SCRATCH}/headers'")

run(${CMAKE_COMMAND} -S ${PROJECT} -B ${SCRATCH}/build -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/build/uses-bennu)
run(${SCRATCH}/build/is-a-program --help)
run(${prefix}/bin/bennu-node --help)
run(${CMAKE_CTEST_COMMAND} --test-dir ${SCRATCH}/build --output-on-failure --no-tests=error)

find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG)
  file(GLOB_RECURSE pc ${prefix}/*/bennu.pc)
  get_filename_component(folder ${pc} DIRECTORY)
  run(sh -c "PKG_CONFIG_PATH='${folder}' && export PKG_CONFIG_PATH && '${CXX}' -std=c++20 -I '${PROJECT}/src' \
    '${PROJECT}/main.cpp' $('${PKG_CONFIG}' --cflags --libs bennu) -o '${SCRATCH}/by-pkg-config'")
  run(${SCRATCH}/by-pkg-config)
  run(sh -c "PKG_CONFIG_PATH='${folder}' && export PKG_CONFIG_PATH && '${CXX}' -std=c++20 \
    '${PROJECT}/plain_test.cpp' $('${PKG_CONFIG}' --cflags --libs bennu-testing) -o '${SCRATCH}/test-by-pkg-config'")
  run(${SCRATCH}/test-by-pkg-config)
endif()

foreach(file IN ITEMS alerts.yml dashboard.json)
  if(NOT EXISTS ${prefix}/share/bennu/monitoring/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()

file(GLOB_RECURSE licence ${prefix}/*/LICENSE)
if(NOT licence)
  message(FATAL_ERROR "the licence is not installed")
endif()
