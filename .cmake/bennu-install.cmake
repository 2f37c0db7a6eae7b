# For other projects: find_package(bennu) with bennu::supervision, bennu::actors, bennu::transport, bennu::testing and
# bennu::application, or `pkg-config bennu`, for programs `bennu-application` and for tests `bennu-testing`.
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

# The prefix is found from the place of the file, so that an installed tree may be moved.
file(RELATIVE_PATH prefix_of_pkgconfig /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
set(packages bennu bennu-testing)
if(BENNU_BUILD_APPLICATION)
  list(APPEND packages bennu-application)
endif()
foreach(package IN LISTS packages)
  configure_file(${PROJECT_SOURCE_DIR}/.cmake/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence) # the packages have their own
