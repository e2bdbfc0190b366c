// The main() of test programs that scan: the child they start is themselves.
#include <gmock/gmock.h>

#include "scanner/worker/worker_main.h"

int main(int argc, char** argv) {
  if (scanner::worker::is_worker(argc, argv)) return scanner::worker::run(argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
