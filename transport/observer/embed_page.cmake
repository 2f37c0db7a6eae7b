# bennu_embed_page(TARGET FOLDER): puts the files of the observer's page into the library, as bytes. The assembler reads
# them, so that the build needs neither Node.js nor the network.
function(bennu_embed_page target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.html ${folder}/*.css ${folder}/*.js ${folder}/*.svg
    ${folder}/*.png ${folder}/*.txt)
  list(FILTER files EXCLUDE REGEX "^node_modules/")
  list(SORT files)
  set(number 0)
  set(assembly)
  set(names)
  set(rows)
  list(LENGTH files count)
  foreach(file IN LISTS files)
    set(name bennu_page_file_${number})
    string(APPEND assembly "asm(\".section .rodata\\n.global ${name}\\n${name}:\\n.incbin \\\"${folder}/${file}\\\"\\n\"\n"
      "    \".global ${name}_end\\n${name}_end:\\n.byte 0\\n.previous\\n\");\n")
    string(APPEND names "extern \"C\" const char ${name}[];\nextern \"C\" const char ${name}_end[];\n")
    string(APPEND rows "  {\"${file}\", ${name}, ${name}_end},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/observer_page.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Made by embed_page.cmake.
#include "transport/observer/page_files.hpp"

#include <array>

@assembly@
@names@
namespace bennu::engine {

namespace {

const std::array<page_file, @count@> embedded_files = {{
@rows@}};

} // namespace

std::span<const page_file> page_files() noexcept {
  return embedded_files;
}

} // namespace bennu::engine
]])
  list(TRANSFORM files PREPEND ${folder}/)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${files}" SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output})
endfunction()
