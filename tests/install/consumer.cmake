# cmake -D way=... -P consumer.cmake: builds README's server in a project of its own, and talks to it.
file(REMOVE_RECURSE ${folder})
file(MAKE_DIRECTORY ${folder}/source)
file(COPY ${source}/tests/install/consumer/CMakeLists.txt DESTINATION ${folder}/source)
execute_process(
  COMMAND ${python} -B ${source}/tests/checks/docs_snippets.py --program ${source}/README.md
  OUTPUT_FILE ${folder}/source/main.cpp COMMAND_ERROR_IS_FATAL ANY)

set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
execute_process(
  COMMAND ${CMAKE_COMMAND} -G Ninja -S ${folder}/source -B ${folder}/build
    -D WAY=${way} -D CMAKE_PREFIX_PATH=${prefix} -D WEBSOCK_SOURCE=${source}
    -D CMAKE_C_COMPILER=${c_compiler} -D CMAKE_CXX_COMPILER=${cxx_compiler}
    -D CMAKE_C_COMPILER_LAUNCHER=${launcher} -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${folder}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${python} -B ${source}/tests/foreign/talk_to_server.py ${folder}/build/server
  WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
