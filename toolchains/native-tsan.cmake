# The machine's own compiler. Older ThreadSanitizer runtimes cannot place their shadow memory where the kernel randomises addresses by more than
# 28 bits ("unexpected memory mapping"): there the tests are started without randomisation.
if(EXISTS /proc/sys/vm/mmap_rnd_bits)
  file(READ /proc/sys/vm/mmap_rnd_bits _wasmsig_bits)
  string(STRIP "${_wasmsig_bits}" _wasmsig_bits)
  find_program(_wasmsig_setarch setarch NO_CACHE)
  if(_wasmsig_bits GREATER 28 AND _wasmsig_setarch)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${_wasmsig_setarch}" -R)
  endif()
  unset(_wasmsig_bits)
endif()
