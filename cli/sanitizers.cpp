// What AddressSanitizer is told by the program itself, since most of its tests
// start it with an environment of their own: leaks cannot be looked for under
// strace(1); the unit tests look for them.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
