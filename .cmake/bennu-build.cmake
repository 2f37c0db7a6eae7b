# How every target of this project is compiled.

add_library(bennu_build INTERFACE)
target_compile_options(bennu_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(BENNU_SANITIZE)
  target_compile_options(bennu_build INTERFACE
    -fsanitize=${BENNU_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(bennu_build INTERFACE -fsanitize=${BENNU_SANITIZE})
endif()

# bennu_library(NAME room LINK libraries...): every .cpp of the folder, as bennu::NAME.
function(bennu_library name)
  cmake_parse_arguments(arg "" "" "LINK;LINK_PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_library(bennu_${name} STATIC ${sources})
  add_library(bennu::${name} ALIAS bennu_${name})
  set_target_properties(bennu_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(bennu_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(bennu_${name} PUBLIC ${arg_LINK} PRIVATE $<BUILD_INTERFACE:bennu_build> ${arg_LINK_PRIVATE})
endfunction()
