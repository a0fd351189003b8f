// What Linux has for other processes and users, and wasi-libc leaves out: on WASI there is neither. Each function says
// so. (Emscripten's C library has these functions.)
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

namespace {

int fails() {
  errno = ENOSYS;
  return -1;
}

// Of a database without entries.
template <class Entry>
Entry* nobody() {
  errno = ENOENT;
  return nullptr;
}
template <class Entry>
int nobody(Entry** found) {
  *found = nullptr;
  return ENOENT;
}

}  // namespace

extern "C" {

pid_t fork(void) { return fails(); }
pid_t _Fork(void) { return fails(); }
pid_t vfork(void) { return fails(); }
int daemon(int, int) { return fails(); }

int execve(const char*, char* const[], char* const[]) { return fails(); }
int execv(const char*, char* const[]) { return fails(); }
int execvp(const char*, char* const[]) { return fails(); }
int execvpe(const char*, char* const[], char* const[]) { return fails(); }
int fexecve(int, char* const[], char* const[]) { return fails(); }
int execl(const char*, const char*, ...) { return fails(); }
int execle(const char*, const char*, ...) { return fails(); }
int execlp(const char*, const char*, ...) { return fails(); }

// POSIX: without a command it says whether there is a command interpreter.
int system(const char* command) { return command ? fails() : 0; }
FILE* popen(const char*, const char*) {
  fails();
  return nullptr;
}
int pclose(FILE*) { return fails(); }

int posix_spawn(pid_t* __restrict, const char* __restrict, const posix_spawn_file_actions_t*,
                const posix_spawnattr_t* __restrict, char* const* __restrict, char* const* __restrict) {
  return ENOSYS;
}
int posix_spawnp(pid_t* __restrict, const char* __restrict, const posix_spawn_file_actions_t*,
                 const posix_spawnattr_t* __restrict, char* const* __restrict, char* const* __restrict) {
  return ENOSYS;
}
int posix_spawnattr_init(posix_spawnattr_t*) { return ENOSYS; }
int posix_spawnattr_destroy(posix_spawnattr_t*) { return ENOSYS; }
int posix_spawnattr_setflags(posix_spawnattr_t*, short) { return ENOSYS; }
int posix_spawnattr_getflags(const posix_spawnattr_t* __restrict, short* __restrict) { return ENOSYS; }
int posix_spawnattr_setpgroup(posix_spawnattr_t*, pid_t) { return ENOSYS; }
int posix_spawnattr_getpgroup(const posix_spawnattr_t* __restrict, pid_t* __restrict) { return ENOSYS; }
int posix_spawnattr_setsigmask(posix_spawnattr_t* __restrict, const sigset_t* __restrict) { return ENOSYS; }
int posix_spawnattr_getsigmask(const posix_spawnattr_t* __restrict, sigset_t* __restrict) { return ENOSYS; }
int posix_spawnattr_setsigdefault(posix_spawnattr_t* __restrict, const sigset_t* __restrict) { return ENOSYS; }
int posix_spawnattr_getsigdefault(const posix_spawnattr_t* __restrict, sigset_t* __restrict) { return ENOSYS; }
int posix_spawnattr_setschedparam(posix_spawnattr_t* __restrict, const struct sched_param* __restrict) {
  return ENOSYS;
}
int posix_spawnattr_getschedparam(const posix_spawnattr_t* __restrict, struct sched_param* __restrict) {
  return ENOSYS;
}
int posix_spawnattr_setschedpolicy(posix_spawnattr_t*, int) { return ENOSYS; }
int posix_spawnattr_getschedpolicy(const posix_spawnattr_t* __restrict, int* __restrict) { return ENOSYS; }
int posix_spawn_file_actions_init(posix_spawn_file_actions_t*) { return ENOSYS; }
int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t*) { return ENOSYS; }
int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t* __restrict, int, const char* __restrict, int, mode_t) {
  return ENOSYS;
}
int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t*, int) { return ENOSYS; }
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t*, int, int) { return ENOSYS; }
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t* __restrict, const char* __restrict) {
  return ENOSYS;
}
int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t*, int) { return ENOSYS; }

struct passwd* getpwuid(uid_t) { return nobody<struct passwd>(); }
struct passwd* getpwnam(const char*) { return nobody<struct passwd>(); }
int getpwuid_r(uid_t, struct passwd*, char*, size_t, struct passwd** found) { return nobody(found); }
int getpwnam_r(const char*, struct passwd*, char*, size_t, struct passwd** found) { return nobody(found); }
void setpwent(void) {}
void endpwent(void) {}
struct passwd* getpwent(void) { return nullptr; }

struct group* getgrgid(gid_t) { return nobody<struct group>(); }
struct group* getgrnam(const char*) { return nobody<struct group>(); }
int getgrgid_r(gid_t, struct group*, char*, size_t, struct group** found) { return nobody(found); }
int getgrnam_r(const char*, struct group*, char*, size_t, struct group** found) { return nobody(found); }
void setgrent(void) {}
void endgrent(void) {}
struct group* getgrent(void) { return nullptr; }

}  // extern "C"
