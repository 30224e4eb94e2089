# cmake -D npm=... -D source=... -D folder=... -P npm_install.cmake: `ws` of the lock file into the build tree.
if(NOT npm)
  message(FATAL_ERROR "npm is missing, which fetches the client of Node.js; tests/run installs it")
endif()
file(READ ${source}/package-lock.json lock)
string(JSON wanted GET ${lock} packages node_modules/ws version)
if(EXISTS ${folder}/node_modules/ws/package.json)
  file(READ ${folder}/node_modules/ws/package.json installed)
  string(JSON installed GET ${installed} version)
  if(installed STREQUAL wanted)
    return()  # a second run needs no network
  endif()
endif()
file(COPY ${source}/package.json ${source}/package-lock.json DESTINATION ${folder})
execute_process(
  COMMAND ${npm} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
