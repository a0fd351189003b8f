/*
 * linux_terminal: what Linux's terminal driver makes of keys. Each line of standard input is a terminal of its own: the flags that differ from `stty sane iutf8 -ixon`
 * (ECHO or -ECHO, separated by commas, or "."), and the keys in hexadecimal. The answer is a line: the signals by their numbers, what each read got,
 * and what the screen was sent, the last two in hexadecimal; lists with commas, "." where there is nothing, "eof" for a read of no bytes.
 *
 * The driver works in a thread of its own. So the keys must end with END and the end of the file (which is a key whatever becomes of newlines), and a
 * read that has them says that everything before was done. Without ICANON the reads are one: how the driver cuts them is a matter of time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define END "<end>"
#define END_OF_FILE 4
#define MARK "\001done\001"

static volatile sig_atomic_t signals[64], arrived;

static void note(int number) {
  if (arrived < 64) signals[arrived++] = number;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

enum set { INPUT, OUTPUT, LOCAL };

static const struct {
  const char *name;
  enum set set;
  tcflag_t bit;
} flags[] = {{"ICRNL", INPUT, ICRNL}, {"INLCR", INPUT, INLCR}, {"IGNCR", INPUT, IGNCR}, {"OPOST", OUTPUT, OPOST}, {"ONLCR", OUTPUT, ONLCR},
             {"ISIG", LOCAL, ISIG}, {"ICANON", LOCAL, ICANON}, {"IEXTEN", LOCAL, IEXTEN}, {"NOFLSH", LOCAL, NOFLSH}, {"ECHO", LOCAL, ECHO},
             {"ECHOE", LOCAL, ECHOE}, {"ECHOK", LOCAL, ECHOK}, {"ECHOKE", LOCAL, ECHOKE}, {"ECHOCTL", LOCAL, ECHOCTL}, {"ECHONL", LOCAL, ECHONL}};

static void set_flag(struct termios *termios, const char *word) {
  const int off = *word == '-';
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if (strcmp(flags[i].name, word + off) != 0) continue;
    tcflag_t *const set = flags[i].set == INPUT ? &termios->c_iflag : flags[i].set == OUTPUT ? &termios->c_oflag : &termios->c_lflag;
    *set = off ? *set & ~flags[i].bit : *set | flags[i].bit;
    return;
  }
  fprintf(stderr, "linux_terminal: no flag %s\n", word);
  exit(2);
}

static struct termios sane(void) {
  struct termios termios;
  memset(&termios, 0, sizeof termios);
  termios.c_iflag = ICRNL | IUTF8;
  termios.c_oflag = OPOST | ONLCR;
  termios.c_cflag = CS8 | CREAD | B38400;
  termios.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL;
  termios.c_cc[VINTR] = 3, termios.c_cc[VQUIT] = 28, termios.c_cc[VSUSP] = 26, termios.c_cc[VEOF] = 4;
  termios.c_cc[VERASE] = 127, termios.c_cc[VKILL] = 21, termios.c_cc[VWERASE] = 23, termios.c_cc[VLNEXT] = 22, termios.c_cc[VREPRINT] = 18;
  termios.c_cc[VMIN] = 1;
  return termios;
}

static void print_hex(const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) printf("%02x", bytes[i]);
}

static void type(int master, const char *hex) {
  unsigned char keys[8192];
  size_t count = 0;
  for (unsigned byte; count < sizeof keys && sscanf(hex + 2 * count, "%2x", &byte) == 1; count++) keys[count] = (unsigned char)byte;
  for (size_t done = 0; done < count;) {
    const ssize_t written = write(master, keys + done, count - done);
    if (written < 0) fail("linux_terminal: write");
    done += (size_t)written;
  }
}

/* Prints what each read gets, to the end. */
static void print_reads(int slave, int canonical) {
  static const char end[] = {END[0], END[1], END[2], END[3], END[4], END_OF_FILE};
  const size_t end_length = sizeof end - (canonical ? 1 : 0);
  static char bytes[1 << 16];
  size_t length = 0;
  for (int first = 1;; first = 0) {
    const ssize_t count = read(slave, bytes + length, 8192);
    if (count < 0) fail("linux_terminal: read");
    printf(first ? " " : canonical ? "," : "");
    if (count == 0) printf("eof");
    print_hex((unsigned char *)bytes + length, (size_t)count);
    length += (size_t)count;
    if (length >= end_length && memcmp(bytes + length - end_length, end, end_length) == 0) return;
    if (length > sizeof bytes - 8192) exit(1);
  }
}

static void print_screen(int master, int slave) {
  static char bytes[1 << 16];
  size_t length = 0;
  if (write(slave, MARK, strlen(MARK)) < 0) fail("linux_terminal: write");
  while (length < strlen(MARK) || memcmp(bytes + length - strlen(MARK), MARK, strlen(MARK)) != 0) {
    const ssize_t count = read(master, bytes + length, sizeof bytes - length);
    if (count <= 0) fail("linux_terminal: screen");
    length += (size_t)count;
  }
  length -= strlen(MARK);
  printf(length ? " " : " .");
  print_hex((unsigned char *)bytes, length);
}

static void terminal(char *names, const char *hex) {
  int master, slave;
  struct termios termios = sane();
  for (char *word = strtok(names, ","); word; word = strtok(NULL, ",")) {
    if (strcmp(word, ".") != 0) set_flag(&termios, word);
  }
  if (openpty(&master, &slave, NULL, &termios, NULL) != 0) fail("linux_terminal: openpty");
  if (ioctl(slave, TIOCSCTTY, 0) != 0) fail("linux_terminal: TIOCSCTTY");
  arrived = 0;
  type(master, hex);
  /* What was read is printed behind the signals, which may still be on their way until then. */
  char *text;
  size_t size;
  FILE *const out = stdout, *const reads = open_memstream(&text, &size);
  stdout = reads;
  print_reads(slave, (termios.c_lflag & ICANON) != 0);
  print_screen(master, slave);
  fclose(reads);
  stdout = out;
  if (!arrived) printf(".");
  for (int i = 0; i < arrived; i++) printf("%s%d", i ? "," : "", (int)signals[i]);
  printf("%s\n", text);
  free(text);
  if (ioctl(slave, TIOCNOTTY) != 0) fail("linux_terminal: TIOCNOTTY");
  close(slave);
  close(master);
}

int main(void) {
  static char line[1 << 15], names[1024], hex[1 << 15];
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGQUIT, &action, NULL);
  sigaction(SIGTSTP, &action, NULL);
  signal(SIGHUP, SIG_IGN);
  signal(SIGCONT, SIG_IGN);
  if (setsid() < 0) fail("linux_terminal: setsid");
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%1023s %32767s", names, hex) != 2) return fprintf(stderr, "linux_terminal: not a case: %s", line), 2;
    terminal(names, hex);
  }
  return 0;
}
