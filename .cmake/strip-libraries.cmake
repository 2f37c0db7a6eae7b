# Run by cpack: what debuggers need makes the static libraries fifteen times larger, and CPACK_STRIP_FILES leaves it in. Nor does Debian want .comment.
find_program(STRIP strip REQUIRED)
file(GLOB_RECURSE libraries ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.a)
foreach(library IN LISTS libraries)
  execute_process(COMMAND ${STRIP} --strip-debug --remove-section=.comment --enable-deterministic-archives ${library} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
