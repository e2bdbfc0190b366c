// The main() of tests that read feeds in a child: the child is the test program itself.
#include <gmock/gmock.h>

#include "scanner/feeds/feed_child.h"

int main(int argc, char** argv) {
  if (scanner::feeds::is_feed_reader(argc, argv)) scanner::feeds::run_feed_reader(argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
