/* `phonelab` in the closet, with its standard streams in the records of a channel. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "phonelab/closet/answer.h"
#include "phonelab/closet/channel.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define END_MS 2000

/* The program that runs, and our ends of its standard streams; -1: closed. */
struct running {
	int fd;
	pid_t pid;
	int in, out, error;
	int process; /* readable when it has exited */
	struct record_reader reader;
	struct record_writer writer;
	/* Standard input that the program has not read yet, and how much it has read that the console does not know. */
	char input[RECORD_WINDOW];
	size_t at, length, taken;
	bool no_more; /* the console has sent the end of standard input */
};

/* A word: a text, or the list of its octets (there.c). To be freed; NULL: it is neither. */
static char *word_of(const json_t *value)
{
	size_t n = json_array_size(value);
	char *word;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	word = json_is_array(value) ? calloc(n + 1, 1) : NULL;
	for (size_t i = 0; word && i < n; i++)
		word[i] = (char)json_integer_value(json_array_get(value, i));
	return word;
}

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

/* phonelab [--lab LAB] WORD... To be freed by free_words; NULL with the reason. */
static char **words_of(const struct lab *lab, const json_t *request, struct fail *fail)
{
	const json_t *args = json_object_get(request, "args");
	char **words = calloc(json_array_size(args) + 4, sizeof(*words)), program[600];
	size_t n = 0;
	bool good = words && json_array_size(args);

	self_folder(program, 500);
	strcat(program, "/phonelab");
	if (good)
		words[n++] = strdup(program);
	if (good && lab->pid) {
		words[n++] = strdup("--lab");
		words[n++] = strdup(lab->name);
	}
	for (size_t i = 0; i < json_array_size(args) && good; i++) {
		words[n] = word_of(json_array_get(args, i));
		good = words[n++];
	}
	if (good)
		return words;
	free_words(words);
	fail_set(fail, -EINVAL, "run: expected a list of words in \"args\"");
	return NULL;
}

static int start(struct running *running, char *const words[], struct fail *fail)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, error[2] = {-1, -1};
	struct spawn_options options = {.name = "phonelab", .group = true};

	running->pid = -1;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(error, O_CLOEXEC)) {
		fail_set(fail, -errno, "pipe: %s", strerror(errno));
	} else {
		options.input = in[0];
		options.output = out[1];
		options.error = error[1];
		running->pid = spawn_program(&options, words, fail);
	}
	close(in[0]);
	close(out[1]);
	close(error[1]);
	running->in = in[1];
	running->out = out[0];
	running->error = error[0];
	fcntl(running->in, F_SETFL, O_NONBLOCK);
	fcntl(running->out, F_SETFL, O_NONBLOCK);
	fcntl(running->error, F_SETFL, O_NONBLOCK);
	running->process = running->pid > 0 ? (int)syscall(SYS_pidfd_open, running->pid, 0) : -1;
	return running->pid > 0 ? 0 : fail->err;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Output of the program becomes the next record. */
static void take_output(struct running *running, int *from, enum record_kind kind)
{
	ssize_t n = read(*from, running->writer.bytes + RECORD_HEADER, RECORD_MOST);

	if (n > 0)
		record_put(&running->writer, kind, (uint32_t)n, NULL);
	else if (!n || (errno != EINTR && errno != EAGAIN))
		close_end(from);
}

/* Standard input, as far as the program reads it. Without a reader the rest is discarded. */
static void give_input(struct running *running)
{
	ssize_t n = 0;

	if (running->in >= 0 && running->length)
		n = write(running->in, running->input + running->at, running->length);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		close_end(&running->in);
	if (running->in < 0)
		n = (ssize_t)running->length;
	if (n > 0) {
		running->at += (size_t)n;
		running->length -= (size_t)n;
		running->taken += (size_t)n;
	}
	if (!running->length && running->no_more)
		close_end(&running->in);
}

/* False: more than the window. */
static bool keep_input(struct running *running, const uint8_t *octets, size_t length)
{
	if (length > RECORD_WINDOW - running->length)
		return false;
	memmove(running->input, running->input + running->at, running->length);
	memcpy(running->input + running->length, octets, length);
	running->at = 0;
	running->length += length;
	running->no_more = running->no_more || !length;
	give_input(running);
	return true;
}

