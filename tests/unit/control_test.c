#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"

/* A server in a thread of its own, so that the blocking client can call it. */
struct bench {
	char path[64];
	struct event_base *base;
	struct control_server *server;
	pthread_t thread;
	int stop[2];
	uint64_t ticket; /* of the last request `later` */
};

static json_t *verb_echo(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)fd, (void)fail;
	return json_pack("{s:O}", "said", json_object_get(request, "say"));
}

static json_t *verb_refuse(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request;
	*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fail_set(fail, -EINVAL, "port: found \"Gi9/0/1\", expected Gi1/0/1 to Gi1/0/48");
	return NULL;
}

static json_t *verb_netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fail;
	*fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return json_object();
}

/* The second descriptor and whether there are others; the first is left for the server to close. */
static json_t *verb_given(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct bench *bench = arg;

	(void)request, (void)fail;
	*fd = control_take_descriptor(bench->server, 1);
	return json_pack("{s:b,s:b}", "again", control_take_descriptor(bench->server, 1) >= 0, "fifth",
			 control_take_descriptor(bench->server, 4) >= 0);
}

static json_t *verb_large(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	char *text = malloc(3000001);
	json_t *reply;

	(void)arg, (void)request, (void)fd, (void)fail;
	memset(text, 'L', 3000000);
	text[3000000] = 0;
	reply = json_pack("{s:s}", "text", text);
	free(text);
	return reply;
}

static json_t *verb_later(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct bench *bench = arg;

	(void)request, (void)fd, (void)fail;
	bench->ticket = control_defer(bench->server);
	return NULL;
}

/* Replies to `later`: with the member "say", or without it with an error. */
static json_t *verb_finish(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct bench *bench = arg;
	json_t *say = json_object_get(request, "say");

	(void)fd;
	fail_set(fail, -EHOSTUNREACH, "it is not reached");
	control_answer(bench->server, bench->ticket, say ? json_pack("{s:O}", "said", say) : NULL, fail);
	control_answer(bench->server, bench->ticket + 1000, json_object(), fail); /* nobody waits for it */
	*fail = (struct fail){0};
	return json_object();
}

static const struct control_verb verbs[] = {
    {"echo", verb_echo},   {"refuse", verb_refuse}, {"netns", verb_netns},   {"large", verb_large},
    {"given", verb_given}, {"later", verb_later},   {"finish", verb_finish}, {0},
};

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

static void *serve(void *arg)
{
	struct bench *bench = arg;
	struct event *stop = event_new(bench->base, bench->stop[0], EV_READ, on_stop, bench->base);

	event_add(stop, NULL);
	event_base_dispatch(bench->base);
	event_free(stop);
	return NULL;
}

static int start(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct fail fail = {0};

	snprintf(bench->path, sizeof(bench->path), "/tmp/control_test.%d.sock", (int)getpid());
	bench->base = event_base_new();
	assert_int_equal(pipe2(bench->stop, O_CLOEXEC), 0);
	assert_int_equal(control_server_new(&bench->server, bench->base, bench->path, verbs, bench, &fail),
			 0);
	assert_int_equal(pthread_create(&bench->thread, NULL, serve, bench), 0);
	*state = bench;
	return 0;
}

static int stop(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(write(bench->stop[1], "", 1), 1);
	pthread_join(bench->thread, NULL);
	control_server_free(bench->server);
	assert_int_equal(access(bench->path, F_OK), -1);
	event_base_free(bench->base);
	close(bench->stop[0]);
	close(bench->stop[1]);
	free(bench);
	return 0;
}

static json_t *call(struct bench *bench, json_t *request, int *fd, struct fail *fail)
{
	json_t *reply = control_call(bench->path, request, 5000, fd, fail);

	json_decref(request);
	return reply;
}

