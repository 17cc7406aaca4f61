#include "phonelab/closet/there.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/closet/channel.h"
#include "phonelab/lab/complain.h"

int there_open(const struct lab *lab, const char *closet, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char file[100], path[256];
	int fd;

	snprintf(file, sizeof(file), "closets/%s.sock", closet);
	client_path(lab, file, path, sizeof(path));
	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	fail_set(fail, -errno, "the console of lab %s does not answer: %s", lab->name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return fail->err;
}

#define SIGNALS 8 /* that wait for the channel */

struct there {
	int fd, out, in; /* in: -1 after the end of standard input */
	int signals;
	int status; /* -1: it runs */
	bool begun; /* a record has come */
	struct record_reader reader;
	struct record_writer writer;
	size_t window; /* octets of standard input that may be sent */
	uint32_t caught[SIGNALS];
	size_t caught_n;
	/* Output that is not printed yet, in the reader, and where to; -1: none */
	int to;
	const uint8_t *at;
	size_t left;
};

static void take_input(struct there *there)
{
	size_t most = there->window < RECORD_MOST ? there->window : RECORD_MOST;
	ssize_t n = read(there->in, there->writer.bytes + RECORD_HEADER, most);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		there->in = -1;
	else
		there->window -= (size_t)n;
	record_put(&there->writer, RECORD_IN, n > 0 ? (uint32_t)n : 0, NULL);
}

static void take_signal(struct there *there)
{
	struct signalfd_siginfo info;

	if (read(there->signals, &info, sizeof(info)) == sizeof(info) && there->caught_n < SIGNALS)
		there->caught[there->caught_n++] = info.ssi_signo;
}

/* Send what the channel takes: signals first. False: it has ended. */
static bool send_records(struct there *there)
{
	if (record_is_sent(&there->writer) && there->caught_n) {
		record_put(&there->writer, RECORD_SIGNAL, there->caught[0], NULL);
		memmove(there->caught, there->caught + 1, --there->caught_n * sizeof(*there->caught));
	}
	return !record_send(there->fd, &there->writer);
}

/* The console refuses the channel with a line, in place of records. */
static bool take_refusal(struct there *there)
{
	struct fail fail = {0};
	json_t *line;
	char first;

	if (there->begun || recv(there->fd, &first, 1, MSG_PEEK) != 1 || first != '{')
		return false;
	line = channel_read_line(there->fd, CHANNEL_LINE, &fail);
	exit_complain(0, "%s", json_text_or(line, "error", "the closet is not reached"));
	json_decref(line);
	there->status = EXIT_DEFECT;
	return true;
}

/* Print what the reader of our output takes. A pipe that is ready takes PIPE_BUF octets without blocking. False: nobody reads it. */
static bool print(struct there *there)
{
	ssize_t n = write(there->to, there->at, there->left < PIPE_BUF ? there->left : PIPE_BUF);

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return false;
	if (n > 0) {
		there->at += n;
		there->left -= (size_t)n;
	}
	if (!there->left)
		there->to = -1;
	return true;
}

/* A record of the closet, if it is whole. False: the channel has ended. */
static bool take_record(struct there *there)
{
	enum record_kind kind;
	uint32_t number;
	int got;

	if (take_refusal(there))
		return true;
	there->begun = true;
	got = record_receive(there->fd, &there->reader, &kind, &number);
	if (got <= 0)
		return !got;
	switch (kind) {
	case RECORD_OUT:
	case RECORD_ERROR:
		there->to = number ? kind == RECORD_OUT ? there->out : STDERR_FILENO : -1;
		there->at = there->reader.bytes + RECORD_HEADER;
		there->left = number;
		return true;
	case RECORD_EXIT: there->status = (int)number; return true;
	case RECORD_TAKEN: there->window += number; return there->window <= RECORD_WINDOW;
	case RECORD_IN:
	case RECORD_SIGNAL: return false;
	}
	return false;
}

/* Until the exit status has come. Nothing here waits for one of the streams alone: our reader may pause, and a signal still comes
 * through. */
static int relay(struct there *there)
{
	while (there->status < 0) {
		bool sent = record_is_sent(&there->writer);
		struct pollfd fds[] = {
		    {.fd = there->to < 0 || !sent ? there->fd : -1,
		     .events = (short)((there->to < 0 ? POLLIN : 0) | (sent ? 0 : POLLOUT))},
		    {.fd = sent && there->window ? there->in : -1, .events = POLLIN},
		    {.fd = there->signals, .events = POLLIN},
		    {.fd = there->out},
		    {.fd = there->to, .events = POLLOUT}};

		if (poll(fds, 5, -1) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		/* Nobody reads our output any more. */
		if (fds[3].revents & POLLERR || (fds[4].revents && !print(there)))
			return 0;
		if (fds[2].revents)
			take_signal(there);
		if (fds[1].revents)
			take_input(there);
		/* Where nobody takes it, the channel still has the reason. */
		if (!send_records(there)) {
			there->in = -1;
			there->writer.at = there->writer.length = 0;
		}
		if (there->to < 0 && fds[0].revents & (POLLIN | POLLHUP | POLLERR) && !take_record(there))
			return there->status < 0 ? -EPIPE : 0;
	}
	return 0;
}

static int catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* JSON has only UTF-8: another word is the list of its octets. */
static json_t *word_of(const char *text)
{
	json_t *word = json_string(text);

	if (word)
		return word;
	word = json_array();
	for (; *text; text++)
		json_array_append_new(word, json_integer((unsigned char)*text));
	return word;
}

/* The first line of the channel; NULL: it is too long, which is printed. */
static char *request_for(const char *const args[])
{
	json_t *words = json_array(), *request;
	char *line;

	for (size_t i = 0; args[i]; i++)
		json_array_append_new(words, word_of(args[i]));
	request = json_pack("{s:s,s:o}", "do", "run", "args", words);
	line = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (line && strlen(line) < CHANNEL_LINE)
		return line;
	exit_complain(
	    0, "the command is too long for a closet: its words have more than %d octets; use a script",
	    CHANNEL_LINE - 100);
	free(line);
	return NULL;
}

int there_run(const struct lab *lab, const char *closet, const char *const args[], int out)
{
	struct there there = {
	    .out = out, .in = STDIN_FILENO, .status = -1, .window = RECORD_WINDOW, .to = -1};
	struct fail fail = {0};
	char *request = request_for(args);
	size_t length;
	int err;

	if (!request)
		return EXIT_USAGE;
	there.fd = there_open(lab, closet, &fail);
	if (there.fd < 0) {
		free(request);
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	}
	there.signals = catch_signals();
	length = strlen(request);
	request[length] = '\n'; /* in place of the NUL */
	err = channel_write(there.fd, request, length + 1);
	free(request);
	err = err ? err : relay(&there);
	close(there.signals);
	close(there.fd);
	if (err)
		return exit_complain(EXIT_DEFECT,
				     "%s is not reached, or the connection to it has ended; phonelab status "
				     "prints the closets",
				     closet);
	return there.status < 0 ? EXIT_INTERRUPTED : there.status;
}
