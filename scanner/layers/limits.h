// What an image may cost the child that reads it. Past a limit the inventory is incomplete and says which limit it was;
// it is never clean and the child does not die of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace scanner::layers {

// Each can be set by its name: budgets.h.
struct Limits {
  // Uncompressed bytes. The largest public images (CUDA, PyTorch) unpack to some 20 GB in all, 10 GB in one layer.
  std::uint64_t layer_raw_bytes_max = std::uint64_t{16} << 30;
  std::uint64_t image_raw_bytes_max = std::uint64_t{64} << 30;

  // Uncompressed over compressed. Deflate cannot pass 1032:1, so this stops a stream of zeros and little else; it is
  // judged only once so many bytes came out, because small layers of empty files compress as well as that.
  std::uint64_t ratio_max = 1000;
  std::uint64_t ratio_judged_after_bytes = std::uint64_t{64} << 20;

  // Tar entries of the image. An entry costs under a microsecond, and nothing is kept of most.
  std::uint64_t entries_max = 10'000'000;

  // Linux accepts no longer path (PATH_MAX).
  std::size_t path_bytes_max = 4096;

  // Directories above a file. A path of Linux' length may have 2,048 of them; of no public image one is deeper than 40.
  std::uint64_t depth_max = 256;

  // Names that are looked up to place the files of one layer, and as many to follow the links of the image: one for
  // each directory and link on a file's way, more for long paths. Three million files take some 30 million.
  std::uint64_t path_steps_max = 200'000'000;

  // PAX records and GNU long names of one entry; Go's archive/tar has the same bound.
  std::size_t extended_header_bytes_max = std::size_t{1} << 20;

  // A file that an extractor wants, which is held while it streams by. The largest dpkg status seen is 6 MB; archives
  // of Java applications and rpm's Berkeley databases reach 100 MB.
  std::size_t kept_file_bytes_max = std::size_t{128} << 20;

  // What all files told, and the content of those that may be wanted by another name, by an estimate of its memory. An
  // image of 30,000 packages takes some 20 MB. What an image costs in all is some two and a half times that.
  std::size_t kept_bytes_max = std::size_t{96} << 20;

  // Kept files, links and recognised but unsupported files that are remembered by path, some 200 bytes each; what their
  // paths and targets are longer counts as kept bytes.
  std::size_t kept_nodes_max = 400'000;

  // Distinct warnings; what comes after is counted in the last one.
  std::size_t warnings_max = 1000;

  // Jars in one another, the outermost included: an application's archive holds libraries, which may hold some
  // themselves. And the members of one archive: the largest jars have some 100,000.
  std::uint64_t archive_depth_max = 5;
  std::uint64_t archive_members_max = 400'000;

  // Processor time of one child, which reads a layer or puts an image together. The parent ends a scan by the clock;
  // this is for a child that has lost it.
  std::uint64_t cpu_seconds_max = 3600;

  bool operator==(const Limits&) const = default;
};

}  // namespace scanner::layers