/* The records that have come. False: the channel has ended. */
static bool take_records(struct running *running)
{
	enum record_kind kind;
	uint32_t number;
	int got;

	while ((got = record_receive(running->fd, &running->reader, &kind, &number)) > 0)
		switch (kind) {
		case RECORD_IN:
			if (!keep_input(running, running->reader.bytes + RECORD_HEADER, number))
				return false;
			break;
		case RECORD_SIGNAL:
			if (number == SIGINT || number == SIGTERM || number == SIGHUP)
				kill(running->pid, (int)number);
			break;
		case RECORD_OUT:
		case RECORD_ERROR:
		case RECORD_EXIT:
		case RECORD_TAKEN: return false;
		}
	return !got;
}

/* Send what the channel takes: the record of output that waits, then the credit for input, which waits for no further output. False:
 * it has ended. */
static bool send_records(struct running *running)
{
	if (record_send(running->fd, &running->writer))
		return false;
	if (record_is_sent(&running->writer) && running->taken) {
		record_put(&running->writer, RECORD_TAKEN, (uint32_t)running->taken, NULL);
		running->taken = 0;
	}
	return !record_send(running->fd, &running->writer);
}

/* Until the program has exited and its output is sent, or the channel has ended: then false. Nothing here waits for one of the
 * streams alone, so that a signal always comes through. */
static bool relay(struct running *running)
{
	bool exited = false;

	for (;;) {
		bool sent = record_is_sent(&running->writer);
		struct pollfd fds[] = {
		    {.fd = running->fd, .events = (short)(sent ? POLLIN : POLLIN | POLLOUT)},
		    {.fd = sent ? running->out : -1, .events = POLLIN},
		    {.fd = sent ? running->error : -1, .events = POLLIN},
		    {.fd = exited ? -1 : running->process, .events = POLLIN},
		    {.fd = running->length ? running->in : -1, .events = POLLOUT}};
		/* A process that the program left behind may hold its output open. */
		int n = poll(fds, 5, exited && sent ? 0 : -1);

		if (n < 0 && errno != EINTR)
			return false;
		if (n < 0)
			continue;
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && !take_records(running))
			return false;
		if (fds[4].revents)
			give_input(running);
		if (fds[1].revents)
			take_output(running, &running->out, RECORD_OUT);
		if (fds[2].revents && record_is_sent(&running->writer))
			take_output(running, &running->error, RECORD_ERROR);
		if (!send_records(running))
			return false;
		if (exited && sent && !fds[1].revents && !fds[2].revents && record_is_sent(&running->writer))
			return true;
		exited = exited || fds[3].revents;
	}
}

/* The last record. The reader of the output before it may pause. */
static void send_exit(struct running *running, int status)
{
	struct pollfd fds = {.fd = running->fd, .events = POLLOUT};

	record_put(&running->writer, RECORD_EXIT, (uint32_t)status, NULL);
	while (!record_send(running->fd, &running->writer) && !record_is_sent(&running->writer))
		if (poll(&fds, 1, -1) < 0 && errno != EINTR)
			return;
}

int answer_run(const struct lab *lab, int fd, const json_t *request)
{
	static struct running running; /* large; a process serves one channel */
	struct fail fail = {0};
	char **words = words_of(lab, request, &fail);
	bool complete;
	int status;

	running = (struct running){.fd = fd};
	if (words)
		start(&running, words, &fail);
	free_words(words);
	if (fail.err) {
		uint8_t header[RECORD_HEADER];
		size_t length = strnlen(fail.text, sizeof(fail.text));

		record_header(header, RECORD_ERROR, (uint32_t)length);
		channel_write(fd, header, sizeof(header));
		channel_write(fd, fail.text, length);
		record_header(header, RECORD_EXIT, 4);
		return channel_write(fd, header, sizeof(header));
	}
	complete = relay(&running);
	close_end(&running.in);
	close_end(&running.out);
	close_end(&running.error);
	status = spawn_end(running.pid, true, SIGTERM, END_MS);
	close_end(&running.process);
	if (complete)
		send_exit(&running, spawn_exit_status(status));
	return 0;
}
