// make_certificates FOLDER: writes the certificates of the tests (support/certificates.hpp) for other programs.
#include <cstdio>
#include <exception>

#include "support/certificates.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_certificates FOLDER\n");
    return 2;
  }
  try {
    const support::certificates made{argv[1]};
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_certificates: %s\n", error.what());
    return 1;
  }
}