static void test_reply(void **state)
{
	struct fail fail = {0};
	struct stat st;
	json_t *reply = call(*state, json_pack("{s:s,s:[i,i]}", "do", "echo", "say", 1, 2), NULL, &fail);

	assert_non_null(reply);
	assert_true(json_is_true(json_object_get(reply, "ok")));
	assert_int_equal(json_array_size(json_object_get(reply, "said")), 2);
	json_decref(reply);
	assert_int_equal(stat(((struct bench *)*state)->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_errors(void **state)
{
	struct fail fail = {0};
	int fd = 99;

	assert_null(call(*state, json_pack("{s:s}", "do", "refuse"), &fd, &fail));
	assert_int_equal(fd, -1);
	assert_string_equal(fail.text, "port: found \"Gi9/0/1\", expected Gi1/0/1 to Gi1/0/48");
	assert_null(call(*state, json_pack("{s:s}", "do", "ehco"), NULL, &fail));
	assert_string_equal(fail.text, "unknown request \"ehco\"; requests of this socket: echo, refuse, "
				       "netns, large, given, later, finish");
	assert_null(call(*state, json_object(), NULL, &fail));
	assert_string_equal(fail.text, "the request has no key \"do\"");
	assert_null(call(*state, json_pack("[i]", 1), NULL, &fail));
	assert_string_equal(fail.text, "the request has no key \"do\"");
}

static void test_descriptor(void **state)
{
	struct fail fail = {0};
	char byte = 'x';
	int fd = -1;
	json_t *reply = call(*state, json_pack("{s:s}", "do", "netns"), &fd, &fail);

	assert_non_null(reply);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(byte, 0);
	close(fd);
	json_decref(reply);
	/* A caller that does not want it gets none left open. */
	reply = call(*state, json_pack("{s:s}", "do", "netns"), NULL, &fail);
	assert_non_null(reply);
	json_decref(reply);
}

static unsigned open_files(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1000; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Descriptors go with a request, and those that no verb takes are closed. */
static void test_descriptors_with_a_request(void **state)
{
	struct bench *bench = *state;
	json_t *request = json_pack("{s:s}", "do", "given"), *reply;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), pipes[2], got = -1;
	struct fail fail = {0};
	unsigned before;
	char byte = 0;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	const int descriptor[] = {null, pipes[1], null, null};
	before = open_files();
	reply = control_call_with(bench->path, request, descriptor, 4, 10000, &got, &fail);
	assert_non_null(reply);
	assert_false(json_is_true(json_object_get(reply, "again")));
	assert_false(json_is_true(json_object_get(reply, "fifth")));
	json_decref(reply);
	assert_int_equal(write(got, "x", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(got);
	/* A verb that knows nothing of them. */
	json_object_update_new(request, json_pack("{s:s,s:s}", "do", "echo", "say", "x"));
	for (int i = 0; i < 20; i++) {
		reply = control_call_with(bench->path, request, descriptor, 4, 10000, NULL, &fail);
		json_decref(reply);
	}
	/* The server, in a thread of this process, closes its end of a connection a moment after the client. */
	for (int i = 0; i < 1000 && open_files() > before; i++)
		usleep(10000);
	assert_true(open_files() <= before);
	json_decref(request);
	close(null);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_large_reply(void **state)
{
	struct fail fail = {0};
	json_t *reply = call(*state, json_pack("{s:s}", "do", "large"), NULL, &fail);

	assert_int_equal(json_string_length(json_object_get(reply, "text")), 3000000);
	json_decref(reply);
}

static void test_large_request(void **state)
{
	struct fail fail = {0};
	char *text = malloc(200001);

	memset(text, 'L', 200000);
	text[200000] = 0;
	assert_null(call(*state, json_pack("{s:s,s:s}", "do", "echo", "say", text), NULL, &fail));
	assert_string_equal(fail.text, "a request is one line of up to 65536 bytes");
	free(text);
}

/* Raw bytes to the socket, and everything that comes back until it closes (or two lines came). */
static void talk(struct bench *bench, const char *text, char *reply, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t used = 0;
	ssize_t got;

	strcpy(address.sun_path, bench->path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	shutdown(fd, SHUT_WR);
	while ((got = recv(fd, reply + used, size - 1 - used, 0)) > 0)
		used += (size_t)got;
	assert_int_equal(got, 0);
	reply[used] = 0;
	close(fd);
}

static void test_many_requests_on_one_connection(void **state)
{
	char reply[512];

	talk(*state, "{\"do\":\"echo\",\"say\":1}\n{\"do\":\"echo\",\"say\":2}\n{\"do\":\"echo\"", reply,
	     sizeof(reply));
	assert_string_equal(reply, "{\"said\":1,\"ok\":true}\n{\"said\":2,\"ok\":true}\n");
}

static void test_invalid_json_ends_the_connection(void **state)
{
	char reply[512];

	talk(*state, "hello\n{\"do\":\"echo\",\"say\":2}\n", reply, sizeof(reply));
	assert_string_equal(reply, "{\"ok\":false,\"code\":\"EINVAL\",\"error\":\"not a JSON request: '[' or "
				   "'{' expected near 'hello'\"}\n");
}

static void test_unreachable(void **state)
{
	json_t *request = json_object();
	struct fail fail = {0};
	char path[200];

	(void)state;
	assert_null(control_call("/tmp/no/such.sock", request, 100, NULL, &fail));
	assert_string_equal(fail.text, "/tmp/no/such.sock: No such file or directory");
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_null(control_call(path, request, 100, NULL, &fail));
	assert_non_null(strstr(fail.text, "File name too long"));
	json_decref(request);
}

/* A socket that listens and never answers: the call ends at its time limit. */
static void test_silence_times_out(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	json_t *request = json_object();
	struct fail fail = {0};

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/control_test.%d.mute", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_null(control_call(address.sun_path, request, 50, NULL, &fail));
	assert_non_null(strstr(fail.text, "no reply in time"));
	json_decref(request);
	unlink(address.sun_path);
	close(fd);
}

static void test_listen_failures(void **state)
{
	struct event_base *base = event_base_new();
	struct control_server *server = NULL;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(control_server_new(&server, base, "/nowhere/x.sock", verbs, NULL, &fail), -ENOENT);
	assert_string_equal(fail.text,
			    "/nowhere/x.sock: cannot listen for control: No such file or directory");
	assert_null(server);
	control_server_free(NULL);
	event_base_free(base);
}

/* Without a descriptor for a new connection the server pauses, and its loop does not spin; the connection is served
 * as soon as there is a descriptor. */
static void test_no_descriptor_left(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), next;
	static const char request[] = "{\"do\":\"echo\",\"say\":1}\n";
	struct event_base *base = event_base_new();
	struct control_server *server = NULL;
	struct rlimit limit, tight;
	struct fail fail = {0};
	unsigned turns = 0;
	char reply[64];
	uint64_t end;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/control_test.%d.full", (int)getpid());
	assert_int_equal(control_server_new(&server, base, address.sun_path, verbs, NULL, &fail), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	getrlimit(RLIMIT_NOFILE, &limit);
	next = dup(fd);
	close(next);
	tight = limit;
	tight.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &tight);
	for (end = clock_now_us() + 350000; clock_now_us() < end; turns++)
		event_base_loop(base, EVLOOP_ONCE);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_in_range(turns, 1, 20);
	assert_int_equal(recv(fd, reply, sizeof(reply), MSG_DONTWAIT), -1);
	for (turns = 0; turns < 20 && recv(fd, reply, sizeof(reply), MSG_DONTWAIT) < 0; turns++)
		event_base_loop(base, EVLOOP_ONCE);
	assert_memory_equal(reply, "{\"said\":1,\"ok\":true}\n", 21);
	control_server_free(server);
	event_base_free(base);
	close(fd);
}

/* A connection that sends these lines. */
static int connection(const struct bench *bench, const char *lines)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, bench->path, strlen(bench->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(fd, lines, strlen(lines)), strlen(lines));
	return fd;
}

static void read_line(int fd, char line[200])
{
	size_t used = 0;

	while (used < 199 && read(fd, line + used, 1) == 1 && line[used] != '\n')
		used++;
	line[used] = 0;
}

/* Until the server has read a request `later`. */
static void wait_for_ticket(struct bench *bench, uint64_t after)
{
	for (int i = 0; i < 5000 && *(volatile uint64_t *)&bench->ticket == after; i++)
		usleep(1000);
	assert_int_not_equal(bench->ticket, after);
}

/* Other connections are served meanwhile; the next request of this one waits. */
static void test_deferred(void **state)
{
	struct bench *bench = *state;
	struct fail fail = {0};
	char line[200];
	int fd = connection(bench, "{\"do\":\"later\"}\n{\"do\":\"echo\",\"say\":2}\n");

	wait_for_ticket(bench, 0);
	json_decref(call(bench, json_pack("{s:s,s:i}", "do", "echo", "say", 3), NULL, &fail));
	json_decref(call(bench, json_pack("{s:s,s:i}", "do", "finish", "say", 1), NULL, &fail));
	read_line(fd, line);
	assert_string_equal(line, "{\"said\":1,\"ok\":true}");
	read_line(fd, line);
	assert_string_equal(line, "{\"said\":2,\"ok\":true}");
	/* It is answered once. */
	json_decref(call(bench, json_pack("{s:s,s:i}", "do", "finish", "say", 9), NULL, &fail));
	assert_int_equal(write(fd, "{\"do\":\"echo\",\"say\":4}\n", 23), 23);
	read_line(fd, line);
	assert_string_equal(line, "{\"said\":4,\"ok\":true}");
	close(fd);
}

static void test_deferred_error(void **state)
{
	struct bench *bench = *state;
	struct fail fail = {0};
	char line[200];
	int fd = connection(bench, "{\"do\":\"later\"}\n");

	wait_for_ticket(bench, 0);
	json_decref(call(bench, json_pack("{s:s}", "do", "finish"), NULL, &fail));
	read_line(fd, line);
	assert_string_equal(line, "{\"ok\":false,\"code\":\"EHOSTUNREACH\",\"error\":\"it is not reached\"}");
	close(fd);
}

static void test_deferred_to_nobody(void **state)
{
	struct bench *bench = *state;
	struct fail fail = {0};
	uint64_t first;
	json_t *reply;
	int fd = connection(bench, "{\"do\":\"later\"}\n");

	wait_for_ticket(bench, 0);
	first = bench->ticket;
	close(fd); /* before the reply */
	for (int i = 0; i < 3; i++) {
		reply = call(bench, json_pack("{s:s,s:i}", "do", "finish", "say", 1), NULL, &fail);
		assert_non_null(reply);
		json_decref(reply);
	}
	fd = connection(bench, "{\"do\":\"later\"}\n");
	wait_for_ticket(bench, first);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reply),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_descriptor),
	    cmocka_unit_test(test_descriptors_with_a_request),
	    cmocka_unit_test(test_large_reply),
	    cmocka_unit_test(test_large_request),
	    cmocka_unit_test(test_many_requests_on_one_connection),
	    cmocka_unit_test(test_invalid_json_ends_the_connection),
	    cmocka_unit_test(test_unreachable),
	    cmocka_unit_test(test_silence_times_out),
	    cmocka_unit_test(test_listen_failures),
	    cmocka_unit_test(test_no_descriptor_left),
	    cmocka_unit_test_setup_teardown(test_deferred, start, stop),
	    cmocka_unit_test_setup_teardown(test_deferred_error, start, stop),
	    cmocka_unit_test_setup_teardown(test_deferred_to_nobody, start, stop),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
