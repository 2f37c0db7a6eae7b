# How every target of this project is compiled.

add_library(bennu_build INTERFACE)
target_compile_options(bennu_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(BENNU_SANITIZE)
  target_compile_options(bennu_build INTERFACE
    -fsanitize=${BENNU_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(bennu_build INTERFACE -fsanitize=${BENNU_SANITIZE})
endif()

# bennu_library(NAME LINK libraries... LINK_PRIVATE libraries... EXCEPT folder): every .cpp of the folder and of its engines but those
# in `folder`, as bennu::NAME.
# Public headers (the top of the folder) are found as <bennu/NAME/x.hpp>, here and after installation; engines' headers (sub-folders) as
# "NAME/part/x.hpp", only here: they are not installed.
function(bennu_library name)
  cmake_parse_arguments(arg "" "EXCEPT" "LINK;LINK_PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  if(arg_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${arg_EXCEPT}/")
  endif()
  add_library(bennu_${name} STATIC ${sources})
  add_library(bennu::${name} ALIAS bennu_${name})
  set_target_properties(bennu_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  set_property(TARGET bennu_${name} PROPERTY LINKER_LANGUAGE CXX)

  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/bennu)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/include/bennu/${name} SYMBOLIC)
  target_include_directories(bennu_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>)
  target_include_directories(bennu_${name} SYSTEM INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(bennu_${name} PUBLIC cxx_std_20)
  target_link_libraries(bennu_${name} PUBLIC ${arg_LINK} PRIVATE $<BUILD_INTERFACE:bennu_build> ${arg_LINK_PRIVATE})

  install(TARGETS bennu_${name} EXPORT bennu DESTINATION ${CMAKE_INSTALL_LIBDIR})
  file(GLOB headers CONFIGURE_DEPENDS *.hpp)
  list(FILTER headers EXCLUDE REGEX "/bennu\\.hpp$") # installed above the folders
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bennu/${name})
endfunction()
