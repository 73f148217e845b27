/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A disk that fails on command, for LD_PRELOAD. While the file named by FAILING_DISK holds a word, calls on the files of
 * a ring's database fail: "eio" every fsync and fdatasync with EIO, "full" every write with ENOSPC.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Is this a file of the database? Logs, pipes and the node's small files stay whole. */
static int is_database(int handle) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, "/ring.sqlite") != NULL;
}

static int is_failing(int handle, const char *how) {
  char word[16] = "";
  const char *name = getenv("FAILING_DISK");
  int saved = errno, file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0) {
    ssize_t length = read(file, word, sizeof word - 1);
    word[length > 0 ? length : 0] = 0;
    close(file);
  }
  errno = saved;
  return strcmp(word, how) == 0 && is_database(handle);
}

/* The function that we stand in for. */
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int handle) {
  REAL(fsync);
  if (is_failing(handle, "eio")) return errno = EIO, -1;
  return real(handle);
}

int fdatasync(int handle) {
  REAL(fdatasync);
  if (is_failing(handle, "eio")) return errno = EIO, -1;
  return real(handle);
}

ssize_t pwrite64(int handle, const void *data, size_t size, off64_t place) {
  REAL(pwrite64);
  if (is_failing(handle, "full")) return errno = ENOSPC, -1;
  return real(handle, data, size, place);
}

ssize_t pwrite(int handle, const void *data, size_t size, off_t place) {
  REAL(pwrite);
  if (is_failing(handle, "full")) return errno = ENOSPC, -1;
  return real(handle, data, size, place);
}

ssize_t write(int handle, const void *data, size_t size) {
  REAL(write);
  if (is_failing(handle, "full")) return errno = ENOSPC, -1;
  return real(handle, data, size);
}
