/*
 * A disk that fails on command. Preloaded into a program, it counts the file calls that the program makes on paths
 * under one folder, and does one thing at the call it is told: the program dies, the power goes, the disk is full or
 * faulty, a write is short. Nothing of the program is built differently for it.
 *
 *   KASASAGI_SHIM_ROOT   the folder
 *   KASASAGI_SHIM_CLASS  which calls count: "truth", "view" (the sled folders) or "read"
 *   KASASAGI_SHIM_AT     the call, from 1; 0 for none
 *   KASASAGI_SHIM_DO     what happens there, see `kinds`
 *   KASASAGI_SHIM_SEED   chance, where a power cut has a choice
 *   KASASAGI_SHIM_LOG    a file for one line a counted call: number, name, path
 *   KASASAGI_SHIM_END    "power": the power goes when the program ends
 *
 * A power cut first takes back what no fsync made durable, the contents of files and the names in folders, in part
 * or whole. POSIX promises no more than that: a name is durable once its folder was synced, bytes once their file was.
 * The calls are made with syscall(), so the wrapped functions are never entered from in here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum moment { BEFORE, HALF, AFTER };
enum fault { NONE, KILL, POWER, ERROR, SHORT };

static const struct kind {
  const char *name;
  enum fault fault;
  enum moment moment;
  int error;
  int lasts; /* every later call fails as well */
} kinds[] = {
  {"kill-before", KILL, BEFORE, 0, 0},    {"kill-half", KILL, HALF, 0, 0},    {"kill-after", KILL, AFTER, 0, 0},
  {"power-before", POWER, BEFORE, 0, 0},  {"power-half", POWER, HALF, 0, 0},  {"power-after", POWER, AFTER, 0, 0},
  {"full-once", ERROR, BEFORE, ENOSPC, 0}, {"full", ERROR, BEFORE, ENOSPC, 1},
  {"fault-once", ERROR, BEFORE, EIO, 0},  {"fault", ERROR, BEFORE, EIO, 1},   {"short", SHORT, HALF, 0, 0},
};

/* What a call can do, which decides what can befall it. */
enum { ALLOCATES = 1, WRITES = 2, SYNCS = 4, READS = 8 };

static char root[PATH_MAX];
static size_t root_len;
static char class_wanted[16] = "truth";
static long at, count;
static struct kind doing = {"none", NONE, BEFORE, 0, 0};
static uint64_t chance_state;
static int log_fd = -1, ready, power_at_end, fail_next_write;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A file with bytes that no fsync made durable. */
struct file {
  char *path;
  unsigned char *durable; /* its content at the last fsync */
  size_t length;
  unsigned char *forgotten; /* sectors that a failed fsync dropped: a later fsync does not bring them back */
  size_t sectors;
  struct file *next;
};

/* A name that no fsync of its folder made durable, the latest first. */
struct name {
  enum { MADE, REMOVED, MOVED, FOLDER_MADE, FOLDER_REMOVED } what;
  char *folder, *path, *to;
  unsigned char *content; /* of the file that was removed, or that another was moved over */
  size_t length;
  struct name *next;
};

static struct file *files;
static struct name *names;

#define SECTOR 512

static uint64_t chance(void) {
  uint64_t z = chance_state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

static size_t below(size_t end) { return end ? chance() % end : 0; }

/* ---- paths ---- */

static int inside(const char *path) {
  return ready && !strncmp(path, root, root_len) && (path[root_len] == '/' || !path[root_len]);
}

static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, link, path, (size_t)PATH_MAX - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return inside(path) && !(n > 10 && !strcmp(path + n - 10, " (deleted)"));
}

static int path_at(int dir, const char *name, char *path) {
  char base[PATH_MAX];
  if (name[0] == '/') {
    snprintf(path, PATH_MAX, "%s", name);
  } else {
    if (dir == AT_FDCWD) {
      if (syscall(SYS_getcwd, base, (size_t)PATH_MAX) < 0) return 0;
    } else if (!path_of(dir, base)) {
      return 0;
    }
    if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) return 0;
  }
  return inside(path);
}

