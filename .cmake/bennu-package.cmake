# `cpack` in a release build makes two Debian packages: libbennu-dev (headers, libraries, CMake and pkg-config files) and
# bennu-tools (bennu-node, rules for Prometheus, a dashboard for Grafana).
if(NOT PROJECT_IS_TOP_LEVEL OR NOT BENNU_BUILD_APPLICATION)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bennu)
set(CPACK_PACKAGE_CONTACT "Bennu maintainers <maintainers@bennu.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/.cmake/strip-libraries.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL dev tools)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libbennu-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "actor runtime and real-time server for Phoenix Channels
Bennu is what Phoenix is for Elixir, in C++20: channels are actors under
supervisors that behave as those of Erlang/OTP, and nodes form a cluster in
which broadcasts and presence reach everybody. Clients of Phoenix connect
unchanged, over WebSocket or long polling.

This package contains the headers, the static libraries, and the files for
CMake and pkg-config.")
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libcaf-dev (>= 0.17.6)" "libcaf-dev (<< 0.18)" "libboost1.81-dev" "libssl-dev (>= 3)" "zlib1g-dev" "libjwt-dev"
  "nlohmann-json3-dev (>= 3.11)" "libspdlog-dev" "prometheus-cpp-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "bennu-tools, g++, cmake, pkg-config, doctest-dev")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME bennu-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "tools for applications and clusters of Bennu
bennu-node writes new applications, channels and tests for them, makes the
certificates of a cluster, shows what happens inside a running node, and
causes faults on purpose.

The package also has alert rules for Prometheus and a dashboard for Grafana.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "libbennu-dev")

# What the policy of Debian asks of each package. It is not a part of `cmake --install`.
find_program(GZIP gzip)
if(GZIP)
  set(debian ${PROJECT_BINARY_DIR}/debian)
  file(STRINGS ${PROJECT_SOURCE_DIR}/CHANGELOG.md release LIMIT_COUNT 1 REGEX "^## \\[${PROJECT_VERSION}\\] - ")
  if(NOT release)
    message(FATAL_ERROR "CHANGELOG.md has no section '## [${PROJECT_VERSION}] - DATE': each version has one")
  endif()
  string(REGEX REPLACE ".* - " "" release ${release})
  execute_process(COMMAND env LC_ALL=C date -u -R -d ${release}
    OUTPUT_VARIABLE BENNU_RELEASE_DATE OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
  configure_file(${PROJECT_SOURCE_DIR}/.cmake/debian/changelog.in ${debian}/changelog.Debian @ONLY)
  file(COPY_FILE ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${debian}/changelog)
  file(COPY_FILE ${PROJECT_SOURCE_DIR}/.cmake/debian/bennu-node.1 ${debian}/bennu-node.1)
  foreach(file IN ITEMS changelog changelog.Debian bennu-node.1)
    execute_process(COMMAND ${GZIP} -9nf ${debian}/${file} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  foreach(part IN ITEMS "dev libbennu-dev" "tools bennu-tools")
    separate_arguments(part)
    list(GET part 0 component)
    list(GET part 1 package)
    install(FILES ${debian}/changelog.gz ${debian}/changelog.Debian.gz ${PROJECT_SOURCE_DIR}/.cmake/debian/copyright
      DESTINATION share/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
  endforeach()
  install(FILES ${debian}/bennu-node.1.gz DESTINATION share/man/man1 COMPONENT tools EXCLUDE_FROM_ALL)
endif()

include(CPack)
