# find_package(bennu) from another project: bennu::supervision, bennu::actors, bennu::transport, bennu::application.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/bennu)
install(EXPORT bennu NAMESPACE bennu:: FILE bennu-targets.cmake DESTINATION ${package_dir})
if(BENNU_BUILD_APPLICATION)
  install(EXPORT bennu-application NAMESPACE bennu:: FILE bennu-application-targets.cmake DESTINATION ${package_dir})
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/.cmake/bennu-config.cmake.in
  ${PROJECT_BINARY_DIR}/bennu-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bennu-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/bennu-config.cmake ${PROJECT_BINARY_DIR}/bennu-config-version.cmake
  ${PROJECT_SOURCE_DIR}/.cmake/FindCAF.cmake ${PROJECT_SOURCE_DIR}/.cmake/FindJWT.cmake DESTINATION ${package_dir})
