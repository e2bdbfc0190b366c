// What jemalloc is asked for, where a program is linked with it (cmake/pratique_targets.cmake); jemalloc(3), "TUNING".
// A storm of connections takes tens of megabytes. By default the allocator gives them back while it is called again
// and again; a thread of its own does so within a second, also when nobody calls any more.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
