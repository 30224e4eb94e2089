# What `cmake --install` puts where: headers, the two libraries, a CMake package and a pkg-config file.
if(NOT WEBSOCK_INSTALL)
  return()
endif()

# A link-time-optimised object holds nothing but the compiler's own intermediate form, which only the very
# same compiler reads. Fat objects hold machine code as well, so that everybody can link the archive.
check_cxx_compiler_flag(-ffat-lto-objects WEBSOCK_HAS_FAT_LTO_OBJECTS)
if(WEBSOCK_HAS_FAT_LTO_OBJECTS AND CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  target_compile_options(websock_protocol PRIVATE -ffat-lto-objects)
  target_compile_options(websock PRIVATE -ffat-lto-objects)
endif()

install(TARGETS websock_protocol websock EXPORT websock_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/websock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")

# websock.hpp users see Asio's types, so the installed library fits one version of Asio: the package
# finds it on the user's system and compares.
file(STRINGS ${ASIO_INCLUDE_DIR}/asio/version.hpp asio_version REGEX "define ASIO_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+" WEBSOCK_ASIO_VERSION "${asio_version}")

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/websock)
configure_package_config_file(install/websockConfig.cmake.in websockConfig.cmake
  INSTALL_DESTINATION ${package_directory} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break its users (semver.org, 4).
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(websockConfigVersion.cmake COMPATIBILITY ${compatibility})
install(EXPORT websock_targets NAMESPACE websock:: DESTINATION ${package_directory} FILE websockTargets.cmake)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/websockConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/websockConfigVersion.cmake
  DESTINATION ${package_directory})

# The prefix is written relative to the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH WEBSOCK_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" WEBSOCK_PC_PREFIX "${WEBSOCK_PC_PREFIX}")
configure_file(install/websock.pc.in websock.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/websock.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