static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return strndup(path, slash && slash != path ? (size_t)(slash - path) : 1);
}

static int exists(const char *path) { return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0; }

static int is_folder(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static unsigned char *content_of(const char *path, size_t *length) {
  struct stat s;
  *length = 0;
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return NULL;
  if (fstat(fd, &s) || !S_ISREG(s.st_mode)) {
    syscall(SYS_close, fd);
    return NULL;
  }
  unsigned char *bytes = malloc(s.st_size + 1);
  ssize_t n = 0;
  while (*length < (size_t)s.st_size &&
         (n = syscall(SYS_pread64, fd, bytes + *length, s.st_size - *length, *length)) > 0)
    *length += n;
  syscall(SYS_close, fd);
  return bytes;
}

static void put(const char *path, const unsigned char *bytes, size_t length) {
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  size_t done = 0;
  ssize_t n;
  if (fd < 0) return;
  while (done < length && (n = syscall(SYS_pwrite64, fd, bytes + done, length - done, done)) > 0) done += n;
  syscall(SYS_close, fd);
}

/* ---- what is not durable ---- */

static struct file *file_at(const char *path) {
  for (struct file *f = files; f; f = f->next)
    if (!strcmp(f->path, path)) return f;
  return NULL;
}

static void drop_file(const char *path) {
  for (struct file **f = &files; *f; f = &(*f)->next)
    if (!strcmp((*f)->path, path)) {
      struct file *gone = *f;
      *f = gone->next;
      free(gone->path), free(gone->durable), free(gone->forgotten), free(gone);
      return;
    }
}

/* A file is about to be changed, by bytes [offset, offset + length). */
static void soil(const char *path, size_t offset, size_t length) {
  struct file *f = file_at(path);
  if (!f) {
    f = calloc(1, sizeof *f);
    f->path = strdup(path);
    f->durable = content_of(path, &f->length);
    f->next = files;
    files = f;
  }
  for (size_t s = offset / SECTOR; length && s < f->sectors && s <= (offset + length - 1) / SECTOR; s++)
    f->forgotten[s] = 0;
}

/* An fsync succeeded: all is durable but what an earlier one forgot. */
static void clean(const char *path) {
  struct file *f = file_at(path);
  size_t length;
  if (!f) return;
  int whole = 1;
  for (size_t s = 0; s < f->sectors; s++) whole &= !f->forgotten[s];
  if (whole) {
    drop_file(path);
    return;
  }
  unsigned char *now = content_of(path, &length);
  for (size_t i = 0; i < length; i++)
    if (i / SECTOR < f->sectors && f->forgotten[i / SECTOR]) now[i] = i < f->length ? f->durable[i] : 0;
  free(f->durable);
  f->durable = now, f->length = length;
}

/* An fsync failed: the system may take pages for clean that never reached the disk. */
static void forget(const char *path) {
  struct file *f = file_at(path);
  size_t length;
  if (!f) return;
  unsigned char *now = content_of(path, &length);
  size_t sectors = (length + SECTOR - 1) / SECTOR;
  if (sectors > f->sectors) {
    f->forgotten = realloc(f->forgotten, sectors);
    memset(f->forgotten + f->sectors, 0, sectors - f->sectors);
    f->sectors = sectors;
  }
  for (size_t i = 0; i < length; i++)
    if (i >= f->length || now[i] != f->durable[i]) f->forgotten[i / SECTOR] = 1;
  free(now);
}

static struct name *note(int what, const char *path, const char *to) {
  struct name *n = calloc(1, sizeof *n);
  n->what = what;
  n->path = strdup(path);
  n->to = to ? strdup(to) : NULL;
  n->folder = folder_of(to ? to : path);
  n->next = names;
  return names = n;
}

static void folder_synced(const char *folder) {
  for (struct name **n = &names; *n;) {
    struct name *this = *n;
    if (strcmp(this->folder, folder)) {
      n = &this->next;
      continue;
    }
    *n = this->next;
    free(this->folder), free(this->path), free(this->to), free(this->content), free(this);
  }
}

static void renamed(char **text, const char *from, const char *to, int itself) {
  size_t n = strlen(from);
  if (!*text || strncmp(*text, from, n) || ((*text)[n] != '/' && ((*text)[n] || !itself))) return;
  char *moved = NULL;
  if (asprintf(&moved, "%s%s", to, *text + n) < 0) abort();
  free(*text);
  *text = moved;
}

static void everything_renamed(const char *from, const char *to) {
  drop_file(to);
  for (struct file *f = files; f; f = f->next) renamed(&f->path, from, to, 1);
  /* What is noted about the name itself is taken back after this move was. */
  for (struct name *n = names; n; n = n->next) {
    renamed(&n->folder, from, to, 1), renamed(&n->path, from, to, 0), renamed(&n->to, from, to, 0);
  }
}

/* ---- the power goes ---- */

static void remove_all(const char *path) {
  DIR *dir = opendir(path);
  struct dirent *e;
  char below[PATH_MAX];
  while (dir && (e = readdir(dir))) {
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
    if (snprintf(below, sizeof below, "%s/%s", path, e->d_name) >= PATH_MAX) continue;
    if (syscall(SYS_unlinkat, AT_FDCWD, below, 0)) remove_all(below);
  }
  if (dir) closedir(dir);
  syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* Each sector that was not synced is new, old or, behind the old end, whatever the disk held there. */
static void tear(struct file *f) {
  size_t length;
  unsigned char *now = content_of(f->path, &length);
  if (!now) return;
  size_t mode = below(6), longest = length > f->length ? length : f->length;
  unsigned char *left = calloc(1, longest + 1);
  size_t size = length;
  if (mode == 0) size = f->length;
  if (mode == 2 && length > f->length) size = f->length + below(length - f->length + 1);
  if (mode >= 3 && below(2)) size = (length < f->length ? length : f->length) + below(longest - (length < f->length ? length : f->length) + 1);
  for (size_t s = 0; s * SECTOR < longest; s++) {
    int lost = mode == 0 || (mode >= 3 && below(2)) || (s < f->sectors && f->forgotten[s]);
    int noise = lost && mode == 5 && below(2);
    for (size_t i = s * SECTOR; i < longest && i < (s + 1) * SECTOR; i++) {
      unsigned char old = i < f->length ? f->durable[i] : noise ? (unsigned char)chance() : 0;
      left[i] = lost || i >= length ? old : now[i];
    }
  }
  put(f->path, left, size < longest ? size : longest);
  free(left), free(now);
}

static void take_back(struct name *n) {
  switch (n->what) {
  case MADE: syscall(SYS_unlinkat, AT_FDCWD, n->path, 0); break;
  case FOLDER_MADE: remove_all(n->path); break;
  case FOLDER_REMOVED: syscall(SYS_mkdirat, AT_FDCWD, n->path, 0700); break;
  case REMOVED: put(n->path, n->content, n->length); break;
  case MOVED:
    syscall(SYS_renameat, AT_FDCWD, n->to, AT_FDCWD, n->path);
    if (n->content) put(n->to, n->content, n->length);
    break;
  }
}

/* Names come and go in order within a folder; folders know nothing of each other. */
static void power_cut(void) {
  struct { const char *folder; size_t left; } undo[256];
  size_t folders = 0;
  for (struct file *f = files; f; f = f->next) tear(f);
  for (struct name *n = names; n; n = n->next) {
    size_t i = 0, pending = 0;
    while (i < folders && strcmp(undo[i].folder, n->folder)) i++;
    if (i == folders) {
      if (folders == 256) break;
      for (struct name *m = n; m; m = m->next) pending += !strcmp(m->folder, n->folder);
      size_t mode = below(3);
      undo[folders].folder = n->folder;
      undo[folders++].left = mode == 0 ? pending : mode == 1 ? 0 : below(pending + 1);
    }
    if (undo[i].left && undo[i].left--) take_back(n);
  }
}

static void die(void) {
  if (doing.fault == POWER || power_at_end) power_cut();
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* ---- the counted call ---- */

static int counts_here(const char *path, int traits) {
  int view = strstr(path + root_len, "/view") != NULL;
  if (!strcmp(class_wanted, "read")) return traits & READS;
  return !(traits & READS) && view == !strcmp(class_wanted, "view");
}

/* Whether a disk that is full would refuse this call. */
static int refused(int traits) { return doing.error != ENOSPC || (traits & ALLOCATES); }

/* Under the lock, before the call: 0 to go on, 1 to write the first half only, -1 to fail with errno. */
static int step(const char *name, const char *path, int traits) {
  if (!counts_here(path, traits)) return 0;
  count++;
  if (log_fd >= 0) {
    char line[PATH_MAX + 64];
    int n = snprintf(line, sizeof line, "%ld %s %d %s\n", count, name, traits, path + root_len);
    syscall(SYS_write, log_fd, line, (size_t)n);
  }
  if ((traits & WRITES) && fail_next_write) {
    fail_next_write = 0;
    errno = ENOSPC;
    return -1;
  }
  if (!at || count < at || (count > at && !doing.lasts)) return 0;
  if (doing.fault == ERROR && refused(traits)) {
    errno = doing.error;
    return -1;
  }
  if (doing.moment == BEFORE && (doing.fault == KILL || doing.fault == POWER)) die();
  if (doing.fault == SHORT && (traits & WRITES)) {
    fail_next_write = 1;
    return 1;
  }
  return doing.moment == HALF && (traits & WRITES);
}

/* Under the lock, after the call. */
static void done(const char *path, int traits) {
  if (!at || count != at || !counts_here(path, traits)) return;
  if ((doing.fault == KILL || doing.fault == POWER) && doing.moment != BEFORE) die();
}

#define ENTER(path_known) \
  char path[PATH_MAX]; \
  int mine = ready && (path_known); \
  if (mine) pthread_mutex_lock(&lock)
#define LEAVE(result) \
  do { \
    int kept = errno; \
    if (mine) pthread_mutex_unlock(&lock); \
    errno = kept; \
    return result; \
  } while (0)

/* ---- the wrapped functions ---- */

static int open_at(int dir, const char *file, int flags, mode_t mode) {
  ENTER(path_at(dir, file, path));
  if (!mine) return syscall(SYS_openat, dir, file, flags, mode);
  int makes = flags & O_CREAT, fresh = makes && !exists(path), fd = -1;
  int traits = fresh ? ALLOCATES : 0;
  if (step(fresh ? "create" : "open", path, traits) < 0) LEAVE(-1);
  if ((flags & O_TRUNC) && !fresh) soil(path, 0, 0);
  fd = syscall(SYS_openat, dir, file, flags, mode);
  if (fd >= 0 && fresh) note(MADE, path, NULL);
  done(path, traits);
  LEAVE(fd);
}

static mode_t mode_of(int flags, va_list more) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPEN(function) \
  int function(const char *file, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = mode_of(flags, more); \
    va_end(more); \
    return open_at(AT_FDCWD, file, flags, mode); \
  }
#define OPENAT(function) \
  int function(int dir, const char *file, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = mode_of(flags, more); \
    va_end(more); \
    return open_at(dir, file, flags, mode); \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* `offset` is -1 for a write at the file's own position. */
static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
  ENTER(path_of(fd, path));
  if (!mine)
    return offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
  int half = step("write", path, ALLOCATES | WRITES);
  if (half < 0) LEAVE(-1);
  if (half && length > 1) length /= 2;
  off_t place = offset;
  if (place < 0) {
    struct stat s;
    int appends = fcntl(fd, F_GETFL) & O_APPEND;
    place = appends && !fstat(fd, &s) ? s.st_size : lseek(fd, 0, SEEK_CUR);
  }
  soil(path, place, length);
  ssize_t n = offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
  done(path, ALLOCATES | WRITES);
  LEAVE(n);
}

ssize_t write(int fd, const void *bytes, size_t length) { return write_at(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return write_at(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return write_at(fd, bytes, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int n) {
  char path[PATH_MAX];
  if (!path_of(fd, path)) return syscall(SYS_writev, fd, parts, n);
  /* A short write is always allowed. */
  for (int i = 0; i < n; i++)
    if (parts[i].iov_len) return write_at(fd, parts[i].iov_base, parts[i].iov_len, -1);
  return 0;
}

/* Copying within the system is not offered, so that every copy is made of reads and writes. */
static ssize_t not_offered(void) {
  errno = ENOSYS;
  return -1;
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
  char path[PATH_MAX];
  if (path_of(out, path)) return not_offered();
  return syscall(SYS_copy_file_range, in, from, out, to, length, flags);
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t length) {
  char path[PATH_MAX];
  if (path_of(out, path)) return not_offered();
  return syscall(SYS_sendfile, out, in, offset, length);
}

static int sync_by(const char *name, long number, int fd) {
  ENTER(path_of(fd, path));
  if (!mine) return syscall(number, fd);
  int outcome = -1, folder = is_folder(path);
  if (step(name, path, SYNCS) < 0) {
    int kept = errno;
    if (!folder) forget(path);
    errno = kept;
    LEAVE(-1);
  }
  /* Whether the disk of the test is quick is no matter here: what counts as durable is kept in this file. */
  outcome = 0;
  if (folder) folder_synced(path);
  else clean(path);
  done(path, SYNCS);
  LEAVE(outcome);
}

int fsync(int fd) { return sync_by("fsync", SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by("fdatasync", SYS_fdatasync, fd); }

int sync_file_range(int fd, off_t offset, off_t length, unsigned flags) {
  ENTER(path_of(fd, path));
  if (!mine) return syscall(SYS_sync_file_range, fd, offset, length, flags);
  /* It starts writing, and promises nothing about what a power cut leaves. */
  int outcome = step("sync_file_range", path, SYNCS) < 0 ? -1 : 0;
  if (outcome == 0) done(path, SYNCS);
  LEAVE(outcome);
}

static int cut_to(int fd, off_t length) {
  ENTER(path_of(fd, path));
  if (!mine) return syscall(SYS_ftruncate, fd, length);
  if (step("ftruncate", path, 0) < 0) LEAVE(-1);
  soil(path, length, 0);
  int outcome = syscall(SYS_ftruncate, fd, length);
  done(path, 0);
  LEAVE(outcome);
}

int ftruncate(int fd, off_t length) { return cut_to(fd, length); }
int ftruncate64(int fd, off_t length) { return cut_to(fd, length); }

int rename(const char *from, const char *to) {
  char target[PATH_MAX];
  ENTER(path_at(AT_FDCWD, from, path) && path_at(AT_FDCWD, to, target));
  if (!mine) return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  if (step("rename", target, ALLOCATES) < 0) LEAVE(-1);
  size_t length;
  unsigned char *replaced = content_of(target, &length);
  int outcome = syscall(SYS_renameat, AT_FDCWD, path, AT_FDCWD, target);
  if (outcome == 0) {
    everything_renamed(path, target);
    struct name *n = note(MOVED, path, target);
    n->content = replaced, n->length = length;
  } else {
    free(replaced);
  }
  done(target, ALLOCATES);
  LEAVE(outcome);
}

static int link_at(int dir, const char *from, int to_dir, const char *to, int flags) {
  ENTER(path_at(to_dir, to, path));
  if (!mine) return syscall(SYS_linkat, dir, from, to_dir, to, flags);
  if (step("link", path, ALLOCATES) < 0) LEAVE(-1);
  int outcome = syscall(SYS_linkat, dir, from, to_dir, to, flags);
  if (outcome == 0) note(MADE, path, NULL);
  done(path, ALLOCATES);
  LEAVE(outcome);
}

int link(const char *from, const char *to) { return link_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int dir, const char *from, int to_dir, const char *to, int flags) {
  return link_at(dir, from, to_dir, to, flags);
}

static int remove_at(int dir, const char *file, int flags) {
  ENTER(path_at(dir, file, path));
  if (!mine) return syscall(SYS_unlinkat, dir, file, flags);
  int folder = flags & AT_REMOVEDIR;
  if (step(folder ? "rmdir" : "unlink", path, 0) < 0) LEAVE(-1);
  size_t length;
  unsigned char *content = content_of(path, &length);
  int outcome = syscall(SYS_unlinkat, dir, file, flags);
  if (outcome == 0) {
    struct file *f = file_at(path);
    struct name *n = note(folder ? FOLDER_REMOVED : REMOVED, path, NULL);
    /* Its name may come back, with what of it was durable. */
    n->length = f ? f->length : length;
    n->content = malloc(n->length + 1);
    if (n->length) memcpy(n->content, f ? f->durable : content, n->length);
    drop_file(path);
  }
  free(content);
  done(path, 0);
  LEAVE(outcome);
}

int unlink(const char *file) { return remove_at(AT_FDCWD, file, 0); }
int rmdir(const char *file) { return remove_at(AT_FDCWD, file, AT_REMOVEDIR); }
int unlinkat(int dir, const char *file, int flags) { return remove_at(dir, file, flags); }

int mkdir(const char *file, mode_t mode) {
  ENTER(path_at(AT_FDCWD, file, path));
  if (!mine) return syscall(SYS_mkdirat, AT_FDCWD, file, mode);
  if (step("mkdir", path, ALLOCATES) < 0) LEAVE(-1);
  int outcome = syscall(SYS_mkdirat, AT_FDCWD, file, mode);
  if (outcome == 0) note(FOLDER_MADE, path, NULL);
  done(path, ALLOCATES);
  LEAVE(outcome);
}

static ssize_t read_at(int fd, void *bytes, size_t length, off_t offset) {
  ENTER(path_of(fd, path));
  int failed = mine && step("read", path, READS) < 0;
  if (mine) done(path, READS);
  int kept = errno;
  if (mine) pthread_mutex_unlock(&lock);
  errno = kept;
  if (failed) return -1;
  return offset < 0 ? syscall(SYS_read, fd, bytes, length) : syscall(SYS_pread64, fd, bytes, length, offset);
}

ssize_t read(int fd, void *bytes, size_t length) { return read_at(fd, bytes, length, -1); }
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return read_at(fd, bytes, length, offset); }
ssize_t pread64(int fd, void *bytes, size_t length, off_t offset) { return read_at(fd, bytes, length, offset); }

/* ---- beginning and end ---- */

static const char *told(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

__attribute__((constructor)) static void begin(void) {
  snprintf(root, sizeof root, "%s", told("KASASAGI_SHIM_ROOT"));
  if (!(root_len = strlen(root))) return;
  snprintf(class_wanted, sizeof class_wanted, "%s", told("KASASAGI_SHIM_CLASS"));
  at = atol(told("KASASAGI_SHIM_AT"));
  chance_state = strtoull(told("KASASAGI_SHIM_SEED"), NULL, 10);
  power_at_end = !strcmp(told("KASASAGI_SHIM_END"), "power");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (!strcmp(kinds[i].name, told("KASASAGI_SHIM_DO"))) doing = kinds[i];
  if (*told("KASASAGI_SHIM_LOG"))
    log_fd = syscall(SYS_openat, AT_FDCWD, told("KASASAGI_SHIM_LOG"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  /* Programs that this one starts have their own disks. */
  unsetenv("LD_PRELOAD");
  ready = 1;
}

__attribute__((destructor)) static void end(void) {
  if (!ready || !power_at_end) return;
  pthread_mutex_lock(&lock);
  die();
}
