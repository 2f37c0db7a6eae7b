# bennu_example(): the folder with this CMakeLists.txt is a small program with a web page. Everything but main.cpp becomes a
# library, so that the tests can link it. The page uses the official client of apps/node/client (npm ci; apps/run does it).
function(bennu_example)
  get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(bennu_${name} STATIC ${sources})
  add_library(bennu::app_${name} ALIAS bennu_${name})
  target_include_directories(bennu_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(bennu_${name} PRIVATE bennu_build PUBLIC bennu::transport)

  add_executable(bennu-${name} main.cpp)
  target_compile_definitions(bennu-${name} PRIVATE
    BENNU_EXAMPLE_PAGE="${CMAKE_CURRENT_SOURCE_DIR}/page"
    BENNU_EXAMPLE_CLIENT="${PROJECT_SOURCE_DIR}/apps/node/client/node_modules/phoenix/priv/static")
  target_link_libraries(bennu-${name} PRIVATE bennu_build bennu::app_${name} bennu::application)
endfunction()
